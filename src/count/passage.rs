//! One track at one line: which side it is on, and when that has surely changed.

use super::Direction;
use super::leap::Leap;

/// How far beyond the line the anchor must be, sizes.
pub(super) const HYSTERESIS: f64 = 0.15;
/// How far it must have come from its farthest point on the old side, sizes. With a bottom edge that jitters by 8 %
/// this is four to five standard deviations of a difference.
const TRAVEL: f64 = 0.40;
/// … when the track has crossed this line before: a real turn, not a vehicle that rocks on the line.
const TRAVEL_AGAIN: f64 = 1.2;
/// Seconds in which the farthest point on the old side fades. Without it the farthest jitter of a vehicle that stands
/// for minutes adds up to a passage.
const FARTHEST_FADES: f64 = 2.0;
/// Boxes that a track must have.
pub(super) const FEWEST_BOXES: u32 = 2;

/// Where the anchor is, seen from the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub seconds: f64,
    /// Signed distance from the line, pixels.
    pub offset: f64,
    /// Signed distance from the line, sizes of the track.
    pub offset_sizes: f64,
    /// Along the line: 0 at A, 1 at B.
    pub position: f64,
    /// Of the track, pixels.
    pub size: f64,
    /// Of the track across the line, pixels/s; `None`: it has a single box.
    pub speed: Option<f64>,
}

impl Place {
    pub fn side(&self) -> Direction {
        Direction::towards(self.offset_sizes)
    }
}

/// When and where the anchor went over the line, interpolated between two boxes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    pub seconds: f64,
    pub position: f64,
}

/// A change of sides that is sure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Confirmed {
    pub change: Change,
    pub direction: Direction,
    /// Distance of the farthest remembered point on the old side, sizes.
    pub before: f64,
    /// Distance now on the new side, sizes.
    pub after: f64,
    /// The track took another vehicle's box on the new side.
    pub is_of_two_vehicles: bool,
}

/// The record of one track at one line.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    /// The side that the track is known to be on, as the direction that leads there.
    side: Direction,
    /// Distance of the farthest remembered point on that side, sizes.
    farthest: f64,
    pub first: Place,
    pub last: Place,
    /// The last time that the anchor changed sides, sure or not.
    change: Option<Change>,
    /// … if nobody saw it.
    leap: Option<Leap>,
    /// Crossings of this line by this track, also those that were excluded.
    pub counted: u32,
    /// Whether the rule for tracks born beyond the line has had its say.
    pub birth_judged: bool,
    /// Whether a near-crossing was reported.
    pub rejected: bool,
}

impl Passage {
    pub fn new(first: Place) -> Self {
        Self {
            side: first.side(),
            farthest: first.offset_sizes.abs(),
            first,
            last: first,
            change: None,
            leap: None,
            counted: 0,
            birth_judged: false,
            rejected: false,
        }
    }

    /// Moves on to `here`. Gives the change of sides when it is sure now; while the track has not `evidence` enough, it is
    /// tested again at the next box, and keeps its time. After a leap the next box is waited for.
    pub fn advance(&mut self, here: Place, evidence: bool) -> Option<Confirmed> {
        if here.side() != self.last.side() {
            self.change = Some(between(&self.last, &here));
            self.leap = Leap::new(self.last, here);
        }
        self.farthest *= fading(&self.last, &here);
        self.last = here;
        if self.leap.is_some_and(|leap| leap.is_last(&here)) {
            return None;
        }
        self.confirm(evidence)
    }

    /// The change of sides, if the last place makes it sure.
    pub fn confirm(&mut self, evidence: bool) -> Option<Confirmed> {
        let Some(confirmed) = self.unconfirmed() else {
            self.farthest = self.farthest.max(self.last.offset_sizes.abs());
            return None;
        };
        let Confirmed { direction, before, after, .. } = confirmed;
        if !evidence || after < HYSTERESIS || before + after < self.travel_needed() {
            return None;
        }
        self.side = direction;
        self.farthest = after;
        self.leap = None;
        Some(confirmed)
    }

