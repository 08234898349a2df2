//! What the counter says: crossings, and what nearly was one.

use std::fmt;

use serde::Serialize;

use super::{Direction, Explanation};
use crate::detect::Class;

/// Why a crossing was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Seen clearly on one side, then clearly on the other.
    BothSides,
    /// First seen just beyond the line, moving away from it.
    BornBeyond,
}

impl Rule {
    pub const fn name(self) -> &'static str {
        match self {
            Rule::BothSides => "both_sides",
            Rule::BornBeyond => "born_beyond",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One vehicle's passage over a counting line.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// Index of the line, in the order in which the counter was given them.
    pub line: usize,
    pub direction: Direction,
    /// When the anchor was on the line: seconds since the session's first frame, interpolated between looks.
    pub seconds: f64,
    pub rule: Rule,
    pub track: u64,
    pub class: Class,
    /// Where along the line: 0 at A, 1 at B. May lie a little outside, for a vehicle at the line's end.
    pub place: f64,
    pub explanation: Explanation,
}

/// A passage that nearly counted.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// Index of the line, in the order in which the counter was given them.
    pub line: usize,
    pub direction: Direction,
    /// When the anchor was on the line or on its extension: seconds since the session's first frame.
    pub seconds: f64,
    pub track: u64,
    pub class: Class,
    /// Where along the line: 0 at A, 1 at B; outside of that beyond its ends.
    pub place: f64,
    pub reason: Reason,
    pub explanation: Explanation,
}

/// Why a near-crossing was not counted. Its `Display` is a sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The vehicle was counted already, by the crossing of track `of`.
    SecondTrack { of: u64 },
    /// It passed beside the line, by so many pixels.
    BeyondEnd { pixels: f64 },
    /// It changed sides, but the track ended with too few or too weak boxes to believe in a vehicle.
    TooLittleEvidence { boxes: u32, score_sum: f64 },
    /// It changed sides, but the track ended before it had moved far enough, in sizes, to tell it from a box that jitters.
    TooLittleTravel { sizes: f64 },
    /// Unseen over the line, the track took another vehicle for its own.
    AnotherVehicle,
    /// It was first seen beyond the line, so many seconds after it must have met it: too long to be sure.
    BornTooLate { seconds: f64, limit: f64 },
    /// It was first seen beyond the line where track `of`, on the same side, had just been lost: its rest.
    RestOfTrack { of: u64 },
    /// It was first seen beyond the line, and met it before the stream's first look.
    BeforeFirstLook,
}

impl Reason {
    /// The reason in one word, for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::SecondTrack { .. } => "second_track",
            Reason::BeyondEnd { .. } => "beyond_end",
            Reason::TooLittleEvidence { .. } => "too_little_evidence",
            Reason::TooLittleTravel { .. } => "too_little_travel",
            Reason::AnotherVehicle => "another_vehicle",
            Reason::BornTooLate { .. } => "born_too_late",
            Reason::RestOfTrack { .. } => "rest_of_track",
            Reason::BeforeFirstLook => "before_first_look",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::SecondTrack { of } => write!(f, "a second track on the vehicle that was counted as track {of}"),
            Reason::BeyondEnd { pixels } => write!(f, "passed beside the line, {pixels:.0} px beyond its end"),
            Reason::TooLittleEvidence { boxes, score_sum } => {
                write!(f, "too little evidence of a vehicle: {boxes} boxes with a sum of scores of {score_sum:.2}")
            }
            Reason::TooLittleTravel { sizes } => write!(f, "moved only {sizes:.2} of its size across the line"),
            Reason::AnotherVehicle => write!(f, "not seen over the line, and beyond it most likely another vehicle"),
            Reason::BornTooLate { seconds, limit } => {
                write!(f, "first seen {seconds:.2} s beyond the line, where {limit:.2} s is the limit")
            }
            Reason::RestOfTrack { of } => write!(f, "first seen beyond the line where track {of} had just been lost"),
            Reason::BeforeFirstLook => write!(f, "met the line before the stream's first look"),
        }
    }
}

/// Something to record.
#[derive(Clone, Debug)]
pub enum Outcome {
    Crossing(Crossing),
    Rejected(Rejected),
}

impl Outcome {
    pub fn crossing(&self) -> Option<&Crossing> {
        match self {
            Outcome::Crossing(crossing) => Some(crossing),
            Outcome::Rejected(_) => None,
        }
    }

    pub fn rejected(&self) -> Option<&Rejected> {
        match self {
            Outcome::Crossing(_) => None,
            Outcome::Rejected(rejected) => Some(rejected),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_written_with_its_name_and_its_numbers() {
        let reason = Reason::TooLittleEvidence { boxes: 2, score_sum: 0.35 };
        let written = serde_json::to_value(reason).unwrap();
        assert_eq!(written, serde_json::json!({"reason": reason.name(), "boxes": 2, "score_sum": 0.35}));
        assert_eq!(reason.to_string(), "too little evidence of a vehicle: 2 boxes with a sum of scores of 0.35");
        assert_eq!(serde_json::to_value(Rule::BornBeyond).unwrap(), Rule::BornBeyond.name());
    }
}
