//! Tells the frames that a camera sent while it was being opened from those that it sends now. Pure: times come from outside.
//!
//! FFmpeg reads a stream for a while to learn what it is, and many cameras send what they have kept since the last key
//! frame: 21 frames, or 1.75 s, came in the first 50 ms of an RTSP stream at 12 fps. Dated at receipt, such frames show
//! cars at twenty times their speed, and a car that was counted before the connection broke at the line once more.

use std::time::Duration;

/// How far a stream that was opened is behind.
#[derive(Debug)]
pub struct Backlog {
    /// A frame that is waited for at least so long was not there before.
    wait: Duration,
    /// Frames in a row that were.
    waited_for: u32,
}

/// Frames in a row that have to be waited for: a busy machine may keep one waiting.
const WAITED_FOR: u32 = 2;
/// Frames a second of a camera that does not say: 25, what cameras send when nothing is known.
const USUAL_RATE: f64 = 25.0;
/// A stream that is never waited for is as it is: then the machine is late, or something sends at its own pace.
const LONGEST: Duration = Duration::from_secs(5);

impl Backlog {
    /// Of a stream that says it has so many frames a second.
    pub fn new(fps: Option<f64>) -> Self {
        Self { wait: Duration::from_secs_f64(0.5 / fps.unwrap_or(USUAL_RATE)), waited_for: 0 }
    }

    /// Whether the next frame is one of those from before; it took so long to come, `since_open` after the opening.
    pub fn holds(&mut self, took: Duration, since_open: Duration) -> bool {
        if self.waited_for < WAITED_FOR {
            self.waited_for = if took >= self.wait { self.waited_for + 1 } else { 0 };
            if since_open >= LONGEST {
                self.waited_for = WAITED_FOR;
            }
        }
        self.waited_for < WAITED_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the frames are from before, when the grabs take so long (ms).
    fn old(fps: Option<f64>, grabs: &[u64]) -> usize {
        let mut backlog = Backlog::new(fps);
        let mut at = Duration::ZERO;
        let held: Vec<bool> = grabs
            .iter()
            .map(|&ms| {
                at += Duration::from_millis(ms);
                backlog.holds(Duration::from_millis(ms), at)
            })
            .collect();
        let old = held.iter().take_while(|old| **old).count();
        assert!(held[old..].iter().all(|old| !old), "the present is never left again");
        old
    }

    #[test]
    fn a_table_of_openings() {
        // Measured with an RTSP camera at 12 fps.
        let burst = [13, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 50, 80, 87, 84, 83, 1, 1, 80];
        for (what, fps, grabs, expected) in [
            ("a burst", Some(12.0), &burst[..], 22),
            ("no burst", None, &[1, 72, 83, 84, 83][..], 2),
            ("a machine that is late once within a burst", Some(12.0), &[1, 1, 60, 1, 1, 70, 83, 84], 6),
            ("one frame a second", Some(1.0), &[1, 990, 1000, 1000], 2),
            ("a stream that is never waited for", Some(25.0), &[10; 600], 499),
        ] {
            assert_eq!(old(fps, grabs), expected, "{what}");
        }
    }
}
