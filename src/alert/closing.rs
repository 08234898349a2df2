//! At closing a lot should be empty, and as many vehicles should have left it as entered: otherwise some were missed, or
//! stayed.

use super::rules::{LotRules, usual_imbalance};
use super::{Alert, Edge, Kind, NewAlert, Subject, open};
use crate::time::UtcMicros;

/// One lot at its latest closing.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosingState {
    pub lot: String,
    pub at: UtcMicros,
    /// Local date and time, as in `2026-06-15 22:00`: the name of this closing.
    pub name: String,
    /// Vehicles since the closing before it.
    pub entries: u64,
    pub exits: u64,
    /// Vehicles at closing, as counted.
    pub inside: i64,
    /// Spaces.
    pub capacity: Option<i64>,
    /// The lowest observed share of its cameras since the closing before it, 0 to 1; `None`: not known.
    pub coverage: Option<f64>,
    /// When somebody, or a schedule, set the true number last.
    pub counted: Option<UtcMicros>,
}

/// At most two: the alert of one closing ends at the next, which may be no better.
pub fn edges(rules: &LotRules, state: &ClosingState, latest: Option<&Alert>) -> Vec<Edge> {
    let mut edges = Vec::new();
    if let Some(alert) = open(latest) {
        let counted = state.counted.filter(|&counted| counted > alert.began);
        match counted {
            Some(counted) if counted <= state.at || alert.began >= state.at => {
                edges.push(alert.end(counted, "the number of vehicles was set".to_owned()));
            }
            _ if alert.began < state.at => {
                edges.push(alert.end(state.at, "the lot closed again and is judged anew".to_owned()));
            }
            _ => return edges,
        }
    }
    let is_judged = latest.is_some_and(|alert| alert.began >= state.at);
    // A schedule that sets the number just at closing takes nothing away from the day.
    let was_counted_since = state.counted.is_some_and(|counted| counted > state.at);
    if !is_judged && !was_counted_since {
        edges.extend(beginning(rules, state).map(Edge::Began));
    }
    edges
}

fn beginning(rules: &LotRules, state: &ClosingState) -> Option<NewAlert> {
    let tolerated = i64::from(rules.imbalance.unwrap_or_else(|| usual_imbalance(state.capacity)));
    let difference = state.entries as i64 - state.exits as i64;
    if difference.abs() <= tolerated && state.inside.abs() <= tolerated {
        return None;
    }
    let more = match difference {
        0 => "as many entered as left".to_owned(),
        1.. => format!("{difference} more entered than left"),
        _ => format!("{} more left than entered", -difference),
    };
    let mut detail = format!(
        "{} entries and {} exits until closing at {}: {more}, {} inside; {tolerated} are tolerated",
        state.entries, state.exits, state.name, state.inside
    );
    // Who was blind for a part of the day need not look for another reason.
    if let Some(coverage) = state.coverage.filter(|&coverage| coverage < 0.999) {
        detail.push_str(&format!("; observed for {:.1} % of the time", (coverage * 1000.0).floor() / 10.0));
    }
    let subject = Subject::Lot(state.lot.clone());
    // By its local name, so that the day's closing is judged once whatever becomes of the time zone's rules.
    let key = format!("{} {subject} {}", Kind::Imbalance.word(), state.name);
    Some(NewAlert { key, ..NewAlert::new(Kind::Imbalance, subject, state.at, detail) })
}
