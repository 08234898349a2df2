//! The newest picture of one camera, for whoever looks. The tracker puts it down and goes on: it never waits, draws nothing
//! and wakes nobody, and without anybody who looks nothing is put down at all.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use crate::diagnostics::in_words;
use crate::draw::{Scene, encode_jpeg, no_wider};
use crate::http::{Jpeg, LivePicture, Overlay, Shown};
use crate::source::Picture;
use crate::time::UtcMicros;

/// Pictures come for so long after somebody looked.
const LOOK_LASTS: Duration = Duration::from_secs(5);
/// Drawn pictures are this wide at most, pixels: enough for a wall, and little enough for a phone.
const WIDEST: usize = 960;

/// Outlives the camera's threads, so that who looks goes on looking after a restart.
#[derive(Debug)]
pub struct LatestPicture {
    /// What the milliseconds below are counted from.
    began: Instant,
    /// Until when somebody looks, ms; 0: nobody ever did.
    looked_at_until_ms: AtomicU64,
    /// Number of the newest, which is how many there were.
    number: AtomicU64,
    /// When it was put down, ms.
    put_down_ms: AtomicU64,
    encoded: AtomicU64,
    /// There is a newest: nobody has to take the lock to know.
    holds: AtomicBool,
    newest: Mutex<Option<Newest>>,
}

#[derive(Clone, Debug)]
struct Newest {
    number: u64,
    /// As rows are dated.
    at: UtcMicros,
    picture: Arc<Picture>,
    scene: Arc<Scene>,
}

impl Default for LatestPicture {
    fn default() -> Self {
        let [looked_at_until_ms, number, put_down_ms, encoded] = [const { AtomicU64::new(0) }; 4];
        let (holds, newest) = (AtomicBool::new(false), Mutex::default());
        Self { began: Instant::now(), looked_at_until_ms, number, put_down_ms, encoded, holds, newest }
    }
}

impl LatestPicture {
    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    /// Whether pictures are wanted.
    pub fn is_looked_at(&self) -> bool {
        self.now_ms() < self.looked_at_until_ms.load(Ordering::Relaxed)
    }

    /// Takes the place of the one before. Left out when somebody takes that at this very moment: the next will do.
    pub fn put_down(&self, at: UtcMicros, picture: Arc<Picture>, scene: Scene) {
        let mut newest = match self.newest.try_lock() {
            Ok(newest) => newest,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let number = self.number.load(Ordering::Relaxed) + 1;
        let before = newest.replace(Newest { number, at, picture, scene: Arc::new(scene) });
        self.put_down_ms.store(self.now_ms(), Ordering::Relaxed);
        self.number.store(number, Ordering::Release);
        self.holds.store(true, Ordering::Relaxed);
        drop(newest);
        drop(before);
    }

    /// Gives its memory back; soon, when somebody takes the picture at this very moment.
    pub fn clear(&self) {
        if self.holds.load(Ordering::Relaxed)
            && let Ok(mut newest) = self.newest.try_lock()
        {
            *newest = None;
            self.holds.store(false, Ordering::Relaxed);
        }
    }

    /// How many were put down.
    pub fn published(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    /// How many files were made of them.
    pub fn encoded(&self) -> u64 {
        self.encoded.load(Ordering::Relaxed)
    }

    fn newest(&self) -> MutexGuard<'_, Option<Newest>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LivePicture for LatestPicture {
    fn look(&self) {
        self.looked_at_until_ms.store(self.now_ms() + LOOK_LASTS.as_millis() as u64, Ordering::Relaxed);
    }

    fn newest(&self) -> Option<Shown> {
        let number = self.number.load(Ordering::Acquire);
        let age = self.now_ms().saturating_sub(self.put_down_ms.load(Ordering::Relaxed));
        (number > 0).then(|| Shown { number, age: Duration::from_millis(age) })
    }

    fn jpeg(&self, overlay: Overlay) -> Result<Option<Jpeg>, String> {
        // A copy of pointers: the tracker must find the place free.
        let Some(Newest { number, at, picture, scene }) = self.newest().clone() else { return Ok(None) };
        let bytes = match overlay {
            Overlay::None => encode_jpeg(&picture),
            Overlay::Scene(rows) => no_wider(&picture, WIDEST)
                .and_then(|mut small| scene.draw(&mut small, &rows(at)).map(|()| small))
                .and_then(|small| encode_jpeg(&small)),
        };
        let bytes = bytes.map_err(|error| in_words(&error))?;
        self.encoded.fetch_add(1, Ordering::Relaxed);
        Ok(Some(Jpeg { number, bytes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(width: usize, height: usize) -> Scene {
        Scene { width, height, region: None, lines: Vec::new(), tracks: Vec::new() }
    }

    fn put_down(latest: &LatestPicture, width: usize, height: usize) {
        latest.put_down(UtcMicros(0), Arc::new(Picture::filled(width, height, [9; 3])), scene(width, height));
    }

    #[test]
    fn only_who_looks_makes_pictures_come() {
        let latest = LatestPicture::default();
        assert!(!latest.is_looked_at() && latest.newest().is_none());
        latest.look();
        assert!(latest.is_looked_at());
        assert_eq!(latest.jpeg(Overlay::None), Ok(None));
    }

    #[test]
    fn the_newest_takes_the_place_and_nobody_waits_for_a_reader() {
        let latest = LatestPicture::default();
        put_down(&latest, 16, 8);
        let reading = latest.newest.lock().unwrap();
        put_down(&latest, 16, 8);
        drop(reading);
        assert_eq!(latest.published(), 1, "left out while somebody reads");
        put_down(&latest, 16, 8);
        assert_eq!(latest.jpeg(Overlay::None).unwrap().unwrap().number, 2);
        latest.clear();
        assert_eq!(latest.jpeg(Overlay::None), Ok(None));
        assert_eq!((latest.published(), latest.encoded()), (2, 1));
    }

    #[test]
    fn drawn_pictures_are_made_smaller_plain_ones_are_not() {
        let latest = LatestPicture::default();
        put_down(&latest, 1920, 1080);
        // The size stands behind the mark of the frame.
        let size = |jpeg: Vec<u8>| {
            let at = jpeg.windows(2).position(|mark| mark == [0xff, 0xc0]).unwrap();
            let number = |at: usize| usize::from(jpeg[at]) << 8 | usize::from(jpeg[at + 1]);
            (number(at + 7), number(at + 5))
        };
        assert_eq!(size(latest.jpeg(Overlay::None).unwrap().unwrap().bytes), (1920, 1080));
        let rows = |_| vec!["gate: 1 entries, 0 exits".to_owned()];
        assert_eq!(size(latest.jpeg(Overlay::Scene(&rows)).unwrap().unwrap().bytes), (960, 540));
    }
}
