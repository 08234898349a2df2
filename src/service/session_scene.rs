//! What one session looks like at this moment: where its lines lie and which of them was crossed just now, and what is
//! followed. The annotated video and the live picture show the same.

use super::View;
use crate::config;
use crate::count::{CameraCounter, Direction, Outcome};
use crate::draw::{Scene, SceneLine, SceneTrack};
use crate::geometry::Rect;
use crate::time::UtcMicros;

/// A line flashes for so long after a crossing, s.
const FLASH: f64 = 0.6;

/// What crossed the lines of one session, by line.
pub struct SessionScene {
    /// Entries and exits.
    counts: Vec<[u32; 2]>,
    last_crossing: Vec<Option<UtcMicros>>,
}

impl SessionScene {
    pub fn new(camera: &config::Camera) -> Self {
        Self { counts: vec![[0; 2]; camera.lines.len()], last_crossing: vec![None; camera.lines.len()] }
    }

    /// Takes in what a look at `at` decided.
    pub fn note(&mut self, at: UtcMicros, outcomes: &[Outcome]) {
        for crossing in outcomes.iter().filter_map(Outcome::crossing) {
            let column = usize::from(crossing.direction == Direction::Exit);
            self.counts[crossing.line][column] += 1;
            self.last_crossing[crossing.line] = Some(at);
        }
    }

    /// What is to be drawn over the picture of `at`.
    pub fn at(&self, at: UtcMicros, camera: &config::Camera, view: &View, counter: &CameraCounter) -> Scene {
        let (width, height) = (view.width as f64, view.height as f64);
        let in_part = (view.region.width, view.region.height) != (view.width, view.height);
        let lines = camera.lines.iter().zip(&self.last_crossing).map(|(line, last)| SceneLine {
            name: line.name.clone(),
            segment: line.segment.scaled(width, height),
            flashing: last.is_some_and(|last| at.seconds_since(last) < FLASH),
        });
        let tracks = counter.tracks().iter().map(|track| SceneTrack {
            id: track.id(),
            label: format!("{} {}", track.id(), track.class()),
            rect: track.rect(camera.anchor),
            path: track.path().points().iter().map(|point| point.place()).chain([track.place()]).collect(),
        });
        Scene {
            width: view.width,
            height: view.height,
            region: in_part.then(|| Rect::from(view.region)),
            lines: lines.collect(),
            tracks: tracks.collect(),
        }
    }

    /// One row of text for each line: what crossed it in this session.
    pub fn rows(&self, camera: &config::Camera) -> Vec<String> {
        let rows = camera.lines.iter().zip(&self.counts);
        rows.map(|(line, [entries, exits])| format!("{}: {entries} entries, {exits} exits", line.name)).collect()
    }
}
