//! What comes out of the database, free of SQLite's types.

use crate::time::UtcMicros;

/// Crossings of one line and one class in one quarter of an hour. Quarters, because every time zone is offset from UTC by
/// whole quarters: any local hour or day is a sum of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineVolume {
    pub quarter: UtcMicros,
    pub camera: String,
    pub line: String,
    /// `car`, `van`, `truck`, `bus`, `vehicle`; `unknown` where a version that did not keep it left only totals.
    pub class: String,
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

/// A lot that was ever configured, as it was configured last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    pub name: String,
    /// The lot that it is a part of.
    pub within: Option<String>,
    /// spaces
    pub capacity: Option<i64>,
}

/// Vehicles in a lot, as the ledger has it: never clamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupancy {
    pub lot: String,
    /// The lot that it is a part of.
    pub within: Option<String>,
    pub inside: i64,
    pub capacity: Option<i64>,
    /// When somebody told the true number last. `None`: never, and the lot is taken to have been empty at the beginning.
    pub since: Option<UtcMicros>,
}

impl Occupancy {
    /// Below zero when there are more inside than there are spaces.
    pub fn available(&self) -> Option<i64> {
        self.capacity.map(|capacity| capacity - self.inside)
    }

    /// Share of the spaces that are taken; more than 1 is possible.
    pub fn utilization(&self) -> Option<f64> {
        self.capacity.filter(|capacity| *capacity > 0).map(|capacity| self.inside as f64 / capacity as f64)
    }

    /// What cannot be, and shows that vehicles were missed or counted too often; `None` when all is possible.
    pub fn flag(&self) -> Option<&'static str> {
        match self.capacity {
            _ if self.inside < 0 => Some("below-zero"),
            Some(capacity) if self.inside > capacity => Some("over-capacity"),
            _ => None,
        }
    }
}

/// What an adjustment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentKind {
    /// The true number, told for the first time.
    Opening,
    /// The true number, told by somebody.
    Set,
    /// The number that the configuration takes for true at a time of day.
    Reset,
    /// So many more or less.
    Adjust,
}

impl AdjustmentKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Set => "set",
            Self::Reset => "reset",
            Self::Adjust => "adjust",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "opening" => Self::Opening,
            "set" => Self::Set,
            "reset" => Self::Reset,
            _ => Self::Adjust,
        }
    }

    /// Whether it tells the true number, whatever was counted before.
    pub fn is_absolute(self) -> bool {
        self != Self::Adjust
    }
}

/// A row of the ledger, with what the rows that are known by now say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub lot: String,
    pub kind: AdjustmentKind,
    /// Crossings at this very moment come after it.
    pub at: UtcMicros,
    /// Vehicles more that it brought into the lot's ledger: opening + entries - exits + effects = closing.
    pub effect: i64,
    /// Vehicles inside just before it, of one that tells the true number.
    pub counted: Option<i64>,
    /// When the true number was told the time before.
    pub previous: Option<UtcMicros>,
    /// Vehicles that came and went since then, of one that tells the true number.
    pub crossings: Option<u64>,
    /// As it was recorded.
    pub amount: i64,
    pub before: i64,
    pub after: i64,
    pub who: String,
    pub why: String,
    pub recorded: UtcMicros,
}