    /// The change of sides that never became sure, if the anchor is on the other side than the track.
    pub fn unconfirmed(&self) -> Option<Confirmed> {
        let change = self.change.filter(|_| self.last.side() != self.side)?;
        let (before, after) = (self.farthest, self.last.offset_sizes.abs());
        let is_of_two_vehicles = self.leap.is_some_and(|leap| leap.is_of_two_vehicles(&self.last));
        Some(Confirmed { change, direction: self.last.side(), before, after, is_of_two_vehicles })
    }

    /// Goes on where another track on the same vehicle ended, if that one came from the other side: the line lies between
    /// what the two have seen. The jump from the one's last box to the other's first is no travel, so that two boxes on
    /// a vehicle that stands do not add up to a passage. Says whether there was something to go on with.
    pub fn inherit(&mut self, ended: &Passage) -> bool {
        let jump = (self.first.offset_sizes - ended.last.offset_sizes).abs();
        // Where one has just crossed, the next one may follow; but no nearer than this.
        let is_follower = ended.counted > 0 && jump >= TRAVEL;
        if self.counted > 0 || self.side == ended.side || is_follower {
            return false;
        }
        self.change = Some(match ended.unconfirmed() {
            Some(confirmed) => confirmed.change,
            None => between(&ended.last, &self.first),
        });
        self.leap = None;
        self.farthest = ended.farthest * fading(&ended.last, &self.last) - jump;
        self.side = ended.side;
        self.counted = ended.counted;
        true
    }

    /// Sizes from the farthest point on the old side to the place on the new one.
    pub fn travel_needed(&self) -> f64 {
        if self.counted == 0 { TRAVEL } else { TRAVEL_AGAIN }
    }
}

/// What is left of a distance at `from` when the track is at `to`.
fn fading(from: &Place, to: &Place) -> f64 {
    (-(to.seconds - from.seconds) / FARTHEST_FADES).exp()
}

