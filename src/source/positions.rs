//! Times of a recording's frames since its first.

use std::time::Duration;

pub struct Positions {
    /// Frames a second, when its timestamps do not help.
    fps: f64,
    /// Of the first frame, seconds as the file counts them.
    first: Option<f64>,
    last: Option<Duration>,
}

impl Positions {
    /// Of a recording that says it has so many frames a second.
    pub fn new(fps: Option<f64>) -> Self {
        // 25: what cameras send when nothing is known
        Self { fps: fps.unwrap_or(25.0), first: None, last: None }
    }

    /// The file's own time of the next frame, made to rise: where timestamps stand still, run backwards or are missing, it
    /// goes on at the nominal rate.
    pub fn of_frame(&mut self, seconds: Option<f64>) -> Duration {
        let Some(last) = self.last else {
            (self.first, self.last) = (seconds, Some(Duration::ZERO));
            return Duration::ZERO;
        };
        let since_first = seconds.and_then(|seconds| {
            // By milliseconds, as recordings have been dated from the beginning.
            let first = *self.first.get_or_insert(seconds);
            Duration::try_from_secs_f64((seconds * 1e3 - first * 1e3) / 1e3).ok()
        });
        let position = match since_first {
            Some(position) if position > last => position,
            _ => last + Duration::from_secs_f64(1.0 / self.fps),
        };
        self.last = Some(position);
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(timestamps: &[Option<f64>]) -> Vec<u128> {
        let mut positions = Positions::new(Some(10.0));
        timestamps.iter().map(|&seconds| positions.of_frame(seconds).as_millis()).collect()
    }

    #[test]
    fn a_table_of_recordings() {
        let some = |seconds: &[f64]| seconds.iter().copied().map(Some).collect::<Vec<_>>();
        for (what, timestamps, expected) in [
            ("as the file says, from its first frame on", some(&[5.0, 5.25, 5.5]), [0, 250, 500]),
            ("standing still", some(&[5.0, 5.0, 5.0]), [0, 100, 200]),
            ("running backwards", some(&[5.0, 5.4, 4.0]), [0, 400, 500]),
            ("missing", vec![None, None, None], [0, 100, 200]),
        ] {
            assert_eq!(positions(&timestamps), expected, "{what}");
        }
    }
}
