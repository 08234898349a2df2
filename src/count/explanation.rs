//! Why a crossing was counted, or nearly was: what a person needs to judge it later without the pictures.

use serde::Serialize;

use super::line::LineFrame;
use crate::track::{PathPoint, Track};

/// The track at the moment of the decision. Written as JSON into the database; the numbers are rounded to what they
/// mean: milliseconds, tenths of a pixel, thousandths otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Distance from the line on the side that the vehicle came from, in sizes: of the farthest remembered point. 0 when
    /// it was never seen there.
    pub before: f64,
    /// Distance from the line on the side that it reached, in sizes.
    pub after: f64,
    /// Distance gone across the line for which there are boxes, in sizes.
    pub travelled: f64,
    /// Boxes of the track.
    pub boxes: u32,
    /// Sum of their scores.
    pub score_sum: f64,
    /// Size of the vehicle, sqrt(width · height), pixels.
    pub size: f64,
    /// Speed on the picture, sizes a second.
    pub speed: f64,
    /// Its part across the line, sizes a second, positive to the right hand.
    pub speed_across: f64,
    /// First box: time in seconds since the session's first frame, anchor in pixels.
    pub born: PathPoint,
    /// Last box, likewise, filtered.
    pub last: PathPoint,
    /// A summary of the way between, oldest first, at most 16 points.
    pub path: Vec<PathPoint>,
}

impl Explanation {
    pub(super) fn new(track: &Track, line: &LineFrame, before: f64, after: f64, travelled: f64) -> Self {
        let size = track.size();
        let (across, _) = track.motion().velocity_along(line.normal);
        Self {
            before: rounded(before, 1e3),
            after: rounded(after, 1e3),
            travelled: rounded(travelled, 1e3),
            boxes: track.hits(),
            score_sum: rounded(track.score_sum(), 1e3),
            size: rounded(size, 1e1),
            speed: rounded(track.velocity().length() / size, 1e3),
            speed_across: rounded(across / size, 1e3),
            born: rounded_point(&track.born()),
            last: rounded_point(&PathPoint::new(track.last_seen(), track.place())),
            path: track.path().points().iter().map(rounded_point).collect(),
        }
    }
}

fn rounded_point(point: &PathPoint) -> PathPoint {
    PathPoint { t: rounded(point.t, 1e3), x: rounded(point.x, 1e1), y: rounded(point.y, 1e1) }
}

/// To whole steps, of which one unit has `steps`.
fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}
