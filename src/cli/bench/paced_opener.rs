//! Opens copies of one recording as cameras, each at a phase of its own.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::Camera;
use crate::service::{Opener, VideoOpener};
use crate::source::{FrameSource, PaceLog, PacedSource, RealPace, SourceError, VideoSource};
use crate::time::Clock;

pub struct PacedOpener {
    pub clock: Arc<dyn Clock>,
    /// By the camera's name: the frame that it begins with, and what is told of it.
    pub phases: HashMap<String, (u64, Arc<PaceLog>)>,
}

impl Opener for PacedOpener {
    fn open(&self, camera: &Camera) -> Result<Box<dyn FrameSource>, SourceError> {
        let crate::config::Source::Recording { path, .. } = &camera.source else {
            return VideoOpener::default().open(camera);
        };
        let (phase, log) = self.phases.get(&camera.name).cloned().unwrap_or_default();
        let (source, pace) = (VideoSource::open_recording(path)?, RealPace(Arc::clone(&self.clock)));
        Ok(Box::new(PacedSource::new(source, pace, phase, log)?))
    }
}
