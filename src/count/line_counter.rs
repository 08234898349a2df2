//! Counts the tracks of one camera at its lines.

use std::collections::HashMap;

use super::birth::{self, BornBeyond};
use super::exclusion::{Exclusion, Mark};
use super::line::LineFrame;
use super::passage::{Change, Confirmed, FEWEST_BOXES, HYSTERESIS, Passage, Place};
use super::{CountingLine, Crossing, Direction, Explanation, Outcome, Reason, Rejected, Rule};
use crate::track::{Look, Thresholds, Track, Tracker};

/// Each line is longer by this share of itself at either end.
const LINE_MARGIN: f64 = 0.03;
/// A new track nearer than so many of its sizes to where an unseen one is expected may be on the same vehicle.
const LOST_DISTANCE: f64 = 1.0;
/// Boxes that the unseen one must have: one alone is no vehicle.
const LOST_BOXES: u32 = 2;
/// A vehicle that passes the line's end by more than so many of its sizes does not nearly cross it.
const NEAR_END: f64 = 1.0;
/// Seconds. A vehicle that met the line longer before its first box did not nearly cross it: it appeared elsewhere.
const NEAR_BIRTH: f64 = 1.0;

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

/// A track over a line: the parts that every outcome is made of.
struct Event<'a> {
    line: usize,
    track: &'a Track,
    direction: Direction,
    change: Change,
    explanation: Explanation,
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

    /// Forgets tracks that have ended. What they leave open at a line goes to a successor, or else nearly crossed.
    fn close(&mut self, ended: &[Track], alive: &[Track], outcomes: &mut Vec<Outcome>) {
        for track in ended {
            let Some(record) = self.records.remove(&track.id()) else { continue };
            let mut others = ended.iter().chain(alive);
            let successor =
                others.find(|other| self.records.get(&other.id()).is_some_and(|r| r.lost == Some(track.id())));
            for (line, passage) in record.passages.iter().enumerate() {
                if !successor.is_some_and(|successor| self.hand_over(line, passage, successor, outcomes)) {
                    outcomes.extend(self.never_confirmed(line, track, passage).map(Outcome::Rejected));
                }
            }
        }
    }

    /// Lets a track go on at a line where another one on its vehicle ended. Says whether it does.
    fn hand_over(&mut self, line: usize, ended: &Passage, successor: &Track, outcomes: &mut Vec<Outcome>) -> bool {
        let Some(record) = self.records.get_mut(&successor.id()) else { return false };
        let (frame, passage) = (&self.lines[line], &mut record.passages[line]);
        let inherits = passage.inherit(ended);
        if inherits && let Some(confirmed) = passage.confirm(has_evidence(successor, self.evidence)) {
            let event = Event::of_confirmed(line, frame, successor, confirmed);
            outcomes.extend(decide(
                event,
                Rule::BothSides,
                off_line(frame, confirmed.change),
                frame,
                passage,
                &mut self.exclusion,
            ));
        }
        inherits
    }

    /// Tests a track that has just got a box against every line.
    fn cross(&mut self, track: &Track, first_look: Option<f64>, outcomes: &mut Vec<Outcome>) {
        let Some(record) = self.records.get_mut(&track.id()) else { return };
        let evidence = has_evidence(track, self.evidence);
        for (line, (frame, passage)) in self.lines.iter().zip(&mut record.passages).enumerate() {
            if let Some(confirmed) = passage.advance(place(track, frame), evidence) {
                let event = Event::of_confirmed(line, frame, track, confirmed);
                let objection = off_line(frame, confirmed.change);
                outcomes.extend(decide(event, Rule::BothSides, objection, frame, passage, &mut self.exclusion));
            }
            if let Some(born) = birth::judge(passage, track, frame, record.look_interval, self.evidence) {
                let objection = objection_to_birth(&born, record.rest_of, frame, first_look);
                let event = Event::of_birth(line, frame, track, born, passage);
                outcomes.extend(decide(event, Rule::BornBeyond, objection, frame, passage, &mut self.exclusion));
            }
        }
    }

    /// The record of a track that has just been born, while the `unseen` ones wait for a box.
    fn record<'a>(&self, born: &Track, unseen: impl Iterator<Item = &'a Track>, look_interval: f64) -> Record {
        let mut lost = None;
        let mut rest_of = None;
        let may_be_lost = |other: &Track| {
            other.hits() >= LOST_BOXES && (other.place() - born.place()).length() < LOST_DISTANCE * born.size()
        };
        for other in unseen.filter(|other| may_be_lost(other)) {
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

    /// The near-crossing of a track that ended on the other side of a line without having been sure of it.
    fn never_confirmed(&self, line: usize, track: &Track, passage: &Passage) -> Option<Rejected> {
        let confirmed = passage.unconfirmed().filter(|_| passage.counted == 0 && !passage.rejected)?;
        let travelled = confirmed.before + confirmed.after;
        let frame = &self.lines[line];
        // Less than the hysteresis is a box that jitters; beyond the line's end it is no business of this line.
        if travelled < HYSTERESIS || frame.beyond_end(confirmed.change.position) > LINE_MARGIN * frame.length {
            return None;
        }
        let reason = if !has_evidence(track, self.evidence) {
            Reason::TooLittleEvidence { boxes: track.hits(), score_sum: track.score_sum() }
        } else {
            Reason::TooLittleTravel { sizes: travelled }
        };
        Some(Event::of_confirmed(line, frame, track, confirmed).rejected(reason))
    }
}

/// Counts the event unless something speaks against it: an objection that the caller knows of, or an earlier crossing of
/// the same vehicle. Each track is rejected at most once at each line, and only if it came near.
fn decide(
    event: Event,
    rule: Rule,
    objection: Option<Reason>,
    frame: &LineFrame,
    passage: &mut Passage,
    exclusion: &mut Exclusion,
) -> Option<Outcome> {
    let Change { seconds, position } = event.change;
    let reason = match objection {
        Some(reason) => reason,
        None => {
            passage.counted += 1;
            let mark = Mark::new(event.track, (event.line, frame), event.direction, rule, seconds, position);
            match exclusion.admit(mark) {
                Ok(()) => return Some(Outcome::Crossing(event.counted(rule))),
                Err(of) => Reason::SecondTrack { of },
            }
        }
    };
    let is_near = match reason {
        Reason::BornTooLate { seconds, .. } => seconds <= NEAR_BIRTH,
        _ => true,
    } && frame.beyond_end(position) <= NEAR_END * event.track.size();
    if passage.rejected || !is_near {
        return None;
    }
    passage.rejected = true;
    Some(Outcome::Rejected(event.rejected(reason)))
}

/// What speaks against counting a track that was born beyond the line.
fn objection_to_birth(
    born: &BornBeyond,
    rest_of: Option<u64>,
    frame: &LineFrame,
    first_look: Option<f64>,
) -> Option<Reason> {
    if !born.is_near_in_time() {
        Some(Reason::BornTooLate { seconds: born.extrapolated, limit: born.limit })
    } else if !born.is_on_line() {
        Some(beyond_end(frame, born.change))
    } else if first_look.is_none_or(|first| born.change.seconds <= first) {
        Some(Reason::BeforeFirstLook)
    } else {
        rest_of.map(|of| Reason::RestOfTrack { of })
    }
}

/// What speaks against counting a sure change of sides.
fn off_line(frame: &LineFrame, change: Change) -> Option<Reason> {
    let on_line = (-LINE_MARGIN..=1.0 + LINE_MARGIN).contains(&change.position);
    (!on_line).then(|| beyond_end(frame, change))
}

/// Whether enough boxes say that there is a vehicle.
fn has_evidence(track: &Track, needed: f64) -> bool {
    track.hits() >= FEWEST_BOXES && track.score_sum() >= needed
}

fn beyond_end(frame: &LineFrame, change: Change) -> Reason {
    Reason::BeyondEnd { pixels: frame.beyond_end(change.position) }
}

/// Where a track is, seen from a line.
fn place(track: &Track, line: &LineFrame) -> Place {
    let offset = line.offset(track.place());
    Place {
        seconds: track.last_seen(),
        offset,
        offset_sizes: offset / track.size(),
        position: line.position(track.place()),
    }
}

impl<'a> Event<'a> {
    fn of_confirmed(line: usize, frame: &LineFrame, track: &'a Track, confirmed: Confirmed) -> Self {
        let Confirmed { change, direction, before, after } = confirmed;
        let explanation = Explanation::new(track, frame, before, after, before + after);
        Self { line, track, direction, change, explanation }
    }

    fn of_birth(line: usize, frame: &LineFrame, track: &'a Track, born: BornBeyond, passage: &Passage) -> Self {
        let (first, last) = (passage.first.offset_sizes, passage.last.offset_sizes);
        let explanation = Explanation::new(track, frame, 0.0, last.abs(), (last - first).abs());
        Self { line, track, direction: born.direction, change: born.change, explanation }
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

    fn rejected(self, reason: Reason) -> Rejected {
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
