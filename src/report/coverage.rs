//! How much of a span was observed: the arithmetic, and how it is shown.
//!
//! Zero cars and blind are never the same: a count is a number only where somebody looked.

use std::cmp::Ordering;

use serde_json::{Value, json};

/// What is known of how well a span was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Not observed at all, and nothing crossed: how many cars there were is not known.
    Blind,
    /// Something crossed, yet no coverage was kept: rows from before it was measured.
    Unknown,
    Observed(Share),
}

/// Part of a span, microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub observed_us: u64,
    /// Observed with too few looks to trust the counts.
    pub degraded_us: u64,
    pub length_us: u64,
}

/// Shares are told in steps of this, rounded down: only what was observed in full is 1.
const STEPS: u64 = 10_000;

impl Share {
    /// Ten-thousandths of the length.
    fn observed_steps(self) -> u64 {
        steps(self.observed_us, self.length_us)
    }

    fn degraded_steps(self) -> u64 {
        // Rounded up: a little is not none.
        let steps = steps(self.degraded_us, self.length_us);
        if steps == 0 { u64::from(self.degraded_us > 0) } else { steps }
    }

    fn compare(self, other: Share) -> Ordering {
        let cross = |a: Share, b: Share| u128::from(a.observed_us) * u128::from(b.length_us.max(1));
        cross(self, other).cmp(&cross(other, self))
    }
}

fn steps(part: u64, length: u64) -> u64 {
    let steps = u128::from(part) * u128::from(STEPS) / u128::from(length.max(1));
    u64::try_from(steps).map_or(STEPS, |steps| steps.min(STEPS))
}

impl Coverage {
    /// `crossed`: something was counted in the span by the camera.
    pub fn new(share: Share, crossed: bool) -> Self {
        match (share.observed_us, crossed) {
            (0, false) => Self::Blind,
            (0, true) => Self::Unknown,
            _ => Self::Observed(share),
        }
    }

    /// That of the camera that saw least, with the worst degradation: what a lot with several gates is known by. Blind
    /// only when every camera was.
    pub fn lowest(all: impl IntoIterator<Item = Coverage>) -> Self {
        let all: Vec<Coverage> = all.into_iter().collect();
        let shares = || all.iter().filter_map(|coverage| coverage.observed());
        let some_blind = all.contains(&Self::Blind);
        if all.iter().all(|coverage| *coverage == Self::Blind) {
            return Self::Blind;
        }
        if all.contains(&Self::Unknown) && !some_blind {
            return Self::Unknown;
        }
        let Some(lowest) = shares().min_by(|a, b| a.compare(*b)) else { return Self::Unknown };
        let degraded_us = shares().map(|share| share.degraded_us).max().unwrap_or(0);
        let observed_us = if some_blind { 0 } else { lowest.observed_us };
        Self::Observed(Share { observed_us, degraded_us, ..lowest })
    }

    pub fn observed(&self) -> Option<Share> {
        match self {
            Self::Observed(share) => Some(*share),
            _ => None,
        }
    }

    pub fn is_degraded(&self) -> bool {
        self.observed().is_some_and(|share| share.degraded_us > 0)
    }

    /// Hardly anything can have been missed: at least 99 %, all of it with enough looks.
    pub fn is_nearly_full(&self) -> bool {
        self.observed().is_some_and(|share| share.observed_steps() >= STEPS / 100 * 99 && share.degraded_us == 0)
    }

    /// `98.7 %`, marked with `*` where degraded.
    pub fn in_words(&self) -> String {
        let mark = if self.is_degraded() { "*" } else { "" };
        match self {
            Self::Blind => "0.0 %".to_owned(),
            Self::Unknown => "unknown".to_owned(),
            Self::Observed(share) => format!("{mark}{}", percent(*share)),
        }
    }

    /// A count as text: what nobody observed has none.
    pub fn count_in_words(&self, count: u64) -> String {
        if *self == Self::Blind { "blind".to_owned() } else { count.to_string() }
    }

    /// `count`, or null.
    pub fn count(&self, count: u64) -> Option<u64> {
        (*self != Self::Blind).then_some(count)
    }

