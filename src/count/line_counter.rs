//! Counts the tracks of one camera at its lines.

use std::collections::HashMap;

use super::birth::{self, BornBeyond};
use super::event::Event;
use super::exclusion::Exclusion;
use super::line::LineFrame;
use super::passage::{FEWEST_BOXES, HYSTERESIS, Passage, Place};
use super::{CountingLine, Direction, Outcome, Reason, Rejected, Rule};
use crate::track::{Look, Thresholds, Track, Tracker};

/// A new track nearer than so many of its sizes to where an unseen one is expected may be on the same vehicle.
const LOST_DISTANCE: f64 = 1.0;
/// Boxes that the unseen one must have: one alone is no vehicle.
const LOST_BOXES: u32 = 2;

/// Decides which tracks crossed which lines. Holds a record per live track and line, and the latest crossings: its memory
/// is bounded by what the camera sees at once.
#[derive(Clone, Debug)]
pub struct LineCounter {
    lines: Vec<LineFrame>,
    evidence: f64,
    records: HashMap<u64, Record>,
    exclusion: Exclusion,
}

/// What is kept of one track. It dies with the track.
#[derive(Clone, Debug)]
struct Record {
    /// One per line.
    passages: Vec<Passage>,
    /// The track that was not seen where this one was born. If it is never seen again, this one goes on with it.
    lost: Option<u64>,
    /// Likewise, if it was last seen on the same side: this one did not come over the line.
    rest_of: Option<u64>,
    /// Usual time between two looks when it was born, seconds.
    look_interval: f64,
}

impl LineCounter {
    /// For the lines of one camera; outcomes name a line by its index here.
    pub fn new(lines: &[CountingLine], thresholds: &Thresholds) -> Self {
        Self {
            lines: lines.iter().map(|line| LineFrame::new(&line.segment)).collect(),
            evidence: thresholds.evidence,
            records: HashMap::new(),
            exclusion: Exclusion::default(),
        }
    }

    /// Takes in a look, right after the tracker took it in.
    pub fn observe(&mut self, tracker: &Tracker, look: &Look) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        self.close(&look.interrupted, &[], &mut outcomes);
        for track in look.updated.iter().filter_map(|&id| tracker.track(id)) {
            self.cross(track, tracker.first_look(), &mut outcomes);
        }
        for track in look.born.iter().filter_map(|&id| tracker.track(id)) {
            let unseen = tracker.tracks().iter().chain(&look.ended).filter(|other| other.last_seen() < look.seconds);
            let record = self.record(track, unseen, tracker.look_interval());
            self.records.insert(track.id(), record);
        }
        self.close(&look.ended, tracker.tracks(), &mut outcomes);
        outcomes
    }

    /// Takes in that the stream has ended, and with it all tracks that were still alive.
    pub fn finish(&mut self, ended: &[Track]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        self.close(ended, &[], &mut outcomes);
        outcomes
    }

    /// Tests a track that has just got a box against every line.
    fn cross(&mut self, track: &Track, first_look: Option<f64>, outcomes: &mut Vec<Outcome>) {
        let Some(record) = self.records.get_mut(&track.id()) else { return };
        let evidence = has_evidence(track, self.evidence);
        for (line, (frame, passage)) in self.lines.iter().zip(&mut record.passages).enumerate() {
            if let Some(confirmed) = passage.advance(place(track, frame), evidence) {
                let event = Event::both_sides(line, frame, track, confirmed);
                outcomes.extend(count_if_on_line(event, passage, &mut self.exclusion));
            }
            if let Some(born) = birth::judge(passage, track, frame, record.look_interval, self.evidence) {
                let event = Event::born_beyond(line, frame, track, &born, passage);
                let objection = objection_to_birth(&born, &event, record.rest_of, first_look);
                outcomes.extend(event.decide(Rule::BornBeyond, objection, passage, &mut self.exclusion));
            }
        }
    }

    /// The record of a track that has just been born, while the `unseen` ones wait for a box.
    fn record<'a>(&self, born: &Track, unseen: impl Iterator<Item = &'a Track>, look_interval: f64) -> Record {
        let may_be_lost = |other: &&Track| {
            other.hits() >= LOST_BOXES && (other.place() - born.place()).length() < LOST_DISTANCE * born.size()
        };
        let (mut lost, mut rest_of) = (None, None);
        for other in unseen.filter(may_be_lost) {
            lost.get_or_insert(other.id());
            if self.is_on_same_side(born, other) {
                rest_of.get_or_insert(other.id());
            }
        }
        let passages = self.lines.iter().map(|line| Passage::new(place(born, line))).collect();
        Record { passages, lost, rest_of, look_interval }
    }

    /// Whether a track is on the side of any line on which the other was last seen.
    fn is_on_same_side(&self, track: &Track, other: &Track) -> bool {
        let Some(record) = self.records.get(&other.id()) else { return false };
        let mut sides = self.lines.iter().zip(&record.passages);
        sides.any(|(line, passage)| Direction::towards(line.offset(track.place())) == passage.last.side())
    }

    /// Forgets tracks that have ended. What they leave open at a line goes to a successor, or else nearly crossed.
    fn close(&mut self, ended: &[Track], alive: &[Track], outcomes: &mut Vec<Outcome>) {
        for track in ended {
            let Some(mut record) = self.records.remove(&track.id()) else { continue };
            outcomes.extend(self.confirm_at_end(track, &mut record));
            let successor = ended.iter().chain(alive).find(|other| self.succeeds(other, track));
            for (line, passage) in record.passages.iter().enumerate() {
                if !successor.is_some_and(|successor| self.hand_over(line, passage, successor, outcomes)) {
                    outcomes.extend(self.never_confirmed(line, track, passage).map(Outcome::Rejected));
                }
            }
        }
    }

    /// What waited for a next box, which does not come.
    fn confirm_at_end(&mut self, track: &Track, record: &mut Record) -> Vec<Outcome> {
        let evidence = has_evidence(track, self.evidence);
        let lines = self.lines.iter().zip(&mut record.passages).enumerate();
        let decided = lines.filter_map(|(line, (frame, passage))| {
            let event = Event::both_sides(line, frame, track, passage.confirm(evidence)?);
            count_if_on_line(event, passage, &mut self.exclusion)
        });
        decided.collect()
    }

    /// Whether `track` was born where `ended` was lost for good.
    fn succeeds(&self, track: &Track, ended: &Track) -> bool {
        let record = self.records.get(&track.id());
        record.is_some_and(|record| record.lost == Some(ended.id())) && ended.last_seen() < track.born().t
    }

    /// Lets a track go on at a line where another one on its vehicle ended. Says whether it does.
    fn hand_over(&mut self, line: usize, ended: &Passage, successor: &Track, outcomes: &mut Vec<Outcome>) -> bool {
        let Some(record) = self.records.get_mut(&successor.id()) else { return false };
        let passage = &mut record.passages[line];
        let inherits = passage.inherit(ended);
        if inherits && let Some(confirmed) = passage.confirm(has_evidence(successor, self.evidence)) {
            let event = Event::both_sides(line, &self.lines[line], successor, confirmed);
            outcomes.extend(count_if_on_line(event, passage, &mut self.exclusion));
        }
        inherits
    }

    /// The near-crossing of a track that ended on the other side of a line without having been sure of it.
    fn never_confirmed(&self, line: usize, track: &Track, passage: &Passage) -> Option<Rejected> {
        let confirmed = passage.unconfirmed().filter(|_| passage.counted == 0 && !passage.rejected)?;
        let travelled = confirmed.before + confirmed.after;
        let event = Event::both_sides(line, &self.lines[line], track, confirmed);
        // Less than the hysteresis is a box that jitters; beyond the line's end it is no business of this line.
        if travelled < HYSTERESIS || !event.is_on_line() {
            return None;
        }
        let reason = if has_evidence(track, self.evidence) {
            Reason::TooLittleTravel { sizes: travelled }
        } else {
            Reason::TooLittleEvidence { boxes: track.hits(), score_sum: track.score_sum() }
        };
        Some(event.rejected(reason))
    }
}

