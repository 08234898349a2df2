//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits that double, and begin again after a time of health or when the reason is another one.
#[derive(Debug, Default)]
pub struct Backoff {
    pace: Option<Pace>,
    failures: u32,
}

/// How fast to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A camera that is away: it is to be found within 5 s of its return, and asking costs a few packets.
    Away,
    /// A camera that refuses the password: it locks the account after a few attempts.
    Locked,
    /// A thread that panics: it may cost a processor.
    Broken,
}

impl Pace {
    /// First and longest wait.
    const fn waits(self) -> (Duration, Duration) {
        match self {
            Pace::Away => (Duration::from_secs(1), Duration::from_secs(2)),
            Pace::Locked => (Duration::from_secs(30), Duration::from_secs(600)),
            Pace::Broken => (Duration::from_secs(1), Duration::from_secs(60)),
        }
    }
}

/// An attempt that held this long was a success.
const HEALTHY: Duration = Duration::from_secs(30);

impl Backoff {
    /// The wait after an attempt that held for `lasted`. `jitter` in 0..1 takes up to a quarter off, so that cameras
    /// that went down together do not come back together.
    pub fn after(&mut self, lasted: Duration, pace: Pace, jitter: f64) -> Duration {
        if lasted >= HEALTHY || self.pace.replace(pace) != Some(pace) {
            self.failures = 0;
        }
        let (first, longest) = pace.waits();
        let wait = (first * 2u32.saturating_pow(self.failures.min(16))).min(longest);
        self.failures += 1;
        wait.mul_f64(1.0 - 0.25 * jitter.clamp(0.0, 1.0))
    }

    /// Attempts that failed so since the last time of health.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(pace: Pace) -> Vec<u64> {
        let mut backoff = Backoff::default();
        (0..8).map(|_| backoff.after(Duration::ZERO, pace, 0.0).as_secs()).collect()
    }

    #[test]
    fn waits_double_to_what_the_reason_allows() {
        assert_eq!(waits(Pace::Away), [1, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!(waits(Pace::Locked), [30, 60, 120, 240, 480, 600, 600, 600]);
        assert_eq!(waits(Pace::Broken), [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_camera_that_was_away_and_now_refuses_the_password_is_asked_again_soon() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.after(Duration::ZERO, Pace::Away, 0.0);
        }
        assert_eq!(backoff.after(Duration::ZERO, Pace::Locked, 0.0), Duration::from_secs(30));
    }

    #[test]
    fn health_begins_again_and_jitter_shortens() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.after(Duration::ZERO, Pace::Broken, 0.0);
        }
        assert_eq!(backoff.after(HEALTHY, Pace::Broken, 0.0), Duration::from_secs(1));
        assert_eq!(backoff.after(Duration::ZERO, Pace::Broken, 1.0), Duration::from_millis(1500));
    }
}
