//! What operators write into the ledger: the number at the beginning, a count by hand every week, now and then a car or
//! two that somebody knows of; and what the configuration resets.

use std::collections::VecDeque;

use jiff::tz::TimeZone;

use super::Plan;
use super::chance::Chance;
use super::truth::Correction;
use crate::config::{Config, Reset};
use crate::store::AdjustmentKind;
use crate::time::UtcMicros;

const HOUR_US: i64 = 3_600_000_000;
const WEEK_US: i64 = 7 * 24 * HOUR_US;

pub struct Operators {
    /// The next of each lot, of each kind.
    due: Vec<Due>,
    /// In order of time.
    resets: VecDeque<Scheduled>,
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

/// A reset of the configuration.
#[derive(Clone, Debug)]
struct Scheduled {
    at: i64,
    lot: usize,
    overnight: i64,
    why: String,
    uid: String,
}

impl Operators {
    pub fn new(config: &Config, plan: &Plan, chance: Chance) -> Self {
        let (start, until) = (plan.start.timestamp().as_microsecond(), plan.end.timestamp().as_microsecond());
        let first = |(lot, _)| {
            let at = |hours: f64, kind| Due { at: start + (hours * HOUR_US as f64) as i64, lot, kind };
            // People do not come at the full hour.
            [at(0.0, Kind::Opening), at(101.12, Kind::Count), at(231.34, Kind::Known)]
        };
        let due = config.lots.iter().enumerate().flat_map(first).collect();
        let of_lot = |(lot, of): (usize, &crate::config::Lot)| {
            let name = of.name.clone();
            of.resets.iter().flat_map(move |reset| schedule(reset, lot, &name, plan)).collect::<Vec<_>>()
        };
        let mut resets: Vec<Scheduled> = config.lots.iter().enumerate().flat_map(of_lot).collect();
        resets.retain(|reset| (start..until).contains(&reset.at));
        resets.sort_by_key(|reset| (reset.at, reset.lot));
        Self { due, resets: resets.into(), until, chance }
    }

    /// The next correction until `at`: one at the very moment of a crossing comes before it. `inside` says how many cars are
    /// in a lot really, and as counted.
    pub fn next_until(&mut self, at: i64, inside: impl Fn(usize) -> (i64, i64)) -> Option<Correction> {
        let is_due = |due: &Due| due.at <= at && due.at < self.until;
        let next = (0..self.due.len()).filter(|index| is_due(&self.due[*index]));
        let next = next.min_by_key(|index| (self.due[*index].at, *index));
        let by_hand = next.map_or(i64::MAX, |index| self.due[index].at);
        match self.resets.front() {
            Some(reset) if reset.at <= at && reset.at < by_hand => self.resets.pop_front().map(|it| it.done(inside)),
            _ => next.map(|index| self.by_hand(index, inside)),
        }
    }

    fn by_hand(&mut self, index: usize, inside: impl Fn(usize) -> (i64, i64)) -> Correction {
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
            Kind::Known if truth > before => (AdjustmentKind::Adjust, before + 1, "operator", "one came in unseen"),
            Kind::Known => (AdjustmentKind::Adjust, before - 1, "operator", "one was towed away"),
        };
        let (uid, why, amount) = (format!("simulated-{lot}-{at}"), why.to_owned(), after - before);
        Correction { lot, at: UtcMicros(at), kind, amount, before, after, truth, who, why, uid }
    }

    /// To the millisecond.
    fn minutes(&mut self, low: f64, high: f64) -> i64 {
        (self.chance.between(low, high) * 60_000.0) as i64 * 1000
    }
}

impl Scheduled {
    fn done(self, inside: impl Fn(usize) -> (i64, i64)) -> Correction {
        let Self { at, lot, overnight: after, why, uid } = self;
        let ((truth, before), kind) = (inside(lot), AdjustmentKind::Reset);
        let amount = after - before;
        Correction { lot, at: UtcMicros(at), kind, amount, before, after, truth, who: "schedule", why, uid }
    }
}

/// Every time at which a reset is due, as the service does it.
fn schedule(reset: &Reset, lot: usize, name: &str, plan: &Plan) -> Vec<Scheduled> {
    let zone: &TimeZone = plan.start.time_zone();
    let zone_name = zone.iana_name().unwrap_or("UTC");
    let days = plan.start.date().series(jiff::Span::new().days(1)).take_while(|day| *day <= plan.end.date());
    let on = |day: jiff::civil::Date| {
        let local = day.to_datetime(reset.at);
        let at = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        reset.days.contains(&day.weekday()).then(|| Scheduled {
            at: at.as_microsecond(),
            lot,
            overnight: i64::from(reset.overnight),
            why: format!("reset of {} {zone_name}", local.strftime("%Y-%m-%d %H:%M")),
            uid: format!("reset {name} {} {zone_name}", local.strftime("%Y-%m-%dT%H:%M")),
        })
    };
    days.filter_map(on).collect()
}
