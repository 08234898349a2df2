//! Writing a video: the annotated copy of what a camera saw.

use std::path::{Path, PathBuf};

use opencv::core::{Mat, Size};
use opencv::prelude::*;
use opencv::videoio::{self, VideoWriter};

use super::{Picture, SourceError};

/// A video file being written, H.264 where OpenCV's FFmpeg can encode it, otherwise MPEG-4.
pub struct VideoFile {
    writer: VideoWriter,
    path: PathBuf,
    size: (usize, usize),
}

impl VideoFile {
    /// Creates `path` (`.mp4`) for pictures of `width` x `height` pixels, `fps` a second.
    pub fn create(path: &Path, width: usize, height: usize, fps: f64) -> Result<Self, SourceError> {
        let name = path.to_str().ok_or(SourceError::NotAVideo("its name is not valid UTF-8"))?;
        for code in [['a', 'v', 'c', '1'], ['m', 'p', '4', 'v']] {
            let fourcc = VideoWriter::fourcc(code[0], code[1], code[2], code[3])?;
            let size = Size::new(width as i32, height as i32);
            let writer = VideoWriter::new_with_backend(name, videoio::CAP_FFMPEG, fourcc, fps, size, true)?;
            if writer.is_opened()? {
                return Ok(Self { writer, path: path.to_path_buf(), size: (width, height) });
            }
        }
        Err(SourceError::NotAVideo("no encoder for it, or its folder cannot be written"))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Pictures of another size than the file's are left out: a camera that changes its resolution cannot go on in
    /// the same file.
    pub fn write(&mut self, picture: &Picture) -> Result<(), SourceError> {
        if (picture.width(), picture.height()) != self.size {
            return Ok(());
        }
        let row = Mat::from_slice(picture.bgr())?;
        let image = row.reshape(3, picture.height() as i32)?;
        self.writer.write(&image)?;
        Ok(())
    }
}
