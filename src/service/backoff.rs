//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits that double from 1 s to 60 s and begin again after a time of health.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
}

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// An attempt that held this long was a success.
const HEALTHY: Duration = Duration::from_secs(30);

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// The wait after an attempt that held for `lasted`. `jitter` in 0..1 takes up to a quarter off, so that cameras
    /// that went down together do not come back together.
    pub fn after(&mut self, lasted: Duration, jitter: f64) -> Duration {
        if lasted >= HEALTHY {
            self.next = FIRST;
        }
        let wait = self.next.mul_f64(1.0 - 0.25 * jitter.clamp(0.0, 1.0));
        self.next = (self.next * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_a_minute_and_starts_again_after_health() {
        let mut backoff = Backoff::default();
        let seconds: Vec<u64> = (0..8).map(|_| backoff.after(Duration::ZERO, 0.0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.after(HEALTHY, 0.0), FIRST);
        assert_eq!(backoff.after(Duration::ZERO, 1.0), Duration::from_millis(1500));
    }
}
