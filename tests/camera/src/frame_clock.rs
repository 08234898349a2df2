//! Which frame is due when. It runs from the camera's start on, whether somebody looks or not.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
pub struct FrameClock {
    pub begun: Instant,
    /// Frames a second.
    pub fps: f64,
    /// Frames of one turn of the recording.
    pub frames: usize,
}

impl FrameClock {
    /// The number of the frame that is shown at `now`, counted from the camera's start over all turns.
    pub fn number_at(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.begun).as_secs_f64() * self.fps) as u64
    }

    /// When frame `number` is sent.
    pub fn due(&self, number: u64) -> Instant {
        self.begun + Duration::from_secs_f64(number as f64 / self.fps)
    }

    /// The place of frame `number` in the recording.
    pub fn place(&self, number: u64) -> usize {
        (number % self.frames as u64) as usize
    }
}

/// Gives the frames of one connection when they are due.
#[derive(Debug)]
pub struct Pace {
    next: u64,
}

/// A client that is later than this misses frames.
const PATIENCE: Duration = Duration::from_secs(2);

impl Pace {
    pub fn from_now(clock: &FrameClock) -> Self {
        Self { next: clock.number_at(Instant::now()) }
    }

    /// The next frame, or how long to wait for it.
    pub fn next(&mut self, clock: &FrameClock, now: Instant) -> Result<u64, Duration> {
        let due = clock.due(self.next);
        if due > now {
            return Err(due - now);
        }
        if now - due > PATIENCE {
            self.next = clock.number_at(now);
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_round_for_ever() {
        let clock = FrameClock { begun: Instant::now(), fps: 12.0, frames: 456 };
        assert_eq!(clock.number_at(clock.begun), 0);
        assert_eq!(clock.number_at(clock.due(999) + Duration::from_millis(1)), 999);
        assert_eq!(clock.place(456 + 7), 7);
    }

    #[test]
    fn each_frame_is_due_once_and_a_late_client_misses_some() {
        let clock = FrameClock { begun: Instant::now(), fps: 10.0, frames: 456 };
        let mut pace = Pace { next: 3 };
        assert_eq!(pace.next(&clock, clock.begun + Duration::from_millis(250)), Err(Duration::from_millis(50)));
        assert_eq!(pace.next(&clock, clock.begun + Duration::from_millis(300)), Ok(3));
        assert_eq!(
            pace.next(&clock, clock.begun + Duration::from_millis(1400)),
            Ok(4),
            "a little late: none is missed"
        );
        assert_eq!(pace.next(&clock, clock.begun + Duration::from_millis(9010)), Ok(90));
        assert_eq!(pace.next(&clock, clock.begun + Duration::from_millis(9100)), Ok(91));
    }
}
