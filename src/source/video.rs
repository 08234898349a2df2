//! Cameras and recordings through OpenCV's VideoCapture.
//!
//! Learnt by measurement (OpenCV 4.6): the backend must be named, or a URL may be taken for a GStreamer pipeline; the
//! time-outs must be given at open, or a mute camera blocks for 30 s; a parameter the backend does not know makes the
//! open fail.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use opencv::core::{Mat, Vector};
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture};

use super::{FrameSource, Picture, Reason, SourceError, SourceInfo};

/// How long a live camera may take, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveTimeouts {
    pub open: Duration,
    pub read: Duration,
}

impl Default for LiveTimeouts {
    /// An RTSP open takes about 2 s; a camera that sends nothing for longer than the wait for one frame at 1 fps, with
    /// room for a busy network, is gone.
    fn default() -> Self {
        Self { open: Duration::from_secs(10), read: Duration::from_secs(5) }
    }
}

/// A camera or recording opened through OpenCV.
pub struct VideoSource {
    capture: VideoCapture,
    info: SourceInfo,
    kind: Kind,
    /// Timestamp of the first frame, milliseconds as the stream counts them.
    first_ms: Option<f64>,
    last: Duration,
    frames_grabbed: u64,
    /// The buffer that OpenCV decodes into, kept between frames.
    decoded: Mat,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Recording,
    Live { read_timeout: Duration },
}

impl VideoSource {
    /// Opens a recorded file.
    pub fn open_recording(path: &Path) -> Result<Self, SourceError> {
        // OpenCV says the same for a missing, a forbidden and a broken file; a person needs to know which.
        File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => SourceError::Missing,
            _ => SourceError::Unreadable(error),
        })?;
        if path.is_dir() {
            return Err(SourceError::NotAVideo("it is a folder"));
        }
        let name = path.to_str().ok_or(SourceError::NotAVideo("its name is not valid UTF-8"))?;
        let capture = VideoCapture::from_file(name, videoio::CAP_FFMPEG)?;
        if !capture.is_opened()? {
            return Err(SourceError::NotAVideo("no known container or codec, or an incomplete file"));
        }
        Self::opened(capture, Kind::Recording)
    }

    /// Opens a network camera. `url` is the real one, with its password; it goes nowhere but into FFmpeg.
    pub fn open_stream(url: &str, timeouts: LiveTimeouts) -> Result<Self, SourceError> {
        let parameters = Vector::from_slice(&[
            videoio::CAP_PROP_OPEN_TIMEOUT_MSEC,
            milliseconds(timeouts.open),
            videoio::CAP_PROP_READ_TIMEOUT_MSEC,
            milliseconds(timeouts.read),
        ]);
        let capture = VideoCapture::from_file_with_params(url, videoio::CAP_FFMPEG, &parameters)?;
        if !capture.is_opened()? {
            return Err(SourceError::Camera(Reason::NoAnswer));
        }
        Self::opened(capture, Kind::Live { read_timeout: timeouts.read })
    }

    /// Opens a USB camera by its number, as in `/dev/videoN`.
    pub fn open_device(number: u32, timeouts: LiveTimeouts) -> Result<Self, SourceError> {
        let number = i32::try_from(number).map_err(|_| SourceError::Missing)?;
        if !Path::new(&format!("/dev/video{number}")).exists() {
            return Err(SourceError::Missing);
        }
        let capture = VideoCapture::new(number, videoio::CAP_V4L2)?;
        if !capture.is_opened()? {
            return Err(SourceError::Camera(Reason::NoAnswer));
        }
        Self::opened(capture, Kind::Live { read_timeout: timeouts.read })
    }

    fn opened(capture: VideoCapture, kind: Kind) -> Result<Self, SourceError> {
        let info = describe(&capture, kind)?;
        Ok(Self {
            capture,
            info,
            kind,
            first_ms: None,
            last: Duration::ZERO,
            frames_grabbed: 0,
            decoded: Mat::default(),
        })
    }

    /// The stream's own time of the frame just grabbed, made to rise: a file whose timestamps stand still or run
    /// backwards goes on at its nominal rate instead.
    fn position(&mut self) -> Result<Duration, SourceError> {
        let ms = self.capture.get(videoio::CAP_PROP_POS_MSEC)?;
        let first = *self.first_ms.get_or_insert(ms);
        let position = (ms - first) / 1e3;
        if self.frames_grabbed == 1 {
            return Ok(Duration::ZERO);
        }
        self.last = match Duration::try_from_secs_f64(position) {
            Ok(position) if position > self.last => position,
            // 25: what cameras send when nothing is known
            _ => self.last + Duration::from_secs_f64(1.0 / self.info.fps.unwrap_or(25.0)),
        };
        Ok(self.last)
    }
}

impl FrameSource for VideoSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        let begun = Instant::now();
        let grabbed = self.capture.grab()?;
        match self.kind {
            // Also when it says that it grabbed one: after a stall the first call may, and hands out the old picture.
            Kind::Live { read_timeout } if begun.elapsed() >= read_timeout => {
                return Err(SourceError::Camera(Reason::Stalled));
            }
            Kind::Live { .. } if !grabbed => return Err(SourceError::Camera(Reason::BrokeOff)),
            Kind::Recording if !grabbed => return Ok(None),
            _ => {}
        }
        self.frames_grabbed += 1;
        self.position().map(Some)
    }

    fn retrieve(&mut self) -> Result<Picture, SourceError> {
        if !self.capture.retrieve(&mut self.decoded, 0)? || self.decoded.empty() {
            return Err(SourceError::Undecodable);
        }
        let size = self.decoded.size()?;
        if self.decoded.typ() != opencv::core::CV_8UC3 || !self.decoded.is_continuous() {
            return Err(SourceError::Undecodable);
        }
        Ok(Picture::new(size.width as usize, size.height as usize, self.decoded.data_bytes()?.to_vec()))
    }
}

fn describe(capture: &VideoCapture, kind: Kind) -> Result<SourceInfo, SourceError> {
    let fps = capture.get(videoio::CAP_PROP_FPS)?;
    let code = capture.get(videoio::CAP_PROP_FOURCC)? as u32;
    let frames = capture.get(videoio::CAP_PROP_FRAME_COUNT)?;
    Ok(SourceInfo {
        width: capture.get(videoio::CAP_PROP_FRAME_WIDTH)? as usize,
        height: capture.get(videoio::CAP_PROP_FRAME_HEIGHT)? as usize,
        // Above 240 a container means its clock's tick, not frames.
        fps: (fps.is_finite() && fps > 0.0 && fps <= 240.0).then_some(fps),
        codec: code.to_le_bytes().iter().map(|&b| char::from(b)).filter(char::is_ascii_graphic).collect(),
        frames: (kind == Kind::Recording && frames >= 1.0).then_some(frames as u64),
    })
}

fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

/// Keeps OpenCV and FFmpeg from writing to stderr on their own: what they print is not a line of our log, and may hold
/// a URL with its password. To be called first thing in `main`.
pub fn silence_native_logs() {
    for (variable, value) in [("OPENCV_LOG_LEVEL", "SILENT"), ("OPENCV_FFMPEG_LOGLEVEL", "-8")] {
        if std::env::var_os(variable).is_none() {
            // SAFETY: called before any other thread exists, so nobody reads the environment meanwhile.
            unsafe { std::env::set_var(variable, value) };
        }
    }
}

impl From<opencv::Error> for SourceError {
    fn from(error: opencv::Error) -> Self {
        // Only the code: OpenCV's message may quote the URL.
        SourceError::OpenCv(format!("error {}", error.code))
    }
}
