//! What is shown: plain data, every text of it fit for a terminal.

use jiff::Zoned;

use crate::alert::Level;

#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    pub site: String,
    /// When it was read.
    pub at: Zoned,
    /// Whether anything could be read at all.
    pub is_read: bool,
    /// Why it is not fresh, or what is missing of it.
    pub trouble: Option<String>,
    /// Whether somebody counts, in words.
    pub run: String,
    /// Each lot is followed by its parts.
    pub lots: Vec<Lot>,
    pub lines: Vec<Line>,
    pub cameras: Vec<Camera>,
    /// The latest first.
    pub crossings: Vec<Crossing>,
    /// Those that are open, the gravest first.
    pub alerts: Vec<Alert>,
    /// The quarters of an hour of today, up to the present one ...
    pub quarters: Vec<Quarter>,
    /// ... of so many: 92, 96 or 100.
    pub quarters_today: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Lot {
    pub name: String,
    /// How many lots it lies within.
    pub depth: usize,
    /// `None`: the database does not know it yet.
    pub inside: Option<i64>,
    /// spaces
    pub capacity: Option<i64>,
    /// Where the true number lies with a probability of 95 %; `None`: nobody ever told it.
    pub band: Option<(i64, i64)>,
    /// What cannot be.
    pub flag: Option<&'static str>,
}

impl Lot {
    /// Share of the spaces that are taken; more than 1 and less than 0 are possible.
    pub fn utilization(&self) -> Option<f64> {
        let capacity = self.capacity.filter(|capacity| *capacity > 0)?;
        Some(self.inside? as f64 / capacity as f64)
    }
}

/// Today's entries and exits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub camera: String,
    pub line: String,
    pub entries: u64,
    pub exits: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Counting,
    Connecting,
    Troubled,
    Failed,
    Done,
    /// Nobody says.
    Unknown,
}

impl State {
    pub const ALL: [Self; 6] =
        [Self::Counting, Self::Connecting, Self::Troubled, Self::Failed, Self::Done, Self::Unknown];

    pub fn word(self) -> &'static str {
        match self {
            Self::Counting => "counting",
            Self::Connecting => "connecting",
            Self::Troubled => "troubled",
            Self::Failed => "failed",
            Self::Done => "done",
            Self::Unknown => "unknown",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    pub name: String,
    pub state: State,
    /// One word, when something is wrong.
    pub reason: Option<String>,
    /// A sentence, or since when.
    pub detail: Option<String>,
    /// Frames read and looked at in a second.
    pub fps: Option<f64>,
    pub looks: Option<f64>,
    /// Frames dropped because the machine was late.
    pub dropped: Option<u64>,
    /// Share of this hour that was observed.
    pub coverage: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    pub at: Zoned,
    pub camera: String,
    pub line: String,
    pub is_entry: bool,
    pub class: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub id: i64,
    pub level: Level,
    /// One word, as in `camera-down`.
    pub kind: &'static str,
    /// The lot, camera or line.
    pub of: String,
    pub began: Zoned,
    pub detail: String,
}

/// A quarter of an hour of today, all lines together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quarter {
    pub entries: u64,
    pub exits: u64,
    /// Share of it that was observed, the mean of all cameras; `None`: not known.
    pub seen: Option<f64>,
}
