//! Cameras and recordings through OpenCV's VideoCapture.
//!
//! Learnt by measurement (OpenCV 4.6): the backend must be named, or a URL may be taken for a GStreamer pipeline; the
//! time-outs must be given at open, or a mute camera blocks for 30 s; a parameter the backend does not know makes the
//! open fail; opens take turns (see [`opening`](super::opening)).

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use opencv::core::{Mat, Vector};
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture};
use url::Url;

use super::backlog::Backlog;
use super::knock::knock;
use super::live_health::{Grab, LiveHealth};
use super::native_log::Listener;
use super::opening::{Turn, open_timeout, remember, was_silent};
use super::paced::Replay;
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
    /// Closed before its listener is.
    capture: VideoCapture,
    listener: Listener,
    info: SourceInfo,
    kind: Kind,
    /// Of the pictures, pixels: as the stream said, then as they are.
    size: (usize, usize),
}

enum Kind {
    Recording(Positions),
    Live { opened: Instant, health: LiveHealth, backlog: Backlog, behind: bool, first: Option<Instant> },
}

impl VideoSource {
    /// Opens a recorded file.
    pub fn open_recording(path: &Path) -> Result<Self, SourceError> {
        can_be_read(path)?;
        if path.is_dir() {
            return Err(SourceError::NotAVideo("it is a folder"));
        }
        let name = path.to_str().ok_or(SourceError::NotAVideo("its name is not valid UTF-8"))?;
        let listener = Listener::new();
        let turn = Turn::wait(false).map_err(SourceError::Camera)?;
        let capture = listener.during(|| VideoCapture::from_file(name, videoio::CAP_FFMPEG))?;
        drop(turn);
        if !capture.is_opened()? {
            return Err(SourceError::NotAVideo("no known container or codec, or an incomplete file"));
        }
        let info = describe(&capture, true)?;
        let (positions, size) = (Positions::at(info.fps), (info.width, info.height));
        Ok(Self { capture, listener, info, kind: Kind::Recording(positions), size })
    }

    /// Opens a network camera. `url` is the real one, with its password; it goes nowhere but into FFmpeg.
    pub fn open_stream(url: &str, timeouts: LiveTimeouts) -> Result<Self, SourceError> {
        let address = Url::parse(url).map_err(|_| SourceError::Camera(Reason::Unsupported))?;
        let was_silent = was_silent(url);
        knock(&address, was_silent, Instant::now() + timeouts.open).map_err(SourceError::Camera)?;
        let turn = Turn::wait(was_silent).map_err(SourceError::Camera)?;
        let open_timeout = open_timeout(url, timeouts.open);
        let parameters = Vector::from_slice(&[
            videoio::CAP_PROP_OPEN_TIMEOUT_MSEC,
            milliseconds(open_timeout),
            videoio::CAP_PROP_READ_TIMEOUT_MSEC,
            milliseconds(timeouts.read),
        ]);
        let (listener, begun) = (Listener::new(), Instant::now());
        let capture = listener.during(|| VideoCapture::from_file_with_params(url, videoio::CAP_FFMPEG, &parameters))?;
        // A camera that agrees to everything and sends nothing is open at the end of the time-out, and of no use.
        let took = begun.elapsed();
        let out_of_time = took >= open_timeout;
        drop(turn);
        let why_not = (out_of_time || !capture.is_opened()?).then(|| why_not_opened(&listener, out_of_time));
        remember(url, why_not.map_or(Ok(took), Err));
        if let Some(reason) = why_not {
            return Err(SourceError::Camera(reason));
        }
        let mut source = Self::live(capture, listener, timeouts)?;
        if address.scheme().starts_with("http") {
            // Motion JPEG has no rate: OpenCV says 25 whatever it is.
            source.info.fps = None;
        }
        Ok(source)
    }

    /// Opens a USB camera by its number, as in `/dev/videoN`.
    pub fn open_device(number: u32, timeouts: LiveTimeouts) -> Result<Self, SourceError> {
        let number = i32::try_from(number).map_err(|_| SourceError::Missing)?;
        can_be_read(Path::new(&format!("/dev/video{number}")))?;
        let listener = Listener::new();
        let capture = listener.during(|| VideoCapture::new(number, videoio::CAP_V4L2))?;
        if !capture.is_opened()? {
            return Err(SourceError::Camera(Reason::NoAnswer));
        }
        Self::live(capture, listener, timeouts)
    }

    fn live(capture: VideoCapture, listener: Listener, timeouts: LiveTimeouts) -> Result<Self, SourceError> {
        let info = describe(&capture, false)?;
        let (health, backlog) = (LiveHealth::new(timeouts.read), Backlog::new(info.fps));
        let kind = Kind::Live { opened: Instant::now(), health, backlog, behind: true, first: None };
        let size = (info.width, info.height);
        Ok(Self { capture, listener, info, kind, size })
    }
}

/// OpenCV says the same for a missing, a forbidden and a broken file; a person needs to know which.
fn can_be_read(path: &Path) -> Result<(), SourceError> {
    match File::open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(SourceError::Missing),
        Err(error) => Err(SourceError::Unreadable(error)),
    }
}

