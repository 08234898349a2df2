//! What is watched at a site, and from which numbers on it is told.

use std::time::Duration;

use jiff::civil::Time;

/// Of a whole site.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    pub lots: Vec<LotRules>,
    /// Live cameras, each with the names of its lines. Recordings are never down, and silent when they are over.
    pub cameras: Vec<(String, Vec<String>)>,
    /// How long a camera may go unobserved before it is down; `None`: it is not told.
    pub camera_down: Option<Duration>,
    pub silent_lines: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LotRules {
    pub lot: String,
    /// Whether it is told how full it is.
    pub fill: bool,
    /// Shares of the capacity.
    pub nearly_full: f64,
    pub full: f64,
    /// How far the number must come back until an alert ends, as a share of the capacity.
    pub hysteresis: f64,
    /// When the lot closes, local time on a quarter of an hour; `None`: it is not judged.
    pub closing: Option<Time>,
    /// Cars by which entries and exits may differ at closing, and that may be left in the lot.
    pub imbalance: Option<u32>,
}

impl Rules {
    pub fn lot(&self, name: &str) -> Option<&LotRules> {
        self.lots.iter().find(|lot| lot.lot == name)
    }

    pub fn has_line(&self, camera: &str, line: &str) -> bool {
        self.cameras.iter().any(|(name, lines)| name == camera && lines.iter().any(|other| other == line))
    }

    pub fn has_camera(&self, camera: &str) -> bool {
        self.cameras.iter().any(|(name, _)| name == camera)
    }
}

/// What is tolerated of a lot with this capacity for which nothing is configured, cars: one in twenty, two at least.
pub fn usual_imbalance(capacity: Option<i64>) -> u32 {
    capacity.and_then(|capacity| u32::try_from(capacity / 20).ok()).unwrap_or(0).max(2)
}
