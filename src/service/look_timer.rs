//! Which frames are looked at.

use crate::detect::Motion;

/// Picks the first frame at or after each tick of a fixed rate, by the frames' own times: uneven frames move a look, they
/// never change the rate.
#[derive(Debug)]
pub struct LookTimer {
    looks_per_second: f64,
    /// The tick of the last frame that was due, counted from 0 at the start of the session.
    last_tick: Option<f64>,
    /// Where nothing moves near a line one in so many ticks is enough.
    quiet_stride: f64,
    stride: f64,
}

/// Looks a second, at least, where nothing moves near a line: who drives into the picture is noticed long before it, and the
/// coverage stays sound.
const QUIET_LOOKS_PER_SECOND: f64 = 3.0;

/// Timestamps are rounded to milliseconds or ticks of 1/90000 s: a frame this little before its tick is meant to be on it.
const TOLERANCE_TICKS: f64 = 1e-3;

impl LookTimer {
    pub fn new(looks_per_second: f64) -> Self {
        let quiet_stride = (looks_per_second / QUIET_LOOKS_PER_SECOND).floor().max(1.0);
        Self { looks_per_second, last_tick: None, quiet_stride, stride: 1.0 }
    }

    /// Whether the frame `seconds` after the start of the session is one to look at.
    pub fn is_due(&mut self, seconds: f64) -> bool {
        let ticks = seconds * self.looks_per_second + TOLERANCE_TICKS;
        let due = self.last_tick.is_none_or(|last| ticks >= last + self.stride);
        if due {
            self.last_tick = Some(ticks.floor());
        }
        due
    }

    /// Follows what the last look saw: only while something moves near a line every tick is due.
    pub fn follow(&mut self, motion: Motion) {
        self.stride = if motion == Motion::NearLine { 1.0 } else { self.quiet_stride };
    }

    /// Looks a second at the present pace.
    pub fn rate(&self) -> f64 {
        self.looks_per_second / self.stride
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
    fn fewer_frames_are_due_until_something_moves_near_a_line() {
        let mut timer = LookTimer::new(6.0);
        let mut due = Vec::new();
        for frame in 0..24 {
            if timer.is_due(f64::from(frame) / 12.0) {
                due.push(frame);
                timer.follow(match frame {
                    0..8 => Motion::Nowhere,
                    8..14 => Motion::NearLine,
                    _ => Motion::Away,
                });
            }
        }
        assert_eq!(due, [0, 4, 8, 10, 12, 14, 18, 22]);
    }

    #[test]
    fn no_camera_is_looked_at_too_rarely_to_be_observed() {
        for (rate, quiet) in [(1.0, 1.0), (3.0, 3.0), (5.9, 5.9), (6.0, 3.0), (8.0, 4.0), (25.0, 3.125)] {
            let mut timer = LookTimer::new(rate);
            assert_eq!(timer.rate(), rate);
            timer.follow(Motion::Nowhere);
            assert_eq!(timer.rate(), quiet);
        }
    }

    #[test]
    fn ticks_missed_in_a_gap_are_not_made_up_for() {
        assert_eq!(looks(6.0, [0.0, 10.0, 10.04, 10.17]), [0.0, 10.0, 10.17]);
    }
}
