//! Damage, the same in every run.

/// Random numbers from a seed (splitmix64).
pub struct Noise(u64);

impl Noise {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// Replaces every byte.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next() as u8);
    }

    /// Flips 20 bits from byte `spared` on; what is not longer stays as it is.
    pub fn flip_bits(&mut self, bytes: &mut [u8], spared: usize) {
        if bytes.len() <= spared {
            return;
        }
        for _ in 0..20 {
            let at = spared + (self.next() % (bytes.len() - spared) as u64) as usize;
            bytes[at] ^= 1 << (self.next() % 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flips_some_bits_and_spares_the_head() {
        let mut bytes = vec![0; 400];
        Noise::seeded(1).flip_bits(&mut bytes, 50);
        let flipped: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
        assert!((1..=20).contains(&flipped), "{flipped}");
        assert!(bytes[..50].iter().all(|&byte| byte == 0));
    }
}
