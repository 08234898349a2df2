//! Stage 1: a camera or a recording in, frames out.
//!
//! [`FrameSource`] is the seam: the real ones ([`VideoSource`] through FFmpeg, [`DeviceSource`] through OpenCV) read
//! cameras, tests play prepared pictures. Grabbing a frame (next to nothing) and retrieving its picture (decoding and colour
//! conversion) are two calls, because only a few frames a second are looked at.

#[cfg(feature = "video")]
mod backlog;
mod content;
#[cfg(feature = "video")]
mod deferred_decoder;
#[cfg(feature = "video")]
mod demuxer;
#[cfg(feature = "video")]
mod device;
#[cfg(feature = "video")]
mod knock;
#[cfg(feature = "video")]
mod live_health;
#[cfg(feature = "video")]
mod native_environment;
#[cfg(feature = "video")]
mod native_line;
#[cfg(feature = "video")]
mod native_log;
#[cfg(feature = "video")]
mod opening;
mod paced;
mod picture;
#[cfg(feature = "video")]
mod picture_decoder;
mod picture_pool;
mod picture_watch;
#[cfg(feature = "video")]
mod positions;
#[cfg(feature = "video")]
mod quarter_turns;
mod reason;
mod rtsp_transport;
#[cfg(feature = "video")]
mod video;
#[cfg(feature = "video")]
mod video_file;

use std::time::Duration;

pub use content::{ContentHash, Recording, content_hash};
#[cfg(feature = "video")]
pub use device::DeviceSource;
#[cfg(feature = "video")]
pub use native_environment::{set_rtsp_transport, silence_native_logs};
pub use paced::{Pace, PaceLog, PacedSource, RealPace, Replay};
pub use picture::{Frame, Picture};
pub use picture_pool::PicturePool;
pub use picture_watch::{BLACK_AFTER, FROZEN_AFTER, PictureWatch, Sight};
pub use reason::Reason;
pub use rtsp_transport::{RtspTransport, UnknownTransport};
#[cfg(feature = "video")]
pub use video::{LiveTimeouts, VideoSource};
#[cfg(feature = "video")]
pub use video_file::VideoFile;

/// What a source says of itself once it is open.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceInfo {
    /// Pixels; of live cameras only a first impression, since they may change it.
    pub width: usize,
    pub height: usize,
    /// Nominal frames a second; `None` when the source does not say or says nonsense.
    pub fps: Option<f64>,
    /// Four-character code such as `h264`; empty when unknown.
    pub codec: String,
    /// Of recordings: the number of frames that the container promises, when it does.
    pub frames: Option<u64>,
}

impl SourceInfo {
    /// How long a recording says it is.
    pub fn duration(&self) -> Option<Duration> {
        Some(Duration::from_secs_f64(self.frames? as f64 / self.fps?))
    }
}

/// What a frame is before it is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compressed {
    pub bytes: usize,
    /// Nothing that came before is needed to decode it.
    pub is_key: bool,
}

/// An open camera or recording.
pub trait FrameSource: Send {
    fn info(&self) -> &SourceInfo;

    /// Moves on to the next frame and says its position: the time since the first frame, by the stream's own
    /// timestamps (to be trusted for recordings only). `None` at the end of a recording.
    fn grab(&mut self) -> Result<Option<Duration>, SourceError>;

    /// Whether the frame that was grabbed last is older than its receipt: a camera sent it while it was being opened.
    fn is_behind(&self) -> bool {
        false
    }

    /// What the frame that was grabbed last was sent as. `None`: that tells nothing, as every frame is decoded anyway or is a
    /// picture of its own.
    fn compressed(&self) -> Option<Compressed> {
        None
    }

    /// Puts the picture of the frame that was grabbed last into `picture`, whatever size that had.
    ///
    /// # Errors
    /// leave `picture` in any state.
    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError>;

    /// The picture of the frame that was grabbed last, in memory of its own.
    fn retrieve(&mut self) -> Result<Picture, SourceError> {
        let mut picture = Picture::empty();
        self.retrieve_into(&mut picture)?;
        Ok(picture)
    }
}

/// Why a source gives no frames. No message names a URL, since a URL may hold a password; who reports it adds the
/// source's redacted name.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no such file")]
    Missing,
    #[error("the file cannot be read")]
    Unreadable(#[source] std::io::Error),
    #[error("it cannot be opened as a video: {0}")]
    NotAVideo(&'static str),
    /// A camera, or what its pictures show.
    #[error("{0}")]
    Camera(Reason),
    #[error("a frame could not be decoded")]
    Undecodable,
    #[error("OpenCV failed: {0}")]
    OpenCv(String),
}

impl SourceError {
    pub fn reason(&self) -> Reason {
        match self {
            Self::Missing => Reason::Missing,
            Self::Unreadable(_) => Reason::Unreadable,
            Self::NotAVideo(_) => Reason::NotAVideo,
            Self::Camera(reason) => *reason,
            Self::Undecodable => Reason::Undecodable,
            Self::OpenCv(_) => Reason::Internal,
        }
    }
}
