//! What comes out of the database, free of SQLite's types.

use crate::time::UtcMicros;

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

/// Crossings of one line, ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTotal {
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
