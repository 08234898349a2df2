//! A recording and all its variants.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use md5::{Digest, Md5};
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture};
use tempfile::TempDir;

use super::clip::Clip;
use super::variant::Variant;
use super::{encode, opencv_failed, packets};

/// A recording in all its variants, made when they are asked for first, and kept. Cameras share it.
pub struct Media {
    recording: PathBuf,
    /// Where encoded variants are kept.
    folder: PathBuf,
    /// Number of frames of each variant.
    pub frames: usize,
    /// Frames a second.
    pub fps: f64,
    made: [Mutex<Made>; Variant::ALL.len()],
    _temporary: Option<TempDir>,
}

#[derive(Default)]
struct Made {
    clip: Option<Arc<Clip>>,
    jpegs: Option<Arc<Vec<Vec<u8>>>>,
}

impl Media {
    /// Encoded variants stay in `folder` for the next process, or in a temporary one while this lives.
    pub fn open(recording: &Path, folder: Option<&Path>) -> io::Result<Self> {
        let content = Md5::digest(fs::read(recording)?);
        let capture = VideoCapture::from_file(recording, videoio::CAP_FFMPEG).map_err(opencv_failed)?;
        let frames = capture.get(videoio::CAP_PROP_FRAME_COUNT).map_err(opencv_failed)? as usize;
        let fps = capture.get(videoio::CAP_PROP_FPS).map_err(opencv_failed)?;
        if frames == 0 || fps <= 0.0 {
            return Err(io::Error::other(format!("{} is not a recording", recording.display())));
        }
        let temporary = folder.is_none().then(tempfile::tempdir).transpose()?;
        let folder = folder.or(temporary.as_ref().map(TempDir::path)).expect("one of the two is there");
        let stem = recording.file_stem().unwrap_or_default().to_string_lossy();
        let short: String = content[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            recording: recording.to_owned(),
            folder: folder.join(format!("{stem}-{short}")),
            frames,
            fps,
            made: Default::default(),
            _temporary: temporary,
        })
    }

    /// Length of one turn, in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / self.fps
    }

    /// The variant's undecoded pictures. Encoding them takes seconds when the folder does not have them yet.
    pub fn clip(&self, variant: Variant) -> io::Result<Arc<Clip>> {
        let mut made = self.made[variant.index()].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clip) = &made.clip {
            return Ok(Arc::clone(clip));
        }
        let clip = Arc::new(self.make_clip(variant)?);
        made.clip = Some(Arc::clone(&clip));
        Ok(clip)
    }

    /// The variant's pictures as JPEG files, one a frame.
    pub fn jpegs(&self, variant: Variant) -> io::Result<Arc<Vec<Vec<u8>>>> {
        let mut made = self.made[variant.index()].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(jpegs) = &made.jpegs {
            return Ok(Arc::clone(jpegs));
        }
        let jpegs = Arc::new(encode::jpegs(&self.recording, variant)?);
        self.check_length(variant, jpegs.len())?;
        made.jpegs = Some(Arc::clone(&jpegs));
        Ok(jpegs)
    }

    fn make_clip(&self, variant: Variant) -> io::Result<Clip> {
        let clip = match variant {
            Variant::Hevc => packets::read_file(&self.kept_in_hevc(), variant.codec())?,
            _ => packets::read_pieces(&self.encoded(variant)?, variant.codec())?,
        };
        self.check_length(variant, clip.frames.len())?;
        Ok(clip)
    }

    fn kept_in_hevc(&self) -> PathBuf {
        let stem = self.recording.file_stem().unwrap_or_default().to_string_lossy();
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("media/{stem}.hevc.mp4"))
    }

    /// The folder with the variant's pieces.
    fn encoded(&self, variant: Variant) -> io::Result<PathBuf> {
        let pieces = self.folder.join(variant.name());
        if !pieces.exists() {
            fs::create_dir_all(&self.folder)?;
            let unfinished = tempfile::tempdir_in(&self.folder)?;
            encode::pieces(&self.recording, variant, self.fps, unfinished.path())?;
            // Whoever else was making it meanwhile has made the same.
            match fs::rename(unfinished.path(), &pieces) {
                Err(error) if !pieces.exists() => return Err(error),
                _ => {}
            }
        }
        Ok(pieces)
    }

    fn check_length(&self, variant: Variant, frames: usize) -> io::Result<()> {
        if frames == self.frames {
            return Ok(());
        }
        let (file, promised) = (self.recording.display(), self.frames);
        Err(io::Error::other(format!("{file}: {frames} frames of {promised} in its variant {}", variant.name())))
    }
}
