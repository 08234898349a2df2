//! What operators write into the ledger: the number at the beginning, a count by hand every week, now and then a car or
//! two that somebody knows of.

use super::chance::Chance;
use super::failures::Span;
use super::truth::Correction;
use crate::config::Config;
use crate::store::AdjustmentKind;
use crate::time::UtcMicros;

const HOUR_US: i64 = 3_600_000_000;
const WEEK_US: i64 = 7 * 24 * HOUR_US;

pub struct Operators {
    /// The next of each lot, of each kind.
    due: Vec<Due>,
    until: i64,
    chance: Chance,
}

#[derive(Clone, Debug)]
struct Due {
    at: i64,
    lot: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Opening,
    Count,
    Known,
}

impl Operators {
    pub fn new(config: &Config, period: Span, chance: Chance) -> Self {
        let first = |(lot, _)| {
            let at = |hours: f64, kind| Due { at: period.from + (hours * HOUR_US as f64) as i64, lot, kind };
            // People do not come at the full hour.
            [at(0.0, Kind::Opening), at(101.12, Kind::Count), at(231.34, Kind::Known)]
        };
        Self { due: config.lots.iter().enumerate().flat_map(first).collect(), until: period.until, chance }
    }

    /// The next correction until `at`: one at the very moment of a crossing comes before it. `inside` says how many cars are in a lot really, and as counted.
    pub fn next_until(&mut self, at: i64, inside: impl Fn(usize) -> (i64, i64)) -> Option<Correction> {
        let is_due = |due: &Due| due.at <= at && due.at < self.until;
        let next = (0..self.due.len()).filter(|index| is_due(&self.due[*index]));
        let index = next.min_by_key(|index| (self.due[*index].at, *index))?;
        let Due { at, lot, kind } = self.due[index].clone();
        let (truth, before) = inside(lot);
        self.due[index].at += match kind {
            Kind::Opening => 1000 * WEEK_US,
            Kind::Count => WEEK_US + self.minutes(-50.0, 50.0),
            Kind::Known => 3 * WEEK_US + self.minutes(-6000.0, 6000.0),
        };
        let (kind, after, who, why) = match kind {
            Kind::Opening => (AdjustmentKind::Opening, truth, "operator", "counted before the gates were opened"),
            Kind::Count => (AdjustmentKind::Set, truth, "night watch", "weekly count"),
            Kind::Known if truth > before => {
                (AdjustmentKind::Adjust, before + 1, "operator", "one came in beside the barrier")
            }
            Kind::Known => (AdjustmentKind::Adjust, before - 1, "operator", "one was towed away"),
        };
        let uid = format!("simulated-{lot}-{at}");
        Some(Correction { lot, at: UtcMicros(at), kind, amount: after - before, before, after, truth, who, why, uid })
    }

    /// To the millisecond.
    fn minutes(&mut self, low: f64, high: f64) -> i64 {
        (self.chance.between(low, high) * 60_000.0) as i64 * 1000
    }
}
