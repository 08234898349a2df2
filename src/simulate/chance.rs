//! Random numbers that are the same on every machine, in every version: a fixed generator, and draws of our own from it.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// One stream of chance. What is drawn for one purpose does not change what is drawn for another.
pub struct Chance(Pcg64);

/// What the chance is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// When cars come, how long they stay, which way they take.
    Demand,
    /// Whether a passage is counted.
    Counting,
    /// How a passage looks in its row.
    Appearance,
    /// When cameras and the computer fail.
    Failures,
    /// When somebody counts by hand.
    Operators,
}

impl Chance {
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        // Seeds far apart: generators of neighbouring streams with one state are alike.
        let purpose = purpose as u128 + 1;
        Self(Pcg64::new(
            u128::from(seed) ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
            purpose << 32,
        ))
    }

    /// From 0 until before 1.
    pub fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// An index into a list of `length` items, at least one.
    pub fn index(&mut self, length: usize) -> usize {
        (self.share() * length as f64) as usize
    }

    /// An index by weights, of which at least one is above zero.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.share() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
    }

    /// The wait for what happens once in `mean` on average.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }

    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let (radius, angle) = (self.wait(1.0) * 2.0, self.share() * std::f64::consts::TAU);
        mean + deviation * radius.sqrt() * angle.cos()
    }

    /// `spread`: standard deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * self.normal(0.0, spread).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_for_ever() {
        let drawn = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            [chance.index(1_000_000), chance.index(1_000_000)]
        };
        assert_eq!(drawn(1, Purpose::Demand), [336_093, 905_366]);
        assert_ne!(drawn(1, Purpose::Demand), drawn(2, Purpose::Demand));
        assert_ne!(drawn(1, Purpose::Demand), drawn(1, Purpose::Counting));
    }

    #[test]
    fn draws_have_their_means() {
        let mut chance = Chance::new(7, Purpose::Demand);
        let mut mean =
            |draw: &mut dyn FnMut(&mut Chance) -> f64| (0..40_000).map(|_| draw(&mut chance)).sum::<f64>() / 40_000.0;
        assert!((mean(&mut |chance| chance.share()) - 0.5).abs() < 0.01);
        assert!((mean(&mut |chance| chance.wait(3.0)) - 3.0).abs() < 0.1);
        assert!((mean(&mut |chance| chance.normal(2.0, 1.0)) - 2.0).abs() < 0.03);
        assert!((mean(&mut |chance| f64::from(chance.happens(0.2))) - 0.2).abs() < 0.01);
        assert!((mean(&mut |chance| chance.weighted(&[1.0, 0.0, 3.0]) as f64) - 1.5).abs() < 0.03);
    }
}
