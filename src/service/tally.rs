//! Frames of one camera over all its sessions, how fast they come, and how late they are counted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::coverage::Frames;
use super::session::Session;

/// Rates are means of so long.
const WINDOW: Duration = Duration::from_secs(10);
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Of sessions that are over.
    before: Frames,
    session: Option<Arc<Session>>,
    samples: VecDeque<(Instant, Frames)>,
    latency: Option<Duration>,
}

/// Frames a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    pub read: f64,
    pub looked_at: f64,
}

impl Counts {
    fn frames(&self) -> Frames {
        let now = self.session.as_ref().map_or_else(Frames::default, |session| session.frames.now());
        Frames {
            read: self.before.read + now.read,
            looked_at: self.before.looked_at + now.looked_at,
            dropped: self.before.dropped + now.dropped,
        }
    }
}

impl Tally {
    /// Counts this session from now on, besides those before.
    pub fn follow(&self, session: Arc<Session>) {
        let mut counts = self.counts();
        counts.before = counts.frames();
        counts.session = Some(session);
    }

    pub fn frames(&self) -> Frames {
        self.counts().frames()
    }

    /// To be called again and again by whoever looks after the camera.
    pub fn sample(&self, now: Instant) {
        let mut counts = self.counts();
        if counts.samples.back().is_some_and(|(at, _)| now.duration_since(*at) < SAMPLE_EVERY) {
            return;
        }
        let frames = counts.frames();
        counts.samples.push_back((now, frames));
        // One sample more than the window holds, so that what lies between covers it.
        while counts.samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            counts.samples.pop_front();
        }
    }

    /// `None` until there is something to compare.
    pub fn rates(&self) -> Option<Rates> {
        let counts = self.counts();
        let ((from, first), (until, last)) = (counts.samples.front()?, counts.samples.back()?);
        let seconds = until.duration_since(*from).as_secs_f64();
        let rate = |first: u64, last: u64| last.saturating_sub(first) as f64 / seconds;
        (seconds > 0.0)
            .then(|| Rates { read: rate(first.read, last.read), looked_at: rate(first.looked_at, last.looked_at) })
    }

    /// A look reached the tracker so long after its frame was received.
    pub fn took(&self, latency: Duration) {
        self.counts().latency = Some(latency);
    }

    /// Of the last look.
    pub fn latency(&self) -> Option<Duration> {
        self.counts().latency
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::service::session::FrameCounts;
    use crate::time::UtcMicros;

    fn session(generation: u64) -> Arc<Session> {
        let (began, frames) = (UtcMicros(0), FrameCounts::default());
        Arc::new(Session { camera: 0, generation, began, recording: None, frames })
    }

    #[test]
    fn sessions_add_up_and_rates_are_of_the_last_seconds() {
        let (tally, began) = (Tally::default(), Instant::now());
        assert_eq!(tally.rates(), None);
        let mut sessions = [session(1), session(2)].into_iter();
        let mut current = sessions.next().unwrap();
        tally.follow(Arc::clone(&current));
        for second in 0..60 {
            tally.sample(began + Duration::from_secs(second));
            if second == 30 {
                current = sessions.next().unwrap();
                tally.follow(Arc::clone(&current));
            }
            current.frames.read.fetch_add(if second < 40 { 25 } else { 10 }, Ordering::Relaxed);
        }
        assert_eq!(tally.frames().read, 40 * 25 + 20 * 10);
        assert_eq!(tally.rates(), Some(Rates { read: 10.0, looked_at: 0.0 }));
    }
}
