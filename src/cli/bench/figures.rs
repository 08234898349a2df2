//! Arithmetic on what was measured.

use std::time::Duration;

/// Of the machine's time, what may be given to cameras: the rest is for what else runs on it, and for hours with more
/// traffic than the recording has.
pub const HEADROOM: f64 = 0.8;

/// How many cameras a machine sustains when one takes so many milliseconds of a processor each second.
pub fn sustained(cores: usize, cpu_ms_per_camera_second: f64) -> u64 {
    (cores as f64 * 1000.0 * HEADROOM / cpu_ms_per_camera_second) as u64
}

/// The smallest of the durations that `share` (0..1) of them do not exceed; `None` of none.
pub fn percentile(durations: &[Duration], share: f64) -> Option<Duration> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied()
}

pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Rounded for people and for programs that compare.
pub fn rounded(number: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (number * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let ms = |values: &[u64]| -> Vec<Duration> { values.iter().copied().map(Duration::from_millis).collect() };
        let hundred = ms(&(1..=100).rev().collect::<Vec<_>>());
        for (share, expected) in [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)] {
            assert_eq!(percentile(&hundred, share), Some(Duration::from_millis(expected)), "{share}");
        }
        assert_eq!(percentile(&ms(&[7]), 0.99), Some(Duration::from_millis(7)));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn cameras_fit_into_the_machine_with_room_to_spare() {
        assert_eq!(sustained(2, 16.0), 100);
        assert_eq!(sustained(4, 16.5), 193);
        assert_eq!(sustained(1, 900.0), 0);
    }
}
