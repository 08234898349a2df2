//! The annotated video of one session: what the camera saw, with tracks, crossings and running counts drawn in.

use std::path::{Path, PathBuf};

use super::View;
use super::detector::Look;
use crate::config;
use crate::count::{CameraCounter, Direction, Outcome};
use crate::draw::{Canvas, DrawError, LineMark, TrackMark, draw_counts, draw_line, draw_region, draw_track};
use crate::geometry::Rect;
use crate::source::{Picture, SourceError, VideoFile};
use crate::time::UtcMicros;

/// A line flashes for so long after a crossing, s.
const FLASH: f64 = 0.6;
/// Frames a second of the file where the frames' own times tell nothing yet.
const USUAL_RATE: f64 = 25.0;

pub struct Annotation {
    path: PathBuf,
    camera: config::Camera,
    /// Entries and exits committed in this session, by line.
    counts: Vec<[u32; 2]>,
    last_crossing: Vec<Option<UtcMicros>>,
    /// The first frame waits for the second: their distance is the file's rate.
    first: Option<(UtcMicros, Picture)>,
    file: Option<VideoFile>,
}

#[derive(Debug, thiserror::Error)]
pub enum AnnotationError {
    #[error("a frame cannot be drawn on")]
    Draw(#[from] DrawError),
    #[error("{path} cannot be written")]
    Write { path: PathBuf, source: SourceError },
}

impl Annotation {
    /// Will write `<folder>/<camera>.mp4`, and `<camera>-2.mp4` and so on for later connections of a live camera.
    pub fn new(folder: &Path, camera: &config::Camera, generation: u64) -> Self {
        let name = match generation {
            1 => format!("{}.mp4", camera.name),
            later => format!("{}-{later}.mp4", camera.name),
        };
        Self {
            path: folder.join(name),
            camera: camera.clone(),
            counts: vec![[0; 2]; camera.lines.len()],
            last_crossing: vec![None; camera.lines.len()],
            first: None,
            file: None,
        }
    }

    /// Draws one frame after what it decided has been committed.
    pub fn add(&mut self, look: &Look, counter: &CameraCounter, outcomes: &[Outcome]) -> Result<(), AnnotationError> {
        let Some(picture) = &look.picture else { return Ok(()) };
        for crossing in outcomes.iter().filter_map(Outcome::crossing) {
            let column = usize::from(crossing.direction == Direction::Exit);
            self.counts[crossing.line][column] += 1;
            self.last_crossing[crossing.line] = Some(look.at);
        }
        let mut picture = picture.as_ref().clone();
        self.draw(&mut picture, look.at, &look.view, counter)?;
        if self.file.is_none() {
            let Some((first_at, first)) = self.first.take() else {
                self.first = Some((look.at, picture));
                return Ok(());
            };
            let rate = 1.0 / look.at.seconds_since(first_at);
            let rate = if rate.is_finite() && (1.0..=120.0).contains(&rate) { rate } else { USUAL_RATE };
            self.file = Some(self.create(&look.view, rate)?);
            self.write(&first)?;
        }
        self.write(&picture)
    }

    fn create(&self, view: &View, rate: f64) -> Result<VideoFile, AnnotationError> {
        VideoFile::create(&self.path, view.width, view.height, rate).map_err(|source| self.cannot_write(source))
    }

    fn write(&mut self, picture: &Picture) -> Result<(), AnnotationError> {
        match &mut self.file {
            Some(file) => file.write(picture).map_err(|source| self.cannot_write(source)),
            None => Ok(()),
        }
    }

    fn cannot_write(&self, source: SourceError) -> AnnotationError {
        AnnotationError::Write { path: self.path.clone(), source }
    }

    fn draw(
        &self,
        picture: &mut Picture,
        at: UtcMicros,
        view: &View,
        counter: &CameraCounter,
    ) -> Result<(), DrawError> {
        let (width, height) = (view.width as f64, view.height as f64);
        let mut canvas = Canvas::on(picture)?;
        if (view.region.width, view.region.height) != (view.width, view.height) {
            draw_region(&mut canvas, &Rect::from(view.region))?;
        }
        for (line, last) in self.camera.lines.iter().zip(&self.last_crossing) {
            let flashing = last.is_some_and(|last| at.seconds_since(last) < FLASH);
            draw_line(
                &mut canvas,
                &LineMark { name: &line.name, segment: line.segment.scaled(width, height), flashing },
            )?;
        }
        for track in counter.tracks() {
            let path: Vec<_> = track.path().points().iter().map(|point| point.place()).chain([track.place()]).collect();
            let label = format!("{} {}", track.id(), track.class());
            let rect = track.rect(self.camera.anchor);
            draw_track(&mut canvas, &TrackMark { id: track.id(), label: &label, rect, path: &path })?;
        }
        let rows: Vec<String> = self
            .camera
            .lines
            .iter()
            .zip(&self.counts)
            .map(|(line, [entries, exits])| format!("{}: {entries} entries, {exits} exits", line.name))
            .collect();
        draw_counts(&mut canvas, &rows)
    }
}
