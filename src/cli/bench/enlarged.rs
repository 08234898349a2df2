//! A copy of the recording at 1920 columns, for those who have no recording of that size at hand.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::steps::{failed, goes_on};
use crate::cli::Failure;
use crate::draw::enlarged;
use crate::service::StopToken;
use crate::source::{FrameSource, VideoFile, VideoSource};

pub const WIDTH: usize = 1920;
/// Encoding takes longer than all that is measured.
const AT_MOST: Duration = Duration::from_secs(20);

/// Writes a copy of the recording's beginning into the folder, encoded as OpenCV does: H.264 where FFmpeg has an encoder for it.
pub fn enlarge(recording: &Path, folder: &Path, stop: &StopToken) -> Result<PathBuf, Failure> {
    let mut source = VideoSource::open_recording(recording).map_err(failed)?;
    let path = folder.join("enlarged.mp4");
    let fps = source.info().fps.unwrap_or(25.0);
    let mut file: Option<VideoFile> = None;
    while source.grab().map_err(failed)?.is_some_and(|position| position < AT_MOST) {
        goes_on(stop)?;
        let picture = enlarged(&source.retrieve().map_err(failed)?, WIDTH).map_err(failed)?;
        let (width, height) = (picture.width(), picture.height());
        let file = match &mut file {
            Some(file) => file,
            none => none.insert(VideoFile::create(&path, width, height, fps).map_err(failed)?),
        };
        file.write(&picture).map_err(failed)?;
    }
    Ok(path)
}
