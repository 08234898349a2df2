//! How long a camera may take to open, by what is known of it: a session of it that hangs answers no more, and is left for
//! a new one, which a camera that is well again answers at once.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Reason;

/// What a camera that never opened gets after it was silent.
const SHORT: Duration = Duration::from_secs(3);
/// The least for one that did open.
const SHORTEST: Duration = Duration::from_secs(2);
/// One of so many attempts of a camera that never opened gets the usual time all the same.
const PATIENT_ONE_OF: u32 = 3;
/// Of one that did it is known how long it takes; one of so many attempts gets more, each time twice as much.
const PATIENT_ONE_OF_KNOWN: u32 = 12;

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
    /// A camera that once opened gets a multiple of what it took: a session of it that hangs is soon left for a new one.
    fn open_timeout(&self, usual: Duration) -> Duration {
        let patient = |one_of: u32| self.silences % one_of == one_of - 1;
        if self.took.is_zero() {
            let in_full = self.silences == 0 || patient(PATIENT_ONE_OF);
            return if in_full { usual } else { SHORT.min(usual) };
        }
        let enough = (self.took * 2 + Duration::from_millis(500)).max(SHORTEST);
        let doublings = if patient(PATIENT_ONE_OF_KNOWN) { self.silences / PATIENT_ONE_OF_KNOWN + 1 } else { 0 };
        enough.saturating_mul(2u32.saturating_pow(doublings)).min(usual)
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
    let mut addresses = addresses();
    let past = addresses.entry(hash(url)).or_default();
    past.silences = if opening == Err(Reason::NoAnswer) { past.silences + 1 } else { 0 };
    past.took = past.took.max(opening.unwrap_or_default());
}

fn past(url: &str) -> Past {
    addresses().get(&hash(url)).copied().unwrap_or_default()
}

fn hash(url: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    url.hash(&mut hasher);
    hasher.finish()
}

fn addresses() -> MutexGuard<'static, BTreeMap<u64, Past>> {
    ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
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
        assert_eq!(timeouts(&[Err(Reason::Refused), Ok(Duration::from_millis(1750))]), [10, 4]);
        assert!(!was_silent(url));
        let usual_or_more = |timeouts: Vec<u64>| timeouts.iter().position(|&seconds| seconds > 4);
        assert_eq!(timeouts(&[Err(Reason::NoAnswer); 13]), [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 4, 4]);
        assert_eq!(usual_or_more(timeouts(&[Err(Reason::NoAnswer); 10])), Some(9), "the twenty-third gets all");
        assert_eq!(open_timeout(url, usual), usual);
        // The longest counts, and no more than the usual time.
        assert_eq!(timeouts(&[Ok(Duration::from_millis(100)), Err(Reason::NoAnswer), Ok(usual)]), [4, 4, 10]);
    }

    #[test]
    fn who_opened_at_once_is_not_given_up_at_once() {
        let url = "rtsp://192.0.2.3/quick";
        remember(url, Ok(Duration::from_millis(10)));
        assert_eq!(open_timeout(url, Duration::from_secs(10)), SHORTEST);
    }
}
