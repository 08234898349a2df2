//! The tracks of one camera as they are now, for those who watch.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::View;
use crate::http::{Followed, FollowedTrack, Watched};
use crate::time::UtcMicros;
use crate::track::{Anchor, Track};

/// They are kept up to date for so long after somebody asked, us.
const WANTED_FOR_US: i64 = 5_000_000;
/// What is older tells nothing of now, us.
const STALE_AFTER_US: i64 = 3_000_000;

/// The tracker writes while somebody reads.
#[derive(Debug)]
pub struct LiveTracks {
    /// The clock of frames, us.
    wanted_until: AtomicI64,
    /// With the time at which it was written.
    newest: Mutex<Option<(UtcMicros, Arc<Followed>)>>,
}

impl Default for LiveTracks {
    fn default() -> Self {
        Self { wanted_until: AtomicI64::new(i64::MIN), newest: Mutex::default() }
    }
}

impl LiveTracks {
    pub fn is_wanted(&self, now: UtcMicros) -> bool {
        now.0 < self.wanted_until.load(Ordering::Relaxed)
    }

    /// After a look that rows have as of `at`.
    pub fn publish(&self, now: UtcMicros, at: UtcMicros, view: &View, tracks: &[Track], anchor: Anchor) {
        let tracks = tracks.iter().map(|track| FollowedTrack {
            id: track.id(),
            class: track.class(),
            rect: track.rect(anchor),
            path: track.path().points().iter().map(|point| point.place()).chain([track.place()]).collect(),
        });
        let followed = Arc::new(Followed { watched: view.into(), at, tracks: tracks.collect() });
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, followed));
    }

    /// What was written last, unless that is long ago.
    pub fn newest(&self, now: UtcMicros) -> Option<Followed> {
        self.wanted_until.store(now.0 + WANTED_FOR_US, Ordering::Relaxed);
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (_, followed) = newest.filter(|(written, _)| now.0 - written.0 <= STALE_AFTER_US)?;
        Some(Arc::unwrap_or_clone(followed))
    }
}

impl From<&View> for Watched {
    fn from(view: &View) -> Self {
        Self { width: view.width, height: view.height, region: view.region }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::recent_looks::tests::view;

    #[test]
    fn nothing_is_written_unless_somebody_reads_and_nothing_stale_is_read() {
        let tracks = LiveTracks::default();
        let at = |second: i64| UtcMicros(second * 1_000_000);
        assert!(!tracks.is_wanted(at(0)));
        assert_eq!(tracks.newest(at(1)), None);
        assert!(tracks.is_wanted(at(5)) && !tracks.is_wanted(at(6)));
        tracks.publish(at(2), at(2), &view(), &[], Anchor::Centre);
        assert_eq!(tracks.newest(at(5)).map(|followed| followed.at), Some(at(2)));
        assert_eq!(tracks.newest(at(6)), None);
    }
}
