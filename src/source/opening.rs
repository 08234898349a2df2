//! OpenCV opens one camera or file at a time, whoever asks. Here they queue, so that a time-out counts only what a camera
//! itself takes, and nobody waits for ever behind an open that hangs.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Reason;

/// Whoever opens for so long hangs in the libraries.
const LONGEST_TURN: Duration = Duration::from_secs(30);
/// For so long at most a camera that was silent lets others go first.
const GIVES_WAY: Duration = Duration::from_secs(10);
/// What a camera that never opened gets after it was silent: it must not keep others waiting again and again.
const SHORT: Duration = Duration::from_secs(3);
/// The least for one that did open.
const SHORTEST: Duration = Duration::from_secs(2);
/// One of so many attempts of a camera that never opened gets the usual time all the same.
const PATIENT_ONE_OF: u32 = 3;
/// Of one that did it is known how long it takes; one of so many attempts gets more, each time twice as much.
const PATIENT_ONE_OF_KNOWN: u32 = 12;

static TURNS: Turns = Turns::new();
/// By the hash of an address.
static ADDRESSES: Mutex<BTreeMap<u64, Past>> = Mutex::new(BTreeMap::new());

struct Turns {
    queue: Mutex<Queue>,
    free: Condvar,
}

/// Who opens, and who waits.
struct Queue {
    /// When the present turn began.
    began: Option<Instant>,
    /// How many wait that are not likely to keep others waiting.
    prompt: usize,
}

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

/// While it lives, nobody else opens anything.
pub struct Turn<'a>(&'a Turns);

impl Turn<'static> {
    /// Whoever `was_silent` lets all others go first: it may hang again, and they take less than a second each.
    ///
    /// # Errors
    /// When somebody's turn lasts so long that it must be a fault of the libraries.
    pub fn wait(was_silent: bool) -> Result<Self, Reason> {
        TURNS.wait(was_silent, LONGEST_TURN)
    }
}

impl Turns {
    const fn new() -> Self {
        Self { queue: Mutex::new(Queue { began: None, prompt: 0 }), free: Condvar::new() }
    }

    fn wait(&self, was_silent: bool, longest: Duration) -> Result<Turn<'_>, Reason> {
        let asked = Instant::now();
        let mut queue = lock(&self.queue);
        queue.prompt += usize::from(!was_silent);
        let result = loop {
            let gives_way = if was_silent && queue.prompt > 0 { GIVES_WAY } else { Duration::ZERO };
            let left = match queue.began {
                Some(began) => longest.checked_sub(began.elapsed()),
                None => gives_way.checked_sub(asked.elapsed()),
            };
            let Some(left) = left else { break queue.began.map_or(Ok(()), |_| Err(Reason::Internal)) };
            queue = self.free.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        queue.prompt -= usize::from(!was_silent);
        match result {
            Ok(()) => queue.began = Some(Instant::now()),
            // One that was silent need not give way to this one any more.
            Err(_) => self.free.notify_all(),
        }
        result.map(|()| Turn(self))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).began = None;
        // All: who is woken alone may be one that lets others go first.
        self.0.free.notify_all();
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

    #[test]
    fn who_was_silent_lets_others_go_first() {
        let (turns, order) = (Turns::new(), Mutex::new(Vec::new()));
        let open = |was_silent: bool| {
            let turn = turns.wait(was_silent, LONGEST_TURN).unwrap();
            lock(&order).push(was_silent);
            drop(turn);
        };
        std::thread::scope(|scope| {
            let first = turns.wait(false, LONGEST_TURN).unwrap();
            for was_silent in [true, false, false, false] {
                let open = &open;
                scope.spawn(move || open(was_silent));
            }
            while lock(&turns.queue).prompt < 3 {
                std::thread::yield_now();
            }
            drop(first);
        });
        assert_eq!(*lock(&order), [false, false, false, true]);
    }

    #[test]
    fn nobody_waits_for_ever_behind_an_open_that_hangs() {
        let turns = Turns::new();
        let hanging = turns.wait(false, LONGEST_TURN).unwrap();
        assert_eq!(turns.wait(false, Duration::ZERO).err(), Some(Reason::Internal));
        drop(hanging);
    }

    #[test]
    fn only_one_has_its_turn() {
        let (turns, inside) = (Turns::new(), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let turn = turns.wait(false, LONGEST_TURN).unwrap();
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
