//! What goes into the database and what comes out, free of SQLite's types.

use crate::count::{Crossing, Rejected};
use crate::source::Recording;
use crate::time::UtcMicros;

/// One life of the process.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    pub started: UtcMicros,
    pub version: &'a str,
    pub config_sha256: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionId(pub(super) i64);

/// One connection to one camera, or one recording.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    pub camera: &'a str,
    /// With run and camera the row's key: rises with each connection of this camera in this run.
    pub generation: u64,
    /// Time of its first frame.
    pub began: UtcMicros,
    /// Without passwords.
    pub source: &'a str,
    pub recording: Option<Recording>,
    pub model_name: &'a str,
    pub model_sha256: &'a str,
}

/// How a session ended.
#[derive(Clone, Copy, Debug)]
pub struct SessionEnd<'a> {
    pub ended: UtcMicros,
    /// A recording was played to its end.
    pub complete: bool,
    pub reason: &'a str,
    pub frames_read: u64,
    pub frames_looked_at: u64,
    pub frames_dropped: u64,
}

/// A crossing with its key and its absolute time.
#[derive(Clone, Copy, Debug)]
pub struct NewCrossing<'a> {
    /// With run and camera the row's key.
    pub sequence: u64,
    pub line: &'a str,
    pub at: UtcMicros,
    pub crossing: &'a Crossing,
}

/// A near-crossing, likewise.
#[derive(Clone, Copy, Debug)]
pub struct NewNearCrossing<'a> {
    pub sequence: u64,
    pub line: &'a str,
    pub at: UtcMicros,
    pub rejected: &'a Rejected,
}

/// Crossings of one line in one quarter of an hour. Quarters, because every time zone is offset from UTC by whole
/// quarters: any local hour or day is a sum of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineVolume {
    pub quarter: UtcMicros,
    pub camera: String,
    pub line: String,
    pub entries: u64,
    pub exits: u64,
}

/// Vehicles that came into and went out of one lot in one quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotVolume {
    pub quarter: UtcMicros,
    pub lot: String,
    pub entries: u64,
    pub exits: u64,
}

/// Vehicles in a lot, as counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupancy {
    pub lot: String,
    pub inside: i64,
    pub capacity: Option<i64>,
}
