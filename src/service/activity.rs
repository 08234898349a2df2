//! What each camera is doing, shared with whoever shows it: the supervisor, the status, the progress bars, and the
//! tracker, which needs to know why a camera is not observed.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::coverage::LONGEST_STEP;
use super::live_tracks::LiveTracks;
use super::tally::Tally;
use super::vital::Vital;
use crate::source::Reason;
use crate::time::UtcMicros;

/// Of one camera.
#[derive(Debug)]
pub struct Activity {
    /// Milliseconds of the recording played so far, and how long it says it is (0: unknown or live).
    position_ms: AtomicU64,
    duration_ms: AtomicU64,
    frames_read: AtomicU64,
    condition: Mutex<Condition>,
    /// Its frames, over all sessions.
    pub tally: Tally,
    /// What is followed, for those who watch.
    pub tracks: LiveTracks,
    /// Of its threads.
    pub reader: Vital,
    pub detector: Vital,
}

#[derive(Clone, Debug)]
struct Condition {
    state: State,
    /// The last trouble since the camera was observed.
    trouble: Trouble,
    /// Generation of the session that began last.
    session: u64,
    /// When it was observed without a break last, from and until; frames' time.
    observed: Option<(UtcMicros, UtcMicros)>,
}

/// What a camera is doing now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Connecting,
    Counting,
    /// It comes back by itself when the reason is gone.
    Troubled(Trouble),
    /// Tried again and again without success, or given up: somebody has to look after it.
    Failed(Trouble),
    /// A recording that was played to its end, or a camera that was stopped.
    Done,
}

/// Why a camera is not observed: one word for rows and a sentence for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    word: Option<&'static str>,
    sentence: Cow<'static, str>,
}

impl Trouble {
    pub fn new(word: &'static str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self { word: Some(word), sentence: sentence.into() }
    }

    /// The one word, `no-frames` when nothing is known.
    pub fn word(&self) -> &'static str {
        self.word.unwrap_or("no-frames")
    }

    pub fn sentence(&self) -> &str {
        match self.word {
            Some(_) => &self.sentence,
            None => "no frame came, and nobody said why",
        }
    }

    /// This, if anything is known, otherwise `other`.
    pub fn or(self, other: Self) -> Self {
        if self.word.is_some() { self } else { other }
    }
}

impl From<Reason> for Trouble {
    fn from(reason: Reason) -> Self {
        Self::new(reason.word(), reason.to_string())
    }
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            position_ms: AtomicU64::new(0),
            duration_ms: AtomicU64::new(0),
            frames_read: AtomicU64::new(0),
            condition: Mutex::new(Condition {
                state: State::Connecting,
                trouble: Trouble::new("connecting", "the camera is being opened"),
                session: 0,
                observed: None,
            }),
            tally: Tally::default(),
            tracks: LiveTracks::default(),
            reader: Vital::default(),
            detector: Vital::default(),
        }
    }
}

impl Activity {
    pub fn lasts(&self, duration: Duration) {
        self.duration_ms.store(duration.as_millis() as u64, Ordering::Relaxed);
    }

    pub fn moved_to(&self, position: Duration) {
        self.position_ms.store(position.as_millis() as u64, Ordering::Relaxed);
        self.frames_read.fetch_add(1, Ordering::Relaxed);
    }

    /// Milliseconds of the recording played so far, and its length (0: unknown or live).
    pub fn progress(&self) -> (u64, u64) {
        (self.position_ms.load(Ordering::Relaxed), self.duration_ms.load(Ordering::Relaxed))
    }

    pub fn frames_read(&self) -> u64 {
        self.frames_read.load(Ordering::Relaxed)
    }

    pub fn state(&self) -> State {
        self.condition().state.clone()
    }

    pub fn is_in(&self, state: State) {
        let mut condition = self.condition();
        if let State::Troubled(trouble) | State::Failed(trouble) = &state {
            condition.trouble = trouble.clone();
        }
        condition.state = state;
    }

    /// Frames come again.
    pub fn begins(&self, session: u64) {
        let mut condition = self.condition();
        (condition.state, condition.session) = (State::Counting, session);
    }

    /// The last trouble since [`Activity::observed`].
    pub fn trouble(&self) -> Trouble {
        self.condition().trouble.clone()
    }

    /// It was observed at `at`. What troubled the camera is over, unless it came up meanwhile: a look of an earlier session
    /// comes late, and one before the newest trouble too.
    pub fn observed(&self, session: u64, at: UtcMicros) {
        let mut condition = self.condition();
        let unbroken = condition.observed.filter(|(_, until)| at.seconds_since(*until) <= LONGEST_STEP);
        condition.observed = Some((unbroken.map_or(at, |(from, _)| from), at));
        if condition.session == session && condition.state == State::Counting {
            condition.trouble = Trouble::default();
        }
    }

    /// When it was observed without a break last, from and until, by the clock of frames. `None`: never.
    pub fn last_observed(&self) -> Option<(UtcMicros, UtcMicros)> {
        self.condition().observed
    }

    fn condition(&self) -> std::sync::MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_look_does_not_take_the_reason_away() {
        let activity = Activity::default();
        activity.begins(1);
        activity.observed(1, UtcMicros(0));
        assert_eq!(activity.trouble(), Trouble::default());
        activity.is_in(State::Troubled(Reason::BrokeOff.into()));
        activity.observed(1, UtcMicros(0));
        activity.begins(2);
        // The last look of the session that broke off, from a machine that is late.
        activity.observed(1, UtcMicros(0));
        assert_eq!(activity.trouble().word(), "broke-off");
        activity.observed(2, UtcMicros(0));
        assert_eq!(activity.trouble(), Trouble::default());
    }
    #[test]
    fn a_pause_breaks_what_was_observed() {
        let activity = Activity::default();
        assert_eq!(activity.last_observed(), None);
        for (second, expected) in [(1_i64, (1, 1)), (3, (1, 3)), (6, (6, 6)), (7, (6, 7))] {
            let at = |second: i64| UtcMicros(second * 1_000_000);
            activity.observed(1, at(second));
            assert_eq!(activity.last_observed(), Some((at(expected.0), at(expected.1))));
        }
    }
}
