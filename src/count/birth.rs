//! The rule for vehicles first seen just beyond the line.
//!
//! A fast vehicle, or one that the detector finds late, may have no box before the line. When it surely moves away from
//! a line that it must have met a moment before its first box, it is counted at that moment.

use super::Direction;
use super::line::LineFrame;
use super::passage::{Change, Passage};
use crate::track::Track;

/// Boxes that such a track must have.
const FEWEST_BOXES: u32 = 3;
/// Seconds after its birth in which it is looked at.
const LONGEST_WAIT: f64 = 1.0;
/// Standard deviations that the velocity across the line must be away from zero.
const SURE_SPEED: f64 = 3.0;
/// Sizes/s that it must be at least.
const LEAST_SPEED: f64 = 0.5;
/// Seconds between the line and the first box at most …
const LONGEST_EXTRAPOLATION: f64 = 0.35;
/// … or so many looks, if that is longer.
const LONGEST_EXTRAPOLATION_LOOKS: f64 = 1.2;

/// A vehicle that moves away from the line, judged by where and when it was on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct BornBeyond {
    pub direction: Direction,
    /// Extrapolated back from the first box.
    pub change: Change,
    /// Seconds from the line to the first box.
    pub extrapolated: f64,
    /// What `extrapolated` may be.
    pub limit: f64,
}

impl BornBeyond {
    pub fn is_near_in_time(&self) -> bool {
        self.extrapolated <= self.limit
    }

    pub fn is_on_line(&self) -> bool {
        (0.0..=1.0).contains(&self.change.position)
    }
}

/// What is to be said of a track that has not crossed the line, once it is sure where it comes from: `None` before that
/// and when it was said already. `look_interval` is the usual time between two looks at its birth, seconds.
pub(super) fn judge(
    passage: &mut Passage,
    track: &Track,
    line: &LineFrame,
    look_interval: f64,
    evidence: f64,
) -> Option<BornBeyond> {
    let (first, last) = (passage.first, passage.last);
    let open = passage.counted == 0 && !passage.birth_judged && last.seconds - track.born().t <= LONGEST_WAIT;
    if !open || track.hits() < FEWEST_BOXES || track.score_sum() < evidence {
        return None;
    }
    let (velocity, sd) = track.motion().velocity_along(line.normal);
    let speed = velocity.abs();
    let direction = if velocity > 0.0 { Direction::Entry } else { Direction::Exit };
    let moves_away = first.offset_sizes * direction.sign() > 0.0
        && (last.offset_sizes - first.offset_sizes) * direction.sign() > 0.0;
    if !moves_away || speed <= SURE_SPEED * sd || speed <= LEAST_SPEED * track.size() {
        return None;
    }
    passage.birth_judged = true;
    let extrapolated = first.offset.abs() / speed;
    let along = track.velocity().dot(line.along) / line.length;
    Some(BornBeyond {
        direction,
        change: Change { seconds: first.seconds - extrapolated, position: first.position - along * extrapolated },
        extrapolated,
        limit: LONGEST_EXTRAPOLATION.max(LONGEST_EXTRAPOLATION_LOOKS * look_interval),
    })
}
