//! Nearly full, full, over capacity, below zero: what the occupancy of a lot says.
//!
//! Each is a threshold in whole cars. An alert begins when the occupancy reaches it and ends when the occupancy has come
//! back by the hysteresis, one car at least: cars that come and go at a full lot are one alert and not a hundred.

use super::rules::LotRules;
use super::{Alert, Edge, Kind, NewAlert, Subject, open};
use crate::time::UtcMicros;

/// How full a lot is, as counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotState {
    pub lot: String,
    /// Vehicles; below zero when more were seen leaving than entering.
    pub inside: i64,
    /// Spaces.
    pub capacity: Option<i64>,
    /// When the last vehicle entered or left, or somebody set the number; `None`: never.
    pub changed: Option<UtcMicros>,
    /// When somebody, or a schedule, set the true number last.
    pub counted: Option<UtcMicros>,
}

/// Where an alert begins and where it ends, vehicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Threshold {
    begins: i64,
    ends: i64,
}

impl Threshold {
    fn rising(begins: i64, margin: i64) -> Self {
        Self { begins, ends: begins - margin }
    }

    fn is_rising(self) -> bool {
        self.ends < self.begins
    }

    fn is_reached(self, inside: i64) -> bool {
        if self.is_rising() { inside >= self.begins } else { inside <= self.begins }
    }

    fn is_left(self, inside: i64) -> bool {
        if self.is_rising() { inside <= self.ends } else { inside >= self.ends }
    }
}

const KINDS: [Kind; 4] = [Kind::BelowZero, Kind::NearlyFull, Kind::Full, Kind::OverCapacity];

/// The edges of one lot; `latest` finds the latest alert of a kind and subject.
pub fn edges<'a>(
    rules: &LotRules,
    state: &LotState,
    latest: impl Fn(Kind, &Subject) -> Option<&'a Alert>,
    now: UtcMicros,
) -> Vec<Edge> {
    let subject = Subject::Lot(state.lot.clone());
    let edge = |kind| edge(kind, threshold(kind, rules, state.capacity), state, latest(kind, &subject), now);
    KINDS.into_iter().filter_map(edge).collect()
}

fn edge(
    kind: Kind,
    threshold: Option<Threshold>,
    state: &LotState,
    latest: Option<&Alert>,
    now: UtcMicros,
) -> Option<Edge> {
    let at = dated(state, latest, now);
    let Some(alert) = open(latest) else {
        threshold.filter(|threshold| threshold.is_reached(state.inside))?;
        let detail = began_in_words(kind, state);
        return Some(Edge::Began(NewAlert::new(kind, Subject::Lot(state.lot.clone()), at, detail)));
    };
    let Some(threshold) = threshold else {
        return Some(alert.end(now, "this is no longer watched".to_owned()));
    };
    // Who counted the cars knows better than what came before: then the threshold alone decides.
    let was_counted = state.counted.is_some_and(|counted| counted > alert.began);
    let over = threshold.is_left(state.inside) || was_counted && !threshold.is_reached(state.inside);
    over.then(|| alert.end(at, ended_in_words(kind, state)))
}

/// The moment to which rows date the edge: that of the last car, unless the edge before it is later, as when the
/// configuration changed or rows came late.
fn dated(state: &LotState, latest: Option<&Alert>, now: UtcMicros) -> UtcMicros {
    let after = latest.map_or(UtcMicros(i64::MIN), Alert::last_edge);
    state.changed.filter(|&changed| changed > after && changed < now).unwrap_or(now)
}

/// `None`: it is not watched, or cannot be.
fn threshold(kind: Kind, rules: &LotRules, capacity: Option<i64>) -> Option<Threshold> {
    let margin = capacity.map_or(1, |capacity| (rules.hysteresis * capacity as f64).round() as i64).max(1);
    if kind == Kind::BelowZero {
        return Some(Threshold { begins: -1, ends: margin - 1 });
    }
    let capacity = capacity?;
    if kind == Kind::OverCapacity {
        return Some(Threshold::rising(capacity + 1, margin));
    }
    if !rules.fill {
        return None;
    }
    let cars = |share: f64| (share * capacity as f64 - 1e-9).ceil() as i64;
    let full = cars(rules.full);
    if kind == Kind::Full {
        return Some(Threshold::rising(full, margin));
    }
    // In a small lot both may come to the same number of cars: then it is nearly full one car earlier.
    let nearly = cars(rules.nearly_full).min(full - 1);
    (nearly > 0).then(|| Threshold::rising(nearly, margin))
}

fn began_in_words(kind: Kind, state: &LotState) -> String {
    let LotState { inside, capacity, .. } = state;
    match (kind, capacity) {
        (Kind::OverCapacity, Some(capacity)) => {
            format!("{inside} vehicles counted in {capacity} spaces: more than there can be, or they park elsewhere")
        }
        (Kind::BelowZero, _) => format!("{inside} vehicles: more were counted leaving than there were"),
        (_, Some(capacity)) => format!("{inside} of {capacity} spaces are taken"),
        (_, None) => format!("{inside} vehicles inside"),
    }
}

fn ended_in_words(kind: Kind, state: &LotState) -> String {
    let LotState { inside, capacity, .. } = state;
    match (kind, capacity) {
        (Kind::Full | Kind::NearlyFull, Some(capacity)) => {
            format!("{inside} of {capacity} spaces are taken, {} are free again", capacity - inside)
        }
        (_, Some(capacity)) => format!("{inside} of {capacity} spaces are taken"),
        (_, None) => format!("{inside} vehicles inside"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::lot_rules;
    use super::*;

    #[test]
    fn thresholds_in_cars() {
        for (kind, capacity, expected) in [
            (Kind::NearlyFull, Some(120), Some((108, 102))),
            (Kind::Full, Some(120), Some((120, 114))),
            (Kind::OverCapacity, Some(120), Some((121, 115))),
            (Kind::BelowZero, Some(120), Some((-1, 5))),
            // One car at least, and nearly full before full.
            (Kind::NearlyFull, Some(4), Some((3, 2))),
            (Kind::Full, Some(4), Some((4, 3))),
            (Kind::BelowZero, Some(4), Some((-1, 0))),
            (Kind::NearlyFull, Some(1), None),
            (Kind::NearlyFull, Some(0), None),
            (Kind::Full, Some(0), Some((0, -1))),
            // 0.9 x 10 is 9 and not a little more.
            (Kind::NearlyFull, Some(10), Some((9, 8))),
            (Kind::Full, None, None),
            (Kind::OverCapacity, None, None),
            (Kind::BelowZero, None, Some((-1, 0))),
        ] {
            let found = threshold(kind, &lot_rules("main"), capacity).map(|found| (found.begins, found.ends));
            assert_eq!(found, expected, "{kind:?} {capacity:?}");
        }
    }

    #[test]
    fn who_wants_no_fill_is_still_told_what_cannot_be() {
        let rules = LotRules { fill: false, ..lot_rules("main") };
        assert_eq!(threshold(Kind::Full, &rules, Some(10)), None);
        assert_eq!(threshold(Kind::NearlyFull, &rules, Some(10)), None);
        assert!(threshold(Kind::OverCapacity, &rules, Some(10)).is_some());
        assert!(threshold(Kind::BelowZero, &rules, Some(10)).is_some());
    }
}