/// Decides on a sure change of sides.
fn count_if_on_line(event: Event, passage: &mut Passage, exclusion: &mut Exclusion) -> Option<Outcome> {
    let objection = match event {
        _ if !event.is_on_line() => Some(event.beyond_end()),
        _ if event.is_of_two_vehicles => Some(Reason::AnotherVehicle),
        _ => None,
    };
    event.decide(Rule::BothSides, objection, passage, exclusion)
}

/// What speaks against counting a track that was born beyond the line.
fn objection_to_birth(
    born: &BornBeyond,
    event: &Event,
    rest_of: Option<u64>,
    first_look: Option<f64>,
) -> Option<Reason> {
    if !born.is_near_in_time() {
        Some(Reason::BornTooLate { seconds: born.extrapolated, limit: born.limit })
    } else if !born.is_on_line() {
        Some(event.beyond_end())
    } else if first_look.is_none_or(|first| born.change.seconds <= first) {
        Some(Reason::BeforeFirstLook)
    } else {
        rest_of.map(|of| Reason::RestOfTrack { of })
    }
}

/// Whether enough boxes say that there is a vehicle.
fn has_evidence(track: &Track, needed: f64) -> bool {
    track.hits() >= FEWEST_BOXES && track.score_sum() >= needed
}

/// Where a track is, seen from a line.
fn place(track: &Track, line: &LineFrame) -> Place {
    let offset = line.offset(track.place());
    Place {
        seconds: track.last_seen(),
        offset,
        offset_sizes: offset / track.size(),
        position: line.position(track.place()),
        size: track.size(),
        speed: (track.hits() > 1).then(|| track.velocity().dot(line.normal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Class, Detection};
    use crate::geometry::{Point, Rect, Segment};
    use crate::track::Anchor;

    #[test]
    fn the_record_of_a_track_dies_with_it() {
        let line = |y: f64| {
            let segment = Segment::new(Point::new(0.0, y), Point::new(640.0, y));
            CountingLine { name: format!("at {y}"), segment }
        };
        let mut tracker = Tracker::new(640.0, 360.0, Thresholds::default(), Anchor::BottomCentre);
        let mut counter = LineCounter::new(&[line(150.0), line(250.0)], &Thresholds::default());
        let mut crossings = [0, 0];
        for number in 0..6000 {
            let t = f64::from(number) / 6.0;
            let y = 120.0 * (t % 3.0);
            let rect = Rect::new(300.0, y - 45.0, 350.0, y);
            let look = tracker.look(t, &[Detection { rect, score: 0.7, class: Class::Car }]).unwrap();
            for outcome in counter.observe(&tracker, &look) {
                crossings[outcome.crossing().expect("nothing is rejected").line] += 1;
            }
            assert_eq!(counter.records.len(), tracker.tracks().len(), "t = {t}");
        }
        // One car every three seconds.
        assert_eq!(crossings, [333, 333]);
        counter.finish(&tracker.finish());
        assert!(counter.records.is_empty());
    }
}
