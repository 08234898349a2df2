//! Opens the real cameras and recordings.

use super::Opener;
use crate::config::{Camera, Source};
use crate::source::{FrameSource, LiveTimeouts, SourceError, VideoSource};

#[derive(Debug, Default)]
pub struct VideoOpener {
    pub timeouts: LiveTimeouts,
}

impl Opener for VideoOpener {
    fn open(&self, camera: &Camera) -> Result<Box<dyn FrameSource>, SourceError> {
        let source = match &camera.source {
            Source::Recording { path, .. } => VideoSource::open_recording(path)?,
            Source::Stream(url) => VideoSource::open_stream(url.reveal(), self.timeouts)?,
            Source::Device(number) => VideoSource::open_device(*number, self.timeouts)?,
        };
        Ok(Box::new(source))
    }
}
