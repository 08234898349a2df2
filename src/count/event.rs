//! A track over a line, on its way to being counted or rejected.

use super::birth::BornBeyond;
use super::exclusion::{Exclusion, Mark};
use super::line::LineFrame;
use super::passage::{Change, Confirmed, Passage};
use super::{Crossing, Direction, Explanation, Outcome, Reason, Rejected, Rule};
use crate::track::Track;

/// Each line is longer by this share of itself at either end.
const LINE_MARGIN: f64 = 0.03;
/// A vehicle that passes the line's end by more than so many of its sizes does not nearly cross it.
const NEAR_END: f64 = 1.0;
/// Seconds. A vehicle that met the line longer before its first box did not nearly cross it: it appeared elsewhere.
const NEAR_BIRTH: f64 = 1.0;

/// What every outcome is made of.
pub(super) struct Event<'a> {
    /// Index of the line.
    line: usize,
    frame: &'a LineFrame,
    track: &'a Track,
    direction: Direction,
    change: Change,
    explanation: Explanation,
    /// The track was one vehicle on one side and another one on the other.
    pub is_of_two_vehicles: bool,
}

impl<'a> Event<'a> {
    /// A change of sides at the line with the index `line`.
    pub fn both_sides(line: usize, frame: &'a LineFrame, track: &'a Track, confirmed: Confirmed) -> Self {
        let Confirmed { change, direction, before, after, is_of_two_vehicles } = confirmed;
        let explanation = Explanation::new(track, frame, before, after, before + after);
        Self { line, frame, track, direction, change, explanation, is_of_two_vehicles }
    }

    /// A birth beyond the line with the index `line`.
    pub fn born_beyond(
        line: usize,
        frame: &'a LineFrame,
        track: &'a Track,
        born: &BornBeyond,
        passage: &Passage,
    ) -> Self {
        let (first, last) = (passage.first.offset_sizes, passage.last.offset_sizes);
        let explanation = Explanation::new(track, frame, 0.0, last.abs(), (last - first).abs());
        let (direction, change) = (born.direction, born.change);
        Self { line, frame, track, direction, change, explanation, is_of_two_vehicles: false }
    }

    /// Whether the track went over the line itself, and not over its extension.
    pub fn is_on_line(&self) -> bool {
        (-LINE_MARGIN..=1.0 + LINE_MARGIN).contains(&self.change.position)
    }

    /// That it did not.
    pub fn beyond_end(&self) -> Reason {
        Reason::BeyondEnd { pixels: self.frame.beyond_end(self.change.position) }
    }

    /// Counts the event unless something speaks against it: an objection that the caller knows of, or an earlier crossing
    /// of the same vehicle. Each track is rejected at most once at each line, and only if it came near.
    pub fn decide(
        self,
        rule: Rule,
        objection: Option<Reason>,
        passage: &mut Passage,
        exclusion: &mut Exclusion,
    ) -> Option<Outcome> {
        let reason = match objection {
            Some(reason) => reason,
            None => {
                passage.counted += 1;
                match exclusion.admit(self.mark(rule)) {
                    Ok(()) => return Some(Outcome::Crossing(self.counted(rule))),
                    Err(of) => Reason::SecondTrack { of },
                }
            }
        };
        if passage.rejected || !self.is_near(&reason) {
            return None;
        }
        passage.rejected = true;
        Some(Outcome::Rejected(self.rejected(reason)))
    }

    fn is_near(&self, reason: &Reason) -> bool {
        let is_near_in_time = !matches!(*reason, Reason::BornTooLate { seconds, .. } if seconds > NEAR_BIRTH);
        is_near_in_time && self.frame.beyond_end(self.change.position) <= NEAR_END * self.track.size()
    }

    fn mark(&self, rule: Rule) -> Mark {
        let Change { seconds, position } = self.change;
        Mark::new(self.track, (self.line, self.frame), self.direction, rule, seconds, position)
    }

    fn counted(self, rule: Rule) -> Crossing {
        Crossing {
            line: self.line,
            direction: self.direction,
            seconds: self.change.seconds,
            rule,
            track: self.track.id(),
            class: self.track.class(),
            place: self.change.position,
            explanation: self.explanation,
        }
    }

    pub fn rejected(self, reason: Reason) -> Rejected {
        Rejected {
            line: self.line,
            direction: self.direction,
            seconds: self.change.seconds,
            track: self.track.id(),
            class: self.track.class(),
            place: self.change.position,
            reason,
            explanation: self.explanation,
        }
    }
}
