//! What a camera's line editor is shown: what is followed on the picture now, and what lines would have counted.

use crate::count::Outcome;
use crate::detect::{Class, PixelRegion};
use crate::geometry::{Point, Rect};
use crate::time::UtcMicros;

/// What a camera sees of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Pixels of the whole picture.
    pub width: usize,
    pub height: usize,
    /// What is looked at.
    pub region: PixelRegion,
}

/// Vehicles that are followed after one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    pub watched: Watched,
    /// Of the look, as rows have it.
    pub at: UtcMicros,
    pub tracks: Vec<FollowedTrack>,
}

/// In pixels of the whole picture.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowedTrack {
    pub id: u64,
    pub class: Class,
    pub rect: Rect,
    /// Where its anchor was, oldest first; the last is where it is.
    pub path: Vec<Point>,
}

/// What is remembered of a camera's looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Remembered {
    pub looks: usize,
    /// Seconds between looks that follow one another, summed up.
    pub observed_s: f64,
    /// Of the first and the last look, as rows have them.
    pub from: UtcMicros,
    pub until: UtcMicros,
    /// It begins within a session: what the counter knew from before is missing.
    pub is_cut: bool,
    /// The newest look's.
    pub watched: Watched,
}

/// What lines would have counted of what is remembered.
#[derive(Clone, Debug)]
pub struct Trial {
    pub remembered: Remembered,
    /// What would be looked at with these lines.
    pub would_watch: PixelRegion,
    /// All that is remembered was seen so: otherwise the net would have seen another part of the picture.
    pub same_region: bool,
    /// With the times that rows would have, in the order in which they were decided. Lines by their index.
    pub outcomes: Vec<(UtcMicros, Outcome)>,
    /// The same of the lines as they are configured.
    pub configured: Vec<(UtcMicros, Outcome)>,
}
