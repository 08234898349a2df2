//! The one way to stop.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Asks everything that produces work to end. Clones share one state. Waiting is done through the token, so that a stop
/// is never slept through.
#[derive(Clone, Debug, Default)]
pub struct StopToken {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl StopToken {
    pub fn request(&self) {
        let (requested, changed) = &*self.shared;
        *requested.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }

    pub fn is_requested(&self) -> bool {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `duration` or until a stop is requested, whichever comes first; says whether it was requested.
    pub fn wait(&self, duration: Duration) -> bool {
        let (requested, changed) = &*self.shared;
        let deadline = Instant::now() + duration;
        let mut stopping = requested.lock().unwrap_or_else(PoisonError::into_inner);
        while !*stopping {
            let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else {
                break;
            };
            stopping = changed.wait_timeout(stopping, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *stopping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_a_long_wait() {
        let stop = StopToken::default();
        let waiting = std::thread::spawn({
            let stop = stop.clone();
            move || stop.wait(Duration::from_secs(3600))
        });
        stop.request();
        assert!(waiting.join().unwrap());
        assert!(stop.is_requested());
    }

    #[test]
    fn a_wait_without_a_stop_ends_by_itself() {
        assert!(!StopToken::default().wait(Duration::from_millis(1)));
    }
}
