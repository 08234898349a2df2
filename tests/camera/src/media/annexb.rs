//! H.264 and HEVC byte streams (Annex B): NAL units between start codes.

/// The NAL units of a byte stream, without start codes and the zeros before them.
pub fn nal_units(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = (0..stream.len().saturating_sub(2)).filter(|&i| stream[i..i + 3] == [0, 0, 1]).collect();
    let ends = starts.iter().skip(1).copied().chain([stream.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let nal = &stream[start + 3..end];
            // A NAL unit never ends with a zero byte: those belong to the next start code.
            let length = nal.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            &nal[..length]
        })
        .filter(|nal| !nal.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_start_codes_of_three_and_four_bytes() {
        let stream = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 3, 0, 0, 0, 1, 0x65, 0, 0];
        let expected: [&[u8]; 3] = [&[0x67, 1], &[0x68, 2, 0, 3], &[0x65]];
        assert_eq!(nal_units(&stream), expected);
        assert!(nal_units(&[]).is_empty());
    }
}
