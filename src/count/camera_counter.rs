//! One camera's tracker and line counter together.

use super::{CountingLine, LineCounter, Outcome};
use crate::detect::Detection;
use crate::track::{Anchor, Thresholds, Track, Tracker};

/// Detections of one camera in, crossings out. One for each session: its time begins with the session's first frame.
#[derive(Clone, Debug)]
pub struct CameraCounter {
    tracker: Tracker,
    lines: LineCounter,
}

impl CameraCounter {
    /// For pictures of `picture_width` x `picture_height` pixels; outcomes name a line by its index in `lines`.
    pub fn new(
        picture_width: f64,
        picture_height: f64,
        lines: &[CountingLine],
        thresholds: Thresholds,
        anchor: Anchor,
    ) -> Self {
        Self {
            tracker: Tracker::new(picture_width, picture_height, thresholds, anchor),
            lines: LineCounter::new(lines, &thresholds),
        }
    }

    /// Takes in what the detector saw at `t` seconds since the session's first frame. A look that is not later than the
    /// last one is ignored.
    pub fn look(&mut self, t: f64, detections: &[Detection]) -> Vec<Outcome> {
        match self.tracker.look(t, detections) {
            Some(look) => self.lines.observe(&self.tracker, &look),
            None => Vec::new(),
        }
    }

    /// The stream ends, or breaks off: what was still open is decided with what is known.
    pub fn finish(&mut self) -> Vec<Outcome> {
        let ended = self.tracker.finish();
        self.lines.finish(&ended)
    }

    /// The tracks that are alive, for drawing.
    pub fn tracks(&self) -> &[Track] {
        self.tracker.tracks()
    }

    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }
}
