//! Since when a live camera has not been observed, and why.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::activity::Trouble;
use super::coverage::LONGEST_STEP;
use crate::time::UtcMicros;

/// Shorter ones are not worth a row, s; coverage leaves them out all the same.
const SHORTEST: f64 = 0.5;

/// Of one live camera, over all its sessions.
#[derive(Debug)]
pub struct GapWatch {
    /// Everything before was observed, or is in a gap that is closed.
    settled: UtcMicros,
    last_look: UtcMicros,
    open: Option<Gap>,
    /// Of the camera's last gap; shared with who watches it after a change of its configuration.
    sequence: Arc<AtomicU64>,
}

/// A stretch of time without observation. Times are the frames' own: the caller knows what time rows have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub sequence: u64,
    pub from: UtcMicros,
    pub until: UtcMicros,
    pub why: Trouble,
}

impl GapWatch {
    /// The camera is to be observed from now on. Sequences follow `sequence`.
    pub fn new(now: UtcMicros, sequence: Arc<AtomicU64>) -> Self {
        Self { settled: now, last_look: now, open: None, sequence }
    }

    /// A look at `at`; the camera was observed from `from` until then, or is not yet known to be. Gives the gap that this
    /// closes; one without any length was none after all: the look came late. `why` is what is known of the reason.
    pub fn look(&mut self, at: UtcMicros, from: Option<UtcMicros>, why: impl FnOnce() -> Trouble) -> Option<Gap> {
        self.last_look = self.last_look.max(at);
        let from = from?;
        let unseen = from.seconds_since(self.settled);
        let closed = match self.open.take() {
            Some(gap) if from.seconds_since(gap.from) < SHORTEST => Some(Gap { until: gap.from, ..gap }),
            Some(gap) => Some(Gap { until: from, why: why().or(gap.why), ..gap }),
            None if unseen >= SHORTEST => {
                Some(Gap { sequence: self.next_sequence(), from: self.settled, until: from, why: why() })
            }
            None => None,
        };
        self.settled = self.settled.max(at);
        closed
    }

    /// Nothing is said by the camera: when that is so for too long, a gap is open. Gives it, as far as it has come, also
    /// when it is only `over` now because nobody will look any more.
    pub fn tick(&mut self, now: UtcMicros, over: bool, why: impl FnOnce() -> Trouble) -> Option<Gap> {
        if self.open.is_none() {
            let is_silent = now.seconds_since(self.last_look) > LONGEST_STEP;
            let remains = over && now.seconds_since(self.settled) >= SHORTEST;
            if !is_silent && !remains {
                return None;
            }
            let sequence = self.next_sequence();
            self.open = Some(Gap { sequence, from: self.settled, until: now, why: Trouble::default() });
        }
        let gap = self.open.as_mut()?;
        gap.until = now.max(gap.from);
        gap.why = why().or(gap.why.clone());
        Some(gap.clone())
    }

    /// For a gap that somebody else found.
    pub fn next_sequence(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: f64) -> UtcMicros {
        UtcMicros((second * 1e6) as i64)
    }

    fn stalled() -> Trouble {
        Trouble::new("stalled", "no frame comes any more")
    }

    #[test]
    fn silence_opens_a_gap_where_the_last_observation_ended_and_a_look_closes_it() {
        let mut watch = GapWatch::new(at(0.0), Arc::default());
        assert_eq!(watch.look(at(0.1), Some(at(0.1)), Trouble::default), None);
        assert_eq!(watch.look(at(0.3), Some(at(0.1)), Trouble::default), None);
        assert_eq!(watch.tick(at(2.0), false, stalled), None);
        let open = watch.tick(at(5.0), false, stalled).unwrap();
        assert_eq!((open.sequence, open.from, open.until), (1, at(0.3), at(5.0)));
        let closed = watch.look(at(8.0), Some(at(8.0)), Trouble::default).unwrap();
        assert_eq!(closed, Gap { sequence: 1, from: at(0.3), until: at(8.0), why: stalled() });
        assert_eq!(watch.look(at(8.2), Some(at(8.0)), Trouble::default), None);
    }

    #[test]
    fn a_look_that_comes_late_takes_the_gap_back_or_shortens_it() {
        let mut watch = GapWatch::new(at(0.0), Arc::default());
        watch.look(at(0.3), Some(at(0.1)), Trouble::default);
        let open = watch.tick(at(5.0), false, Trouble::default).unwrap();
        let closed = watch.look(at(0.6), Some(at(0.3)), Trouble::default).unwrap();
        assert_eq!((closed.sequence, closed.from, closed.until), (open.sequence, at(0.3), at(0.3)));
        let open = watch.tick(at(5.2), false, Trouble::default).unwrap();
        let closed = watch.look(at(3.6), Some(at(3.6)), stalled).unwrap();
        assert_eq!(closed, Gap { sequence: open.sequence, from: at(0.6), until: at(3.6), why: stalled() });
    }

    #[test]
    fn a_reconnection_is_a_gap_even_if_it_is_quick() {
        let mut watch = GapWatch::new(at(0.0), Arc::new(AtomicU64::new(7)));
        watch.look(at(0.2), Some(at(0.0)), Trouble::default);
        let closed = watch.look(at(1.5), Some(at(1.5)), stalled).unwrap();
        assert_eq!(closed, Gap { sequence: 8, from: at(0.2), until: at(1.5), why: stalled() });
    }

    #[test]
    fn repeated_pictures_leave_the_gap_open_from_the_last_new_one() {
        let mut watch = GapWatch::new(at(0.0), Arc::default());
        watch.look(at(0.2), Some(at(0.0)), Trouble::default);
        for second in [1.0, 2.0, 3.0] {
            assert_eq!(watch.look(at(second), None, Trouble::default), None);
            assert_eq!(watch.tick(at(second), false, Trouble::default), None);
        }
        assert_eq!(watch.tick(at(6.0), false, stalled).unwrap().from, at(0.2));
    }

    #[test]
    fn the_end_of_a_run_closes_what_is_open() {
        let mut watch = GapWatch::new(at(0.0), Arc::default());
        assert_eq!(watch.tick(at(0.3), true, Trouble::default), None);
        assert_eq!(watch.tick(at(1.0), true, stalled).unwrap().until, at(1.0));
    }
}