/// Where the straight way from one place to the next meets the line.
fn between(from: &Place, to: &Place) -> Change {
    let share = if from.offset == to.offset { 0.5 } else { from.offset / (from.offset - to.offset) };
    Change {
        seconds: from.seconds + share * (to.seconds - from.seconds),
        position: from.position + share * (to.position - from.position),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vehicle of 100 pixels at `offset_sizes` from the line.
    fn at(seconds: f64, offset_sizes: f64) -> Place {
        Place { seconds, offset: 100.0 * offset_sizes, offset_sizes, position: 0.5, size: 100.0, speed: None }
    }

    /// What a track with enough evidence makes of these offsets, one every 0.2 s; it counts like the line counter.
    fn directions(offsets: &[f64]) -> Vec<(Direction, f64)> {
        let mut passage = Passage::new(at(0.0, offsets[0]));
        let mut confirmed = Vec::new();
        for (step, &offset) in offsets.iter().enumerate().skip(1) {
            if let Some(sure) = passage.advance(at(0.2 * step as f64, offset), true) {
                passage.counted += 1;
                confirmed.push((sure.direction, (sure.change.seconds * 1000.0).round() / 1000.0));
            }
        }
        confirmed
    }

    #[test]
    fn both_sides_must_be_clear() {
        use Direction::{Entry, Exit};
        type Case<'a> = (&'a str, &'a [f64], &'a [(Direction, f64)]);
        let cases: [Case; 8] = [
            ("over to the right", &[-0.5, 0.5], &[(Entry, 0.1)]),
            ("over to the left", &[0.5, -0.5], &[(Exit, 0.1)]),
            ("time is where the line was met, not where it became sure", &[-0.3, 0.1, 0.14, 0.3], &[(Entry, 0.15)]),
            ("not far enough beyond", &[-1.0, 0.14], &[]),
            ("not from far enough before", &[-0.1, 0.2], &[]),
            ("rocking on the line", &[-0.15, 0.15, -0.15, 0.15, -0.15, 0.15], &[]),
            ("a turn that goes far enough", &[-1.0, 0.7, -0.7], &[(Entry, 0.118), (Exit, 0.3)]),
            ("rocking after a crossing", &[-1.0, 0.5, -0.5, 0.5, -0.5], &[(Entry, 0.133)]),
        ];
        for (name, offsets, want) in cases {
            assert_eq!(directions(offsets), want, "{name}");
        }
    }

    #[test]
    fn evidence_that_comes_late_does_not_move_the_time() {
        let mut passage = Passage::new(at(0.0, -0.5));
        assert_eq!(passage.advance(at(0.2, 0.5), false), None);
        assert!(passage.unconfirmed().is_some());
        let sure = passage.advance(at(0.4, 1.5), true).expect("enough evidence now");
        assert!((sure.change.seconds - 0.1).abs() < 1e-12, "{sure:?}");
        assert_eq!(passage.unconfirmed(), None);
    }

    #[test]
    fn the_farthest_point_fades_while_the_vehicle_stands() {
        let mut passage = Passage::new(at(0.0, -1.0));
        for step in 1..100 {
            assert_eq!(passage.advance(at(0.2 * f64::from(step), -0.05), true), None);
        }
        assert_eq!(passage.advance(at(20.0, 0.3), true), None, "0.05 + 0.3 is not the way of a passage");
    }

    /// A track that was at these offsets, one every 0.2 s from `start` on, and counted as the line counter does.
    fn passage(start: f64, offsets: &[f64]) -> Passage {
        let mut passage = Passage::new(at(start, offsets[0]));
        for (step, &offset) in offsets.iter().enumerate().skip(1) {
            let sure = passage.advance(at(start + 0.2 * step as f64, offset), true);
            passage.counted += u32::from(sure.is_some());
        }
        passage
    }

    #[test]
    fn a_successor_counts_what_the_ended_track_left_open_and_nothing_twice() {
        use Direction::{Entry, Exit};
        // The ended track's offsets, those of its successor before the end and after it, and what that one makes of them.
        type Case<'a> = (&'a str, &'a [f64], &'a [f64], &'a [f64], &'a [Direction]);
        let cases: [Case; 7] = [
            ("the identity changes on the line", &[-1.0, -0.5, -0.1], &[0.1, 0.2], &[0.5, 1.0], &[Entry]),
            ("it changes after the line, unsure", &[-1.0, -0.5, 0.1], &[0.2, 0.3], &[0.8], &[Entry]),
            ("two boxes on one that stands", &[-0.3, -0.2, -0.05], &[0.2, 0.2], &[0.2, 0.2], &[]),
            ("counted, falls back by jitter, leaves", &[-1.0, -0.3, 0.2], &[-0.05, -0.05], &[0.5, 2.0], &[]),
            ("counted, and another one follows", &[-1.0, -0.3, 0.3], &[-0.5, -0.3], &[0.3, 1.0], &[Entry]),
            ("the same side", &[-1.0, -0.5], &[-0.4, -0.3], &[0.3], &[Entry]),
            ("turns back after the change", &[-1.0, -0.5, -0.1], &[0.1, 0.5], &[-0.5, -1.5], &[Entry, Exit]),
        ];
        for (name, ended, young, later, want) in cases {
            let ended = passage(0.0, ended);
            let mut successor = passage(ended.last.seconds + 0.2, young);
            successor.inherit(&ended);
            let mut directions: Vec<_> = successor.confirm(true).map(|sure| sure.direction).into_iter().collect();
            for (step, &offset) in later.iter().enumerate() {
                let seconds = successor.first.seconds + 0.2 * (young.len() + step) as f64;
                directions.extend(successor.advance(at(seconds, offset), true).map(|sure| sure.direction));
            }
            assert_eq!(directions, want, "{name}");
        }
    }
}
