//! Follows all vehicles of one camera.

use super::duplicates::drop_duplicates;
use super::field::VelocityField;
use super::likelihood::assign;
use super::observation::Observation;
use super::tracked_vehicle::{LONGEST_UNSEEN, Track};
use super::{Anchor, Thresholds};
use crate::detect::Detection;

/// Seconds between two looks, as long as only one is known.
const FIRST_INTERVAL: f64 = 0.2;
/// Weight of the newest interval in the running mean.
const INTERVAL_GAIN: f64 = 0.2;
/// Seconds. A longer pause counts as this long in the mean.
const LONGEST_INTERVAL: f64 = 1.0;

/// What one look changed. Tracks are named by their [`Track::id`].
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Seconds since the session's first frame.
    pub seconds: f64,
    /// The tracks that a box was given to, by id.
    pub updated: Vec<u64>,
    /// The tracks that began, by id.
    pub born: Vec<u64>,
    /// The tracks that went unseen for too long and ended after this look. They were predicted to it, as all others.
    pub ended: Vec<Track>,
    /// The tracks that ended before this look, because there was no look for too long before it.
    pub interrupted: Vec<Track>,
}

/// The vehicles that one camera sees. Plain data in, plain data out: time comes from the stream's time stamps only.
#[derive(Clone, Debug)]
pub struct Tracker {
    thresholds: Thresholds,
    anchor: Anchor,
    field: VelocityField,
    /// By id, because new ones are added at the end.
    tracks: Vec<Track>,
    born_count: u64,
    first_look: Option<f64>,
    last_look: Option<f64>,
    look_interval: f64,
}

impl Tracker {
    /// For pictures of `picture_width` x `picture_height` pixels.
    pub fn new(picture_width: f64, picture_height: f64, thresholds: Thresholds, anchor: Anchor) -> Self {
        Self {
            thresholds,
            anchor,
            field: VelocityField::new(picture_width, picture_height),
            tracks: Vec::new(),
            born_count: 0,
            first_look: None,
            last_look: None,
            look_interval: FIRST_INTERVAL,
        }
    }

    /// Takes in what the detector saw at `t` seconds since the session's first frame. A look that is not later than the
    /// last one is ignored: `None`.
    pub fn look(&mut self, t: f64, detections: &[Detection]) -> Option<Look> {
        if !t.is_finite() || self.last_look.is_some_and(|last| t <= last) {
            return None;
        }
        let mut look = Look { seconds: t, ..Look::default() };
        if let Some(last) = self.last_look {
            if t - last > LONGEST_UNSEEN {
                look.interrupted = self.finish();
            }
            self.look_interval += INTERVAL_GAIN * ((t - last).min(LONGEST_INTERVAL) - self.look_interval);
        }
        self.first_look.get_or_insert(t);
        self.last_look = Some(t);

        let boxes = Observation::of_look(detections, &self.thresholds, self.anchor);
        let boxes = drop_duplicates(boxes, self.anchor);
        self.tracks.iter_mut().for_each(|track| track.predict(t));
        let pairs = assign(&self.tracks, &boxes);
        let mut taken = vec![false; boxes.len()];
        for (row, column) in pairs {
            taken[column] = true;
            self.tracks[row].update(t, &boxes[column], &mut self.field);
            look.updated.push(self.tracks[row].id());
        }
        for (seen, _) in boxes.iter().zip(taken).filter(|&(seen, taken)| !taken && seen.score >= self.thresholds.birth)
        {
            look.born.push(self.born_count);
            self.tracks.push(Track::new(self.born_count, t, seen, &self.field));
            self.born_count += 1;
        }
        look.ended = self.tracks.extract_if(.., |track| track.is_stale(t)).collect();
        Some(look)
    }

    /// Ends all tracks, as when the stream ends, and hands them out. What was learned of the place stays.
    pub fn finish(&mut self) -> Vec<Track> {
        std::mem::take(&mut self.tracks)
    }

    /// The tracks that are alive, by id; those that the last look did not see are predicted to it.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    pub fn track(&self, id: u64) -> Option<&Track> {
        let position = self.tracks.binary_search_by_key(&id, Track::id).ok()?;
        Some(&self.tracks[position])
    }

    /// Tracks ever begun.
    pub fn born_count(&self) -> u64 {
        self.born_count
    }

    /// When the stream's first look was, seconds.
    pub fn first_look(&self) -> Option<f64> {
        self.first_look
    }

    /// Running mean of the time between two looks, seconds.
    pub fn look_interval(&self) -> f64 {
        self.look_interval
    }

    pub fn anchor(&self) -> Anchor {
        self.anchor
    }

    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }
}