/// By what FFmpeg said, and otherwise by how it ended.
fn why_not_opened(listener: &Listener, out_of_time: bool) -> Reason {
    match listener.reason() {
        // Nothing could be decoded because nothing came.
        Some(Reason::Undecodable) | None if out_of_time => Reason::NoAnswer,
        Some(reason) => reason,
        None if listener.answered() => Reason::NotAVideo,
        None => Reason::BrokeOff,
    }
}

impl FrameSource for VideoSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        let begun = Instant::now();
        let grabbed = self.listener.during(|| self.capture.grab())?;
        match &mut self.kind {
            Kind::Recording(_) if !grabbed => Ok(None),
            Kind::Recording(positions) => {
                let ms = self.capture.get(videoio::CAP_PROP_POS_MSEC)?;
                Ok(Some(positions.of_frame(ms)))
            }
            Kind::Live { opened, health, backlog, behind, first } => {
                let now = Instant::now();
                let grab = Grab {
                    grabbed,
                    took: now - begun,
                    at: now - *opened,
                    size: self.listener.size(),
                    damaged: self.listener.damaged(),
                };
                health.judge(&grab).map_err(SourceError::Camera)?;
                *behind = backlog.holds(grab.took, grab.at);
                // Not by the stream's timestamps: a camera that sets its clock back jumps by half a day, and Motion JPEG
                // over HTTP has none.
                Ok(Some(now - *first.get_or_insert(now)))
            }
        }
    }

    fn is_behind(&self) -> bool {
        matches!(self.kind, Kind::Live { behind: true, .. })
    }

    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
        let (width, height) = self.size;
        picture.resize(width, height);
        // OpenCV converts into the picture's own memory, unless the picture has another size by now.
        let mut own = Mat::new_rows_cols_with_data_mut(height as i32, (width * 3) as i32, picture.bgr_mut())?;
        let mut decoded = own.reshape_mut(3, height as i32)?;
        let place = decoded.data();
        let retrieved = self.listener.during(|| self.capture.retrieve(&mut decoded, 0))?;
        if matches!(self.kind, Kind::Live { .. }) && self.listener.other_size() {
            // OpenCV 4.6 hands out the last picture of the old size for ever.
            return Err(SourceError::Camera(Reason::Changed));
        }
        if !retrieved || decoded.empty() || decoded.typ() != opencv::core::CV_8UC3 || !decoded.is_continuous() {
            return Err(SourceError::Undecodable);
        }
        if decoded.data() != place {
            let (size, bytes) = (decoded.size()?, decoded.data_bytes()?.to_vec());
            drop(decoded);
            self.size = (size.width as usize, size.height as usize);
            *picture = Picture::new(self.size.0, self.size.1, bytes);
        }
        Ok(())
    }
}

impl Replay for VideoSource {
    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        let Kind::Recording(positions) = &mut self.kind else {
            return Err(SourceError::NotAVideo("a camera cannot be wound"));
        };
        let sought = self.listener.during(|| self.capture.set(videoio::CAP_PROP_POS_FRAMES, frame as f64))?;
        *positions = Positions::at(self.info.fps);
        if sought { Ok(()) } else { Err(SourceError::NotAVideo("it cannot be wound")) }
    }
}

/// Times of a recording's frames since its first.
struct Positions {
    /// Frames a second, when its timestamps do not help.
    fps: f64,
    /// Timestamp of the first frame, milliseconds as the file counts them.
    first_ms: Option<f64>,
    last: Duration,
}

impl Positions {
    fn at(fps: Option<f64>) -> Self {
        // 25: what cameras send when nothing is known
        Self { fps: fps.unwrap_or(25.0), first_ms: None, last: Duration::ZERO }
    }

    /// The file's own time of the next frame, made to rise: where timestamps stand still or run backwards, it goes on at
    /// the nominal rate.
    fn of_frame(&mut self, ms: f64) -> Duration {
        let Some(first) = self.first_ms else {
            self.first_ms = Some(ms);
            return Duration::ZERO;
        };
        self.last = match Duration::try_from_secs_f64((ms - first) / 1e3) {
            Ok(position) if position > self.last => position,
            _ => self.last + Duration::from_secs_f64(1.0 / self.fps),
        };
        self.last
    }
}

fn describe(capture: &VideoCapture, recording: bool) -> Result<SourceInfo, SourceError> {
    let fps = capture.get(videoio::CAP_PROP_FPS)?;
    let code = capture.get(videoio::CAP_PROP_FOURCC)? as u32;
    let frames = capture.get(videoio::CAP_PROP_FRAME_COUNT)?;
    Ok(SourceInfo {
        width: capture.get(videoio::CAP_PROP_FRAME_WIDTH)? as usize,
        height: capture.get(videoio::CAP_PROP_FRAME_HEIGHT)? as usize,
        // Above 240 a container means its clock's tick, not frames.
        fps: (fps.is_finite() && fps > 0.0 && fps <= 240.0).then_some(fps),
        codec: code.to_le_bytes().iter().map(|&b| char::from(b)).filter(char::is_ascii_graphic).collect(),
        frames: (recording && frames >= 1.0).then_some(frames as u64),
    })
}

fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

impl From<opencv::Error> for SourceError {
    fn from(error: opencv::Error) -> Self {
        // Only the code: OpenCV's message may quote the URL.
        SourceError::OpenCv(format!("error {}", error.code))
    }
}