    /// Observed share of the span, 0..1 in steps of 0.0001; `None`: unknown.
    pub fn share(&self) -> Option<f64> {
        self.steps(Share::observed_steps)
    }

    /// Degraded share of the span, likewise.
    pub fn degraded(&self) -> Option<f64> {
        self.steps(Share::degraded_steps)
    }

    fn steps(&self, of: fn(Share) -> u64) -> Option<f64> {
        match self {
            Self::Blind => Some(0.0),
            Self::Unknown => None,
            Self::Observed(share) => Some(of(*share) as f64 / STEPS as f64),
        }
    }

    /// What every row of JSON ends with.
    pub fn add_to(&self, row: &mut Value, suffix: &str) {
        row[format!("coverage{suffix}")] = json!(self.share());
        row[format!("degraded{suffix}")] = json!(self.degraded());
    }
}

/// One decimal, rounded down, but a little is not nothing.
pub fn percent(share: Share) -> String {
    let tenths = share.observed_steps() / (STEPS / 1000);
    if tenths == 0 && share.observed_us > 0 {
        return "<0.1 %".to_owned();
    }
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000;

    fn share(observed_us: u64, degraded_us: u64) -> Share {
        Share { observed_us, degraded_us, length_us: HOUR }
    }

    fn observed(observed_us: u64) -> Coverage {
        Coverage::new(share(observed_us, 0), false)
    }

    #[test]
    fn a_table_of_hours() {
        for (name, observed_us, degraded_us, crossed, words, number, count) in [
            ("full", HOUR, 0, true, "100.0 %", Some(1.0), Some(3)),
            ("half", HOUR / 2, 0, false, "50.0 %", Some(0.5), Some(3)),
            ("none", 0, 0, false, "0.0 %", Some(0.0), None),
            ("none, yet crossed", 0, 0, true, "unknown", None, Some(3)),
            ("degraded", HOUR, HOUR / 4, true, "*100.0 %", Some(1.0), Some(3)),
            ("a second", 1_000_000, 0, true, "<0.1 %", Some(0.0002), Some(3)),
            ("all but a second", HOUR - 1_000_000, 0, true, "99.9 %", Some(0.9997), Some(3)),
            ("all but a microsecond", HOUR - 1, 0, true, "99.9 %", Some(0.9999), Some(3)),
            ("more than there is", HOUR + 5, 0, true, "100.0 %", Some(1.0), Some(3)),
        ] {
            let coverage = Coverage::new(share(observed_us, degraded_us), crossed);
            assert_eq!(coverage.in_words(), words, "{name}");
            assert_eq!(coverage.share(), number, "{name}");
            assert_eq!(coverage.count(3), count, "{name}");
        }
        assert_eq!(Coverage::new(share(HOUR, HOUR / 4), true).degraded(), Some(0.25));
        assert_eq!(Coverage::new(share(HOUR, 1), true).degraded(), Some(0.0001), "a little is not none");
        assert_eq!(observed(0).count_in_words(0), "blind");
        assert_eq!(observed(1).count_in_words(0), "0");
    }

    #[test]
    fn a_lot_is_as_blind_as_its_worst_gate() {
        use Coverage::{Blind, Unknown};
        for (cameras, words) in [
            (vec![], "0.0 %"),
            (vec![Blind, Blind], "0.0 %"),
            (vec![observed(HOUR), observed(HOUR / 4)], "25.0 %"),
            (vec![observed(HOUR), Blind], "0.0 %"),
            (vec![observed(HOUR), Unknown], "unknown"),
            (vec![Unknown, Blind], "unknown"),
        ] {
            assert_eq!(Coverage::lowest(cameras.clone()).in_words(), words, "{cameras:?}");
        }
        let one_blind = Coverage::lowest([observed(HOUR), Blind]);
        assert_eq!(one_blind.count(0), Some(0), "the other gate was seen");
        assert_eq!(Coverage::lowest([Blind, Blind]).count(0), None);
        let degraded = Coverage::lowest([observed(HOUR / 2), Coverage::new(share(HOUR, 7), false)]);
        assert!(degraded.is_degraded());
    }
}
