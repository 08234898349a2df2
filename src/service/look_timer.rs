//! Which frames are looked at.

/// Picks the first frame at or after each tick of a fixed rate, by the frames' own times: uneven frames move a look, they
/// never change the rate.
#[derive(Debug)]
pub struct LookTimer {
    looks_per_second: f64,
    /// The next tick, counted from 0 at the start of the session.
    next_tick: f64,
}

/// Timestamps are rounded to milliseconds or ticks of 1/90000 s: a frame this little before its tick is meant to be on it.
const TOLERANCE_TICKS: f64 = 1e-3;

impl LookTimer {
    pub fn new(looks_per_second: f64) -> Self {
        Self { looks_per_second, next_tick: 0.0 }
    }

    /// Whether the frame `seconds` after the start of the session is one to look at.
    pub fn is_due(&mut self, seconds: f64) -> bool {
        let ticks = seconds * self.looks_per_second + TOLERANCE_TICKS;
        let due = ticks >= self.next_tick;
        if due {
            self.next_tick = ticks.floor() + 1.0;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(rate: f64, frames: impl IntoIterator<Item = f64>) -> Vec<f64> {
        let mut timer = LookTimer::new(rate);
        frames.into_iter().filter(|&seconds| timer.is_due(seconds)).collect()
    }

    #[test]
    fn first_frame_at_or_after_each_tick() {
        let frames = (0..26).map(|i| f64::from(i) / 25.0);
        assert_eq!(looks(6.0, frames), [0.0, 0.2, 0.36, 0.52, 0.68, 0.84, 1.0]);
    }

    #[test]
    fn a_slow_camera_is_looked_at_in_full() {
        assert_eq!(looks(6.0, [0.0, 1.0, 2.0]), [0.0, 1.0, 2.0]);
    }

    #[test]
    fn timestamps_rounded_down_to_milliseconds_stay_on_their_ticks() {
        let frames = (0..12).map(|i| (f64::from(i) / 12.0 * 1000.0).floor() / 1000.0);
        assert_eq!(looks(6.0, frames).len(), 6);
    }

    #[test]
    fn ticks_missed_in_a_gap_are_not_made_up_for() {
        assert_eq!(looks(6.0, [0.0, 10.0, 10.04, 10.17]), [0.0, 10.0, 10.17]);
    }
}
