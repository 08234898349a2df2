//! What an operator has to be told: states in, edges out. Plain data, no SQL, no thread, no clock of its own.
//!
//! Each rule looks at what is known of a lot, a line or a camera and at the latest alert of its kind: one that is open
//! may end, one that is not may begin ([`evaluate`]). Nothing else is remembered between two evaluations, so that who
//! reads the alerts back from the database after a restart goes on as if there had been none: an open alert is neither
//! repeated nor forgotten. docs/alerts.md says what the rules mean for who is told.

mod camera;
mod closing;
mod evaluation;
mod fill;
mod rules;
mod schedule;
mod silence;

use std::fmt;

use crate::time::UtcMicros;

pub use camera::{CameraState, Sight};
pub use closing::ClosingState;
pub use evaluation::{Situation, evaluate};
pub use fill::LotState;
pub use rules::{LotRules, Rules};
pub use schedule::{LocalHour, closing_before, hour_before};
pub use silence::{HourVolume, LineState, WEEKS};

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    NearlyFull,
    Full,
    OverCapacity,
    BelowZero,
    Imbalance,
    SilentLine,
    CameraDown,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The site works as it should.
    Notice,
    /// Numbers are no longer to be trusted, or visitors are to be sent elsewhere.
    Warning,
    /// Nothing is counted.
    Critical,
}

/// Whom an alert concerns, by the names of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    Lot(String),
    Camera(String),
    Line { camera: String, line: String },
}

/// The latest alert of a kind and subject, as it stands in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Rises with each alert.
    pub id: i64,
    pub key: String,
    pub kind: Kind,
    pub subject: Subject,
    pub began: UtcMicros,
    /// `None` while it is open.
    pub ended: Option<UtcMicros>,
    /// A sentence: why it began ...
    pub detail: String,
    /// ... and why it ended.
    pub ended_detail: Option<String>,
}

/// An alert begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge {
    Began(NewAlert),
    Ended { key: String, kind: Kind, subject: Subject, at: UtcMicros, detail: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// Of kind, subject and beginning: writing it twice changes nothing.
    pub key: String,
    pub kind: Kind,
    pub subject: Subject,
    pub began: UtcMicros,
    pub detail: String,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::NearlyFull,
        Self::Full,
        Self::OverCapacity,
        Self::BelowZero,
        Self::Imbalance,
        Self::SilentLine,
        Self::CameraDown,
    ];

    /// As rows, JSON and the log have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::NearlyFull => "nearly-full",
            Self::Full => "full",
            Self::OverCapacity => "over-capacity",
            Self::BelowZero => "below-zero",
            Self::Imbalance => "imbalance",
            Self::SilentLine => "silent-line",
            Self::CameraDown => "camera-down",
        }
    }

    /// `None`: a newer program wrote it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    pub fn level(self) -> Level {
        match self {
            Self::NearlyFull => Level::Notice,
            Self::Full | Self::OverCapacity | Self::BelowZero | Self::Imbalance | Self::SilentLine => Level::Warning,
            Self::CameraDown => Level::Critical,
        }
    }
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lot(name) | Self::Camera(name) => f.write_str(name),
            // No name holds a slash.
            Self::Line { camera, line } => write!(f, "{camera}/{line}"),
        }
    }
}

impl NewAlert {
    /// `began` is part of the key, to the microsecond.
    fn new(kind: Kind, subject: Subject, began: UtcMicros, detail: String) -> Self {
        Self { key: format!("{} {subject} {began}", kind.word()), kind, subject, began, detail }
    }
}

impl Alert {
    /// The time of its last edge: the next one comes later.
    fn last_edge(&self) -> UtcMicros {
        self.ended.unwrap_or(self.began)
    }

    /// As it stood just before a moment after its beginning.
    pub fn as_of(self, moment: UtcMicros) -> Self {
        if self.ended.is_none_or(|ended| ended < moment) {
            return self;
        }
        Self { ended: None, ended_detail: None, ..self }
    }

    /// Ends it. No alert ends before it began, whatever became of the clock.
    fn end(&self, at: UtcMicros, detail: String) -> Edge {
        Edge::Ended {
            key: self.key.clone(),
            kind: self.kind,
            subject: self.subject.clone(),
            at: at.max(self.began),
            detail,
        }
    }
}

/// One that is open.
fn open(latest: Option<&Alert>) -> Option<&Alert> {
    latest.filter(|alert| alert.ended.is_none())
}

#[cfg(test)]
mod tests;
