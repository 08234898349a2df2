//! OpenCV opens one camera or file at a time, whoever asks. Here they queue, so that a time-out counts only what a camera
//! itself takes, and nobody waits for ever behind an open that hangs.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Reason;

/// Whoever opens for so long hangs in the libraries.
const LONGEST_TURN: Duration = Duration::from_secs(30);
/// The shortest time to open for a camera of which little is known but that it was silent: it must not keep others waiting
/// again and again.
const SHORT: Duration = Duration::from_secs(3);
/// One of so many attempts gets the usual time all the same.
const PATIENT_ONE_OF: u32 = 3;

/// When the present turn began.
static TURN: Mutex<Option<Instant>> = Mutex::new(None);
static FREE: Condvar = Condvar::new();
/// By the hash of an address.
static ADDRESSES: Mutex<BTreeMap<u64, Past>> = Mutex::new(BTreeMap::new());

/// What is known of an address from earlier openings.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    /// The longest opening that succeeded; zero: none did.
    took: Duration,
    /// Openings without an answer since then.
    silences: u32,
}

impl Past {
    /// A camera that once opened gets several times what it took: a session of it that hangs is soon left for a new one.
    fn open_timeout(&self, usual: Duration) -> Duration {
        let is_new = self.took.is_zero() && self.silences == 0;
        if is_new || self.silences % PATIENT_ONE_OF == PATIENT_ONE_OF - 1 {
            return usual;
        }
        let enough = if self.took.is_zero() { SHORT } else { self.took * 3 + Duration::from_secs(1) };
        enough.max(SHORT).min(usual)
    }
}

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
    past(url).silences > 0
}

/// How long this address may take to open.
pub fn open_timeout(url: &str, usual: Duration) -> Duration {
    past(url).open_timeout(usual)
}

/// To be told after every opening: how long it took, or why it failed.
pub fn remember(url: &str, opening: Result<Duration, Reason>) {
    let mut addresses = lock(&ADDRESSES);
    let past = addresses.entry(hash(url)).or_default();
    past.silences = if opening == Err(Reason::NoAnswer) { past.silences + 1 } else { 0 };
    past.took = past.took.max(opening.unwrap_or_default());
}

fn past(url: &str) -> Past {
    lock(&ADDRESSES).get(&hash(url)).copied().unwrap_or_default()
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
    fn who_was_silent_gets_less_time_but_not_always() {
        let (usual, url) = (Duration::from_secs(10), "rtsp://192.0.2.1/silent");
        let timeouts = |outcomes: &[Result<Duration, Reason>]| -> Vec<u64> {
            let next = |outcome: &Result<Duration, Reason>| {
                remember(url, *outcome);
                open_timeout(url, usual).as_secs()
            };
            outcomes.iter().map(next).collect()
        };
        assert_eq!(open_timeout(url, usual), usual);
        assert_eq!(timeouts(&[Err(Reason::NoAnswer); 7]), [3, 10, 3, 3, 10, 3, 3]);
        assert!(was_silent(url) && !was_silent("rtsp://192.0.2.2/other"));
        assert_eq!(timeouts(&[Err(Reason::Refused), Ok(Duration::from_secs(2))]), [10, 7]);
        assert!(!was_silent(url));
        // The longest counts, and no more than the usual time.
        assert_eq!(timeouts(&[Ok(Duration::from_millis(100)), Err(Reason::NoAnswer), Ok(usual)]), [7, 7, 10]);
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
