//! All rules, in one go.

use std::collections::HashMap;

use super::rules::Rules;
use super::{
    Alert, CameraState, ClosingState, Edge, Kind, LineState, LotState, Subject, camera, closing, fill, open, silence,
};
use crate::time::UtcMicros;

/// What is known of a site. What is not in here is not judged: its alerts stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Situation {
    pub lots: Vec<LotState>,
    pub closings: Vec<ClosingState>,
    pub lines: Vec<LineState>,
    pub cameras: Vec<CameraState>,
}

/// The alerts that begin and end. `latest` holds the latest alert of each kind and subject that ever had one.
pub fn evaluate(rules: &Rules, situation: &Situation, latest: &[Alert], now: UtcMicros) -> Vec<Edge> {
    let by_subject: HashMap<(Kind, &Subject), &Alert> =
        latest.iter().map(|alert| ((alert.kind, &alert.subject), alert)).collect();
    let find = |kind: Kind, subject: &Subject| by_subject.get(&(kind, subject)).copied();
    let mut edges: Vec<Edge> = latest
        .iter()
        .filter(|alert| open(Some(alert)).is_some() && !is_watched(rules, alert.kind, &alert.subject))
        .map(|alert| alert.end(now, "this is no longer watched".to_owned()))
        .collect();
    for state in &situation.lots {
        if let Some(rules) = rules.lot(&state.lot) {
            edges.extend(fill::edges(rules, state, find, now));
        }
    }
    for state in &situation.closings {
        if let Some(rules) = rules.lot(&state.lot).filter(|rules| rules.closing.is_some()) {
            let subject = Subject::Lot(state.lot.clone());
            edges.extend(closing::edges(rules, state, find(Kind::Imbalance, &subject)));
        }
    }
    for state in &situation.lines {
        let subject = Subject::Line { camera: state.camera.clone(), line: state.line.clone() };
        if is_watched(rules, Kind::SilentLine, &subject) {
            edges.extend(silence::edge(state, find(Kind::SilentLine, &subject)));
        }
    }
    if let Some(longest) = rules.camera_down {
        for state in situation.cameras.iter().filter(|state| rules.has_camera(&state.camera)) {
            let subject = Subject::Camera(state.camera.clone());
            edges.extend(camera::edge(longest, state, find(Kind::CameraDown, &subject), now));
        }
    }
    edges
}

/// Whether anybody still looks after it: an alert whose camera was taken away, or whose rule was switched off, would stay
/// open for ever. What depends on a lot's capacity is up to its rule.
fn is_watched(rules: &Rules, kind: Kind, subject: &Subject) -> bool {
    match (kind, subject) {
        (Kind::Imbalance, Subject::Lot(lot)) => rules.lot(lot).is_some_and(|lot| lot.closing.is_some()),
        (_, Subject::Lot(lot)) => rules.lot(lot).is_some(),
        (_, Subject::Line { camera, line }) => rules.silent_lines && rules.has_line(camera, line),
        (_, Subject::Camera(camera)) => rules.camera_down.is_some() && rules.has_camera(camera),
    }
}
