//! One vehicle followed over several looks.

use super::extent::Extent;
use super::field::{Expectation, VelocityField};
use super::motion::Motion;
use super::observation::Observation;
use super::path::{Path, PathPoint};
use super::votes::ClassVotes;
use crate::detect::Class;
use crate::geometry::{Point, Rect, Vector};
use crate::track::Anchor;

/// Seconds without a box until a track ends; bridges gaps of a second.
pub(super) const LONGEST_UNSEEN: f64 = 1.2;
/// … until a track with a single box ends: most of them are false.
const LONGEST_UNSEEN_NEW: f64 = 0.8;
/// From this box on a track is sure enough to teach the velocity field.
const SURE_HITS: u32 = 3;

/// What is known of one vehicle, predicted to the time of the tracker's last look.
#[derive(Clone, Debug)]
pub struct Track {
    id: u64,
    motion: Motion,
    extent: Extent,
    predicted_to: f64,
    last_seen: f64,
    hits: u32,
    score_sum: f64,
    votes: ClassVotes,
    /// Measured, not filtered: the first three places at most.
    first_boxes: Vec<PathPoint>,
    path: Path,
}

impl Track {
    /// Starts from the first box, with what is usual at its place.
    pub(super) fn new(id: u64, t: f64, first: &Observation, field: &VelocityField) -> Self {
        let size = first.ln_size.exp();
        let Expectation { velocity, covariance, growth } = field.expect(first.anchor, size);
        let start = PathPoint::new(t, first.anchor);
        let mut votes = ClassVotes::default();
        votes.add(first.class, first.score);
        Self {
            id,
            motion: Motion::new(first.anchor, size, velocity, covariance),
            extent: Extent::new(first, growth),
            predicted_to: t,
            last_seen: t,
            hits: 1,
            score_sum: first.score,
            votes,
            first_boxes: vec![start],
            path: Path::new(start, size),
        }
    }

    pub(super) fn predict(&mut self, t: f64) {
        let dt = t - self.predicted_to;
        self.motion.predict(dt, self.extent.size(), self.extent.growth());
        self.extent.predict(dt);
        self.predicted_to = t;
    }

    /// Takes in the box of the look at `t`, to which the track is predicted, and teaches the field what it learned.
    pub(super) fn update(&mut self, t: f64, seen: &Observation, field: &mut VelocityField) {
        self.motion.update(seen.anchor, self.extent.size(), seen.spread());
        self.extent.update(seen);
        self.last_seen = t;
        self.hits += 1;
        self.score_sum += seen.score;
        self.votes.add(seen.class, seen.score);
        self.path.extend(PathPoint::new(t, self.motion.place));
        if self.hits <= SURE_HITS {
            self.first_boxes.push(PathPoint::new(t, seen.anchor));
        }
        if self.hits >= SURE_HITS {
            field.learn(self.motion.place, self.motion.velocity, self.extent.growth());
        }
        if self.hits == SURE_HITS {
            self.teach_beginning(field);
        }
    }

    /// Now that the track is sure, its first places teach too: it is there that the next vehicle will be new.
    fn teach_beginning(&self, field: &mut VelocityField) {
        for pair in self.first_boxes.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let velocity = (to.place() - from.place()) * (1.0 / (to.t - from.t));
            field.learn(from.place(), velocity, self.extent.growth());
        }
    }

    pub(super) fn is_stale(&self, t: f64) -> bool {
        t - self.last_seen > if self.hits > 1 { LONGEST_UNSEEN } else { LONGEST_UNSEEN_NEW }
    }

    /// Counts up from 0 in the order of birth; never used twice by one tracker.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Filtered and predicted place and velocity of the anchor.
    pub fn motion(&self) -> &Motion {
        &self.motion
    }

    pub fn extent(&self) -> &Extent {
        &self.extent
    }

    /// The anchor, pixels.
    pub fn place(&self) -> Point {
        self.motion.place
    }

    /// Pixels a second.
    pub fn velocity(&self) -> Vector {
        self.motion.velocity
    }

    /// Square root of the box's area, pixels: the unit of every limit on distances.
    pub fn size(&self) -> f64 {
        self.extent.size()
    }

    /// The box as predicted, for drawing.
    pub fn rect(&self, anchor: Anchor) -> Rect {
        let Point { x, y } = self.motion.place;
        let (half_width, height) = (self.extent.width() / 2.0, self.extent.height());
        let bottom = match anchor {
            Anchor::BottomCentre => y,
            Anchor::Centre => y + height / 2.0,
        };
        Rect::new(x - half_width, bottom - height, x + half_width, bottom)
    }

    /// Boxes that were given to the track.
    pub fn hits(&self) -> u32 {
        self.hits
    }

    pub fn score_sum(&self) -> f64 {
        self.score_sum
    }

    /// What most of the boxes, weighed by their scores, say that it is.
    pub fn class(&self) -> Class {
        self.votes.majority()
    }

    /// Where and when the first box was.
    pub fn born(&self) -> PathPoint {
        self.first_boxes[0]
    }

    /// When the last box was, seconds.
    pub fn last_seen(&self) -> f64 {
        self.last_seen
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
