//! What the database is told. Every change carries its key in names and numbers that any copy of the database
//! understands, and holds all that its row needs: so it can be written late, or twice, or by another process that finds
//! it in a file.

use serde::{Deserialize, Serialize};

use super::rows::AdjustmentKind;
use super::site::SiteLayout;
use crate::count::{Crossing, Direction, Rejected};
use crate::source::Recording;
use crate::time::UtcMicros;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// What is configured from now on.
    Site(SiteLayout),
    SessionBegan(SessionBegan),
    Crossing(NewCrossing),
    NearCrossing(NewNearCrossing),
    Coverage(CoverageMinute),
    Gap(NewGap),
    SessionEnded(SessionEnded),
    Adjustment(NewAdjustment),
    RunEnded {
        at: UtcMicros,
    },
}

/// With the run the key of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionKey {
    pub camera: String,
    /// Rises with each connection of this camera in this run.
    pub generation: u64,
}

/// One connection to one camera, or one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionBegan {
    pub session: SessionKey,
    /// Time of its first frame.
    pub began: UtcMicros,
    /// Without passwords.
    pub source: String,
    pub recording: Option<Recording>,
    /// Of the text of the configuration that it is counted by.
    pub config_sha256: String,
    pub model_name: String,
    pub model_sha256: String,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionEnded {
    pub session: SessionKey,
    pub ended: UtcMicros,
    /// A recording was played to its end.
    pub complete: bool,
    pub reason: String,
    pub frames_read: u64,
    pub frames_looked_at: u64,
    pub frames_dropped: u64,
}

/// A crossing as it will stand in its row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewCrossing {
    pub session: SessionKey,
    /// With run and camera the row's key.
    pub sequence: u64,
    pub line: String,
    pub at: UtcMicros,
    pub direction: Direction,
    pub class: String,
    pub rule: String,
    pub track: u64,
    pub place: f64,
    pub explanation: serde_json::Value,
}

impl NewCrossing {
    pub fn new(session: &SessionKey, sequence: u64, line: &str, at: UtcMicros, crossing: &Crossing) -> Self {
        Self {
            session: session.clone(),
            sequence,
            line: line.to_owned(),
            at,
            direction: crossing.direction,
            class: crossing.class.name().to_owned(),
            rule: crossing.rule.name().to_owned(),
            track: crossing.track,
            place: crossing.place,
            explanation: in_json(&crossing.explanation),
        }
    }
}

/// A near-crossing, likewise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewNearCrossing {
    pub session: SessionKey,
    /// Shared with the crossings.
    pub sequence: u64,
    pub line: String,
    pub at: UtcMicros,
    pub direction: Direction,
    pub class: String,
    pub track: u64,
    pub place: f64,
    /// In one word.
    pub reason: String,
    /// In a sentence.
    pub detail: String,
    pub explanation: serde_json::Value,
}

impl NewNearCrossing {
    pub fn new(session: &SessionKey, sequence: u64, line: &str, at: UtcMicros, rejected: &Rejected) -> Self {
        Self {
            session: session.clone(),
            sequence,
            line: line.to_owned(),
            at,
            direction: rejected.direction,
            class: rejected.class.name().to_owned(),
            track: rejected.track,
            place: rejected.place,
            reason: rejected.reason.name().to_owned(),
            detail: rejected.reason.to_string(),
            explanation: in_json(&rejected.explanation),
        }
    }
}

/// What one session saw of one minute, so far: a later change for the same minute replaces this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageMinute {
    pub session: SessionKey,
    /// Its beginning.
    pub minute: UtcMicros,
    /// The last moment of it that was observed.
    pub until: UtcMicros,
    pub observed_us: i64,
    /// Of that, with too few looks to trust the counts.
    pub degraded_us: i64,
    pub frames_read: u64,
    pub frames_looked_at: u64,
    pub frames_dropped: u64,
}

/// A stretch of time in which a camera was not observed. A later change with the same sequence replaces this one; one
/// without any length takes it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGap {
    pub camera: String,
    /// With run and camera the row's key.
    pub sequence: u64,
    pub from: UtcMicros,
    pub until: UtcMicros,
    /// In one word.
    pub reason: String,
    /// In a sentence.
    pub detail: String,
}

/// What somebody says about a lot, as it will stand in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAdjustment {
    /// Its key: said twice, it counts once.
    pub uid: String,
    #[serde(flatten)]
    pub told: Told,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub lot: String,
    /// `Set` becomes `Opening` when the true number was never told before.
    pub kind: AdjustmentKind,
    /// Crossings at this very moment come after it.
    pub at: UtcMicros,
    /// The true number; of `Adjust`, how many more or, below zero, less.
    pub number: i64,
    pub who: String,
    pub why: String,
    pub recorded: UtcMicros,
}

/// Explanations are flat structures of words and numbers: they always have a JSON form.
fn in_json(explanation: &crate::count::Explanation) -> serde_json::Value {
    serde_json::to_value(explanation).expect("words and numbers")
}
