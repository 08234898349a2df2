//! The annotated video of one session: what the camera saw, with tracks, crossings and running counts drawn in.

use std::path::{Path, PathBuf};

use super::View;
use super::detector::Look;
use super::session_scene::SessionScene;
use crate::config;
use crate::count::CameraCounter;
use crate::draw::DrawError;
use crate::source::{Picture, SourceError, VideoFile};
use crate::time::UtcMicros;

/// Frames a second of the file where the frames' own times tell nothing yet.
const USUAL_RATE: f64 = 25.0;

pub struct Annotation {
    path: PathBuf,
    camera: config::Camera,
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
        Self { path: folder.join(name), camera: camera.clone(), first: None, file: None }
    }

    /// Draws one frame, after the scene has taken in what it decided.
    pub fn add(&mut self, look: &Look, counter: &CameraCounter, scene: &SessionScene) -> Result<(), AnnotationError> {
        let Some(picture) = &look.picture else { return Ok(()) };
        let mut picture = picture.as_ref().clone();
        let rows = scene.rows(&self.camera);
        scene.at(look.at, &self.camera, &look.view, counter).draw(&mut picture, &rows)?;
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
}
