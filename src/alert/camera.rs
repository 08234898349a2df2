//! A camera that has not been observed for too long.

use std::time::Duration;

use super::{Alert, Edge, Kind, NewAlert, Subject, open};
use crate::time::UtcMicros;

/// A camera that comes back must stay for as long as it may be away, and no longer than this: one that shows a picture
/// now and then is one alert.
const LONGEST_PROOF: Duration = Duration::from_secs(30);

/// Whether a live camera is observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraState {
    pub camera: String,
    pub sight: Sight,
    /// One word, and a sentence, on why it is or was not.
    pub reason: String,
    pub detail: String,
}

/// Since when it is, or is not, observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Observed { since: UtcMicros },
    Unobserved { since: UtcMicros },
}

pub fn edge(longest: Duration, state: &CameraState, latest: Option<&Alert>, now: UtcMicros) -> Option<Edge> {
    let lasts = |since: UtcMicros, at_least: Duration| now.seconds_since(since) >= at_least.as_secs_f64();
    match (open(latest), state.sight) {
        (Some(alert), Sight::Observed { since }) => {
            lasts(since, longest.min(LONGEST_PROOF)).then(|| alert.end(since, "it is observed again".to_owned()))
        }
        (None, Sight::Unobserved { since }) if lasts(since, longest) => {
            // A clock that was set back must not make it an alert that was there before.
            let began = latest.map_or(since, |alert| since.max(UtcMicros(alert.last_edge().0 + 1)));
            let detail = format!("{}: {}", state.reason, state.detail);
            Some(Edge::Began(NewAlert::new(Kind::CameraDown, Subject::Camera(state.camera.clone()), began, detail)))
        }
        _ => None,
    }
}
