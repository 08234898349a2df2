//! The one way to stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Asks everything that produces work to end. Clones share one state. Waiting is done through the token, so that a stop
/// is never slept through.
#[derive(Clone, Debug, Default)]
pub struct StopToken {
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
    requested: bool,
    children: Vec<StopToken>,
}

impl StopToken {
    /// A token for a part: it stops with the whole, or alone.
    pub fn child(&self) -> Self {
        let child = Self::default();
        let mut state = self.state();
        // Those that are nobody else's are of parts that have gone.
        state.children.retain(|child| Arc::strong_count(&child.shared) > 1);
        state.children.push(child.clone());
        if state.requested {
            child.request();
        }
        child
    }

    pub fn request(&self) {
        let children = {
            let mut state = self.state();
            state.requested = true;
            state.children.clone()
        };
        self.shared.1.notify_all();
        children.iter().for_each(Self::request);
    }

    pub fn is_requested(&self) -> bool {
        self.state().requested
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `duration` or until a stop is requested, whichever comes first; says whether it was requested.
    pub fn wait(&self, duration: Duration) -> bool {
        let deadline = Instant::now() + duration;
        let mut state = self.state();
        while !state.requested {
            let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else {
                break;
            };
            state = self.shared.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.requested
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
    fn a_part_stops_with_the_whole_or_alone() {
        let whole = StopToken::default();
        let (one, other) = (whole.child(), whole.child());
        one.request();
        assert!(one.is_requested() && !other.is_requested() && !whole.is_requested());
        whole.request();
        assert!(other.is_requested() && whole.child().is_requested());
    }

    #[test]
    fn a_wait_without_a_stop_ends_by_itself() {
        assert!(!StopToken::default().wait(Duration::from_millis(1)));
    }
}
