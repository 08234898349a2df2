//! OpenCV opens one camera or file at a time, whoever asks. Here they queue, so that a time-out counts only what a camera
//! itself takes, and nobody waits for ever behind an open that hangs.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Reason;

/// Whoever opens for so long hangs in the libraries.
const LONGEST_TURN: Duration = Duration::from_secs(30);
/// What a camera gets that was silent the last time it was opened: it must not keep others waiting again and again.
const SHORT: Duration = Duration::from_secs(3);

/// When the present turn began.
static TURN: Mutex<Option<Instant>> = Mutex::new(None);
static FREE: Condvar = Condvar::new();
/// Hashes of the addresses that were silent when they were opened last.
static SILENT: Mutex<Option<HashSet<u64>>> = Mutex::new(None);

/// While it lives, nobody else opens anything.
#[derive(Debug)]
pub struct Turn(());

impl Turn {
    /// # Errors
    /// When somebody's turn lasts so long that it must be a fault of the libraries.
    pub fn wait() -> Result<Self, Reason> {
        Self::behind_turns_of(LONGEST_TURN)
    }

    fn behind_turns_of(longest: Duration) -> Result<Self, Reason> {
        let mut turn = lock(&TURN);
        while let Some(began) = *turn {
            let Some(left) = longest.checked_sub(began.elapsed()) else { return Err(Reason::Internal) };
            turn = FREE.wait_timeout(turn, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *turn = Some(Instant::now());
        Ok(Self(()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *lock(&TURN) = None;
        FREE.notify_one();
    }
}

/// Whether this address was silent when it was opened last.
pub fn was_silent(url: &str) -> bool {
    lock(&SILENT).as_ref().is_some_and(|silent| silent.contains(&hash(url)))
}

/// To be told after every opening.
pub fn remember(url: &str, silent: bool) {
    let mut all = lock(&SILENT);
    let all = all.get_or_insert_default();
    if silent {
        all.insert(hash(url));
    } else {
        all.remove(&hash(url));
    }
}

/// How long this address may take to open.
pub fn open_timeout(url: &str, usual: Duration) -> Duration {
    if was_silent(url) { usual.min(SHORT) } else { usual }
}

fn hash(url: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    url.hash(&mut hasher);
    hasher.finish()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn who_was_silent_gets_less_time_until_it_answers() {
        let (usual, url) = (Duration::from_secs(10), "rtsp://192.0.2.1/silent");
        assert_eq!(open_timeout(url, usual), usual);
        remember(url, true);
        assert_eq!(open_timeout(url, usual), SHORT);
        assert_eq!(open_timeout("rtsp://192.0.2.2/other", usual), usual);
        remember(url, false);
        assert_eq!(open_timeout(url, usual), usual);
    }

    #[test]
    fn nobody_waits_for_ever_behind_an_open_that_hangs() {
        let hanging = Turn::wait().unwrap();
        assert_eq!(Turn::behind_turns_of(Duration::ZERO).err(), Some(Reason::Internal));
        drop(hanging);
    }

    #[test]
    fn only_one_has_its_turn() {
        let inside = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let turn = Turn::wait().unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                        drop(turn);
                    }
                });
            }
        });
    }
}
