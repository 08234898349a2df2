//! Two tracks on one vehicle: an identity that changes on the line, or a second box that lived on. The second crossing
//! at the same place, in the same direction, within the time that a vehicle takes to clear its own length, is the first
//! one again. A tailgater comes later: it cannot be nearer than a length.

use std::collections::VecDeque;

use super::line::LineFrame;
use super::{Direction, Rule};
use crate::track::Track;

/// Crossings that are remembered.
const MEMORY: usize = 40;
/// Distance along the line below which two crossings are at the same place, as a share of their mean width.
const SAME_PLACE: f64 = 0.5;
/// … when one of the two tracks has much less evidence: it is a stray box of the other's vehicle.
const SAME_PLACE_WEAK: f64 = 0.75;
/// Much less: a sum of scores below this share of the other's.
const WEAK: f64 = 0.5;
/// Own lengths that the vehicle goes in the time during which another crossing is the same one.
const LENGTHS: f64 = 0.8;
/// Seconds: that time at most, for vehicles that creep.
const LONGEST: f64 = 1.0;
/// Seconds: that time at least, when one of the two crossings was extrapolated.
const SHORTEST_EXTRAPOLATED: f64 = 0.5;
/// Pixels a second. Keeps the time that a standing vehicle takes finite.
const SLOWEST: f64 = 1e-6;

/// A crossing as the exclusion sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    track: u64,
    line: usize,
    direction: Direction,
    rule: Rule,
    seconds: f64,
    /// Along the line, pixels.
    position: f64,
    /// The vehicle's extent along the line, pixels.
    width: f64,
    /// Seconds in which it goes its own length across the line.
    passing: f64,
    score_sum: f64,
}

impl Mark {
    /// Of a crossing of `frame`, the line with the index `line`, at `position` (0..1).
    pub fn new(
        track: &Track,
        (line, frame): (usize, &LineFrame),
        direction: Direction,
        rule: Rule,
        seconds: f64,
        position: f64,
    ) -> Self {
        let (width, height) = (track.extent().width(), track.extent().height());
        let (along, normal) = (frame.along, frame.normal);
        let (speed, _) = track.motion().velocity_along(normal);
        let length = normal.x.abs() * width + normal.y.abs() * height;
        Self {
            track: track.id(),
            line,
            direction,
            rule,
            seconds,
            position: position * frame.length,
            width: along.x.abs() * width + along.y.abs() * height,
            passing: length / speed.abs().max(SLOWEST),
            score_sum: track.score_sum(),
        }
    }

    fn is_same_vehicle(&self, other: &Mark) -> bool {
        if (self.line, self.direction) != (other.line, other.direction) || self.track == other.track {
            return false;
        }
        let (less, more) = (self.score_sum.min(other.score_sum), self.score_sum.max(other.score_sum));
        let share = if less < WEAK * more { SAME_PLACE_WEAK } else { SAME_PLACE };
        if (self.position - other.position).abs() >= share * (self.width + other.width) / 2.0 {
            return false;
        }
        let mut window = (LENGTHS * self.passing.max(other.passing)).min(LONGEST);
        if [self.rule, other.rule].contains(&Rule::BornBeyond) {
            window = window.max(SHORTEST_EXTRAPOLATED);
        }
        (self.seconds - other.seconds).abs() < window
    }
}

/// The latest crossings that counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Exclusion {
    marks: VecDeque<Mark>,
}

impl Exclusion {
    /// Takes in a crossing, or gives the track whose earlier crossing it repeats.
    pub fn admit(&mut self, mark: Mark) -> Result<(), u64> {
        if let Some(earlier) = self.marks.iter().find(|earlier| mark.is_same_vehicle(earlier)) {
            return Err(earlier.track);
        }
        if self.marks.len() == MEMORY {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A car 50 pixels wide that clears its length in 0.3 s.
    const FIRST: Mark = Mark {
        track: 1,
        line: 0,
        direction: Direction::Entry,
        rule: Rule::BothSides,
        seconds: 10.0,
        position: 200.0,
        width: 50.0,
        passing: 0.3,
        score_sum: 4.0,
    };

    #[test]
    fn only_the_same_place_direction_and_moment_is_the_same_vehicle() {
        let second = Mark { track: 2, seconds: 10.2, position: 210.0, ..FIRST };
        let cases = [
            ("an identity that changed on the line", second, false),
            ("the same track that turned twice", Mark { track: 1, ..second }, true),
            ("another line", Mark { line: 1, ..second }, true),
            ("the car that comes the other way", Mark { direction: Direction::Exit, ..second }, true),
            ("the car beside", Mark { position: 226.0, ..second }, true),
            ("a stray box beside", Mark { position: 226.0, score_sum: 1.0, ..second }, false),
            ("a tailgater", Mark { seconds: 10.25, ..second }, true),
            ("one that creeps", Mark { seconds: 10.25, passing: 9.0, ..second }, false),
            ("one behind one that creeps", Mark { seconds: 11.1, passing: 9.0, ..second }, true),
            ("extrapolated", Mark { seconds: 10.45, rule: Rule::BornBeyond, ..second }, false),
        ];
        for (name, mark, want) in cases {
            let mut exclusion = Exclusion::default();
            assert_eq!(exclusion.admit(FIRST), Ok(()));
            assert_eq!(exclusion.admit(mark), if want { Ok(()) } else { Err(1) }, "{name}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut exclusion = Exclusion::default();
        for track in 0..1000 {
            assert_eq!(exclusion.admit(Mark { track, seconds: 10.0 * track as f64, ..FIRST }), Ok(()));
        }
        assert_eq!(exclusion.marks.len(), MEMORY);
    }
}
