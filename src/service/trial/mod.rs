//! Lines tried on what is remembered: the looks go through the same counter once more.

use std::sync::Arc;

use super::View;
use super::camera_tracking::counter_for;
use super::coverage::LONGEST_STEP;
use super::recent_looks::{Memory, RecentLook};
use crate::config;
use crate::count::{CameraCounter, Outcome};
use crate::detect::looked_at;
use crate::http::{Remembered, Trial};
use crate::time::UtcMicros;

/// One session as far as it is remembered.
struct Session {
    generation: u64,
    began: UtcMicros,
    view: Arc<View>,
    counter: CameraCounter,
}

impl Memory {
    /// What is remembered; `None`: nothing. `shift` leads from the looks' times to those of rows, us.
    pub fn told(&self, shift: i64) -> Option<Remembered> {
        let (first, last) = (self.looks.first()?, self.looks.last()?);
        let steps = self.looks.windows(2).filter(|pair| pair[0].generation == pair[1].generation);
        let steps = steps.map(|pair| pair[1].at.seconds_since(pair[0].at)).filter(|step| *step <= LONGEST_STEP);
        Some(Remembered {
            looks: self.looks.len(),
            observed_s: steps.sum(),
            from: UtcMicros(first.at.0 + shift),
            until: UtcMicros(last.at.0 + shift),
            is_cut: self.is_cut,
            watched: last.view.as_ref().into(),
        })
    }

    /// What a camera would have counted, and what it would have as it is configured.
    pub fn trial(&self, proposed: &config::Camera, configured: &config::Camera, shift: i64) -> Option<Trial> {
        let remembered = self.told(shift)?;
        let region = |view: &View| {
            let lines = proposed.lines.iter().map(|line| line.segment);
            looked_at(proposed.region.as_ref(), lines, view.width, view.height)
        };
        let dated = |outcomes: Vec<(UtcMicros, Outcome)>| {
            outcomes.into_iter().map(|(at, outcome)| (UtcMicros(at.0 + shift), outcome)).collect()
        };
        Some(Trial {
            would_watch: region(&self.looks.last()?.view),
            same_region: self.looks.iter().all(|look| look.view.region == region(&look.view)),
            outcomes: dated(self.replay(proposed)),
            configured: dated(self.replay(configured)),
            remembered,
        })
    }

    /// As the tracker goes through sessions and sizes of the picture, one after the other.
    fn replay(&self, camera: &config::Camera) -> Vec<(UtcMicros, Outcome)> {
        let mut counted = Vec::new();
        let mut note = |began: UtcMicros, outcomes: Vec<Outcome>| {
            let seconds = |outcome: &Outcome| match outcome {
                Outcome::Crossing(crossing) => crossing.seconds,
                Outcome::Rejected(rejected) => rejected.seconds,
            };
            counted.extend(outcomes.into_iter().map(|outcome| (began.plus_seconds(seconds(&outcome)), outcome)));
        };
        let mut open: Option<Session> = None;
        for look in &self.looks {
            let goes_on = |open: &Session| open.generation == look.generation && open.view == look.view;
            if let Some(mut before) = open.take_if(|open| !goes_on(open)) {
                note(before.began, before.counter.finish());
            }
            let session = open.get_or_insert_with(|| Session::of(look, camera));
            note(session.began, session.counter.look(look.at.seconds_since(session.began), &look.detections));
        }
        // What an open session has not decided yet is not counted yet.
        if let Some(mut last) = open.filter(|_| self.is_over) {
            note(last.began, last.counter.finish());
        }
        counted
    }
}

impl Session {
    fn of(look: &RecentLook, camera: &config::Camera) -> Self {
        let (generation, began, view) = (look.generation, look.began, Arc::clone(&look.view));
        Self { generation, began, counter: counter_for(camera, &view), view }
    }
}

#[cfg(test)]
mod tests;
