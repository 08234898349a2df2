//! What the service is made of, and the seams at which tests put something else in place of a camera, a net or the clock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::recent_looks::RecentLooks;
use super::session::CameraId;
use super::stop::StopToken;
use crate::config::{self, Config};
use crate::detect::{Detector, PixelRegion};
use crate::source::{FrameSource, Recording, SourceError};
use crate::store::Writer;
use crate::time::Clock;
use crate::track::Thresholds;

/// Opens cameras and recordings: the real ones, or prepared ones in tests.
pub trait Opener: Send + Sync {
    fn open(&self, camera: &config::Camera) -> Result<Box<dyn FrameSource>, SourceError>;
}

/// Chooses what looks at a camera's pictures, once their size is known.
pub trait Fitter: Send + Sync {
    fn fit(&self, camera: &config::Camera, width: usize, height: usize) -> Result<Fitted, FitError>;
}

/// A detector for pictures of one size.
pub struct Fitted {
    pub detector: Box<dyn Detector>,
    pub view: View,
}

/// What is looked at, and with which net.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// pixels of the whole picture
    pub width: usize,
    pub height: usize,
    pub region: PixelRegion,
    /// Those that fit the net's scores.
    pub thresholds: Thresholds,
    pub model: ModelId,
}

/// Which net, so that a count can be traced to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelId {
    pub name: String,
    /// SHA-256 of the .onnx file, hexadecimal
    pub sha256: String,
}

/// No net can look at this camera's pictures.
#[derive(Debug, thiserror::Error)]
#[error("no net fits its pictures")]
pub struct FitError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A camera that is to be counted.
pub struct Roll {
    pub config: config::Camera,
    /// `None` for live cameras.
    pub recording: Option<Recording>,
}

/// One camera as its threads see it.
pub struct Camera {
    pub id: CameraId,
    pub config: config::Camera,
    /// SHA-256 of the text that `config` was read from, hexadecimal.
    pub config_sha256: Arc<str>,
    /// `None` for live cameras.
    pub recording: Option<Recording>,
    /// `None`: nobody could ask for them.
    pub recent_looks: Option<Arc<RecentLooks>>,
}

pub struct Options {
    /// Write each camera's annotated video into this folder.
    pub annotate: Option<PathBuf>,
    /// A call into a C library that takes longer than this hangs. To be well above the time-outs of opening and
    /// reading, and what a hundred cameras take that start at once.
    pub hung_after: Duration,
    /// How long threads may take to end after a stop was requested, before those in a call are left behind.
    pub stop_patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { annotate: None, hung_after: Duration::from_secs(120), stop_patience: Duration::from_secs(3) }
    }
}

/// Everything the service needs from outside.
pub struct Parts {
    pub config: Arc<Config>,
    pub cameras: Vec<Roll>,
    pub writer: Writer,
    pub opener: Arc<dyn Opener>,
    pub fitter: Arc<dyn Fitter>,
    pub clock: Arc<dyn Clock>,
    pub options: Options,
    pub stop: StopToken,
}
