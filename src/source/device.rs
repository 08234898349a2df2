//! USB cameras through OpenCV's VideoCapture and Video4Linux.

use std::path::Path;
use std::time::{Duration, Instant};

use opencv::core::Mat;
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture};

use super::live_health::{Grab, LiveHealth};
use super::video::can_be_read;
use super::{FrameSource, LiveTimeouts, Picture, Reason, SourceError, SourceInfo};

/// An open USB camera.
pub struct DeviceSource {
    capture: VideoCapture,
    info: SourceInfo,
    opened: Instant,
    health: LiveHealth,
    first: Option<Instant>,
}

impl DeviceSource {
    /// Opens a camera by its number, as in `/dev/videoN`.
    pub fn open(number: u32, timeouts: LiveTimeouts) -> Result<Self, SourceError> {
        let number = i32::try_from(number).map_err(|_| SourceError::Missing)?;
        can_be_read(Path::new(&format!("/dev/video{number}")))?;
        let capture = VideoCapture::new(number, videoio::CAP_V4L2)?;
        if !capture.is_opened()? {
            return Err(SourceError::Camera(Reason::NoAnswer));
        }
        let (info, opened) = (describe(&capture)?, Instant::now());
        Ok(Self { capture, info, opened, health: LiveHealth::new(timeouts.read), first: None })
    }
}

impl FrameSource for DeviceSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        let begun = Instant::now();
        let grabbed = self.capture.grab()?;
        let now = Instant::now();
        let grab = Grab { grabbed, took: now - begun, at: now - self.opened, damaged: 0 };
        self.health.judge(&grab).map_err(SourceError::Camera)?;
        Ok(Some(now - *self.first.get_or_insert(now)))
    }

    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
        let (width, height) = (self.info.width, self.info.height);
        picture.resize(width, height);
        // OpenCV converts into the picture's own memory, unless the picture has another size by now.
        let mut own = Mat::new_rows_cols_with_data_mut(height as i32, (width * 3) as i32, picture.bgr_mut())?;
        let mut decoded = own.reshape_mut(3, height as i32)?;
        let place = decoded.data();
        let retrieved = self.capture.retrieve(&mut decoded, 0)?;
        if !retrieved || decoded.empty() || decoded.typ() != opencv::core::CV_8UC3 {
            return Err(SourceError::Undecodable);
        }
        if decoded.data() == place { Ok(()) } else { Err(SourceError::Camera(Reason::Changed)) }
    }
}

fn describe(capture: &VideoCapture) -> Result<SourceInfo, SourceError> {
    let fps = capture.get(videoio::CAP_PROP_FPS)?;
    let code = capture.get(videoio::CAP_PROP_FOURCC)? as u32;
    Ok(SourceInfo {
        width: capture.get(videoio::CAP_PROP_FRAME_WIDTH)? as usize,
        height: capture.get(videoio::CAP_PROP_FRAME_HEIGHT)? as usize,
        fps: (fps.is_finite() && fps > 0.0 && fps <= 240.0).then_some(fps),
        codec: code.to_le_bytes().iter().map(|&b| char::from(b)).filter(char::is_ascii_graphic).collect(),
        frames: None,
    })
}

impl From<opencv::Error> for SourceError {
    fn from(error: opencv::Error) -> Self {
        // Only the code: OpenCV's message may quote an address.
        SourceError::OpenCv(format!("error {}", error.code))
    }
}
