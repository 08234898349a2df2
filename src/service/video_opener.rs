//! Opens the real cameras and recordings.

use super::Opener;
use crate::config::{Camera, Source};
use crate::source::{DeviceSource, FrameSource, LiveTimeouts, SourceError, VideoSource};

#[derive(Debug, Default)]
pub struct VideoOpener {
    pub timeouts: LiveTimeouts,
}

impl Opener for VideoOpener {
    fn open(&self, camera: &Camera) -> Result<Box<dyn FrameSource>, SourceError> {
        Ok(match &camera.source {
            Source::Recording { path, .. } => Box::new(VideoSource::open_recording(path)?),
            Source::Stream(url) => Box::new(VideoSource::open_stream(url.reveal(), self.timeouts)?),
            Source::Device(number) => Box::new(DeviceSource::open(*number, self.timeouts)?),
        })
    }
}
