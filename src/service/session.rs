//! One unbroken connection to one camera, or one recording.

use std::sync::atomic::{AtomicU64, Ordering};

use super::coverage::Frames;
use crate::source::Recording;
use crate::time::UtcMicros;

/// Made by the reader when its source is open; travels with every frame, so that nothing that is late can be mistaken
/// for something of the next connection.
#[derive(Debug)]
pub struct Session {
    /// Of the camera in this run.
    pub camera: CameraId,
    /// Rises from 1 with each connection of this camera in this run.
    pub generation: u64,
    /// Time of the first frame.
    pub began: UtcMicros,
    pub recording: Option<Recording>,
    pub frames: FrameCounts,
}

/// A camera of this run: a number that is never given twice, since a camera whose configuration changes becomes a new one.
pub type CameraId = usize;

/// Frames of one session. Written by its reader and detector, read by whoever reports.
#[derive(Debug, Default)]
pub struct FrameCounts {
    pub read: AtomicU64,
    pub looked_at: AtomicU64,
    /// Taken from the live queue by a newer frame before the detector had time for them.
    pub dropped: AtomicU64,
}

impl FrameCounts {
    pub fn now(&self) -> Frames {
        Frames {
            read: self.read.load(Ordering::Relaxed),
            looked_at: self.looked_at.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The recording was played to its last frame.
    Complete,
    /// Somebody stopped the program.
    Stopped,
    /// The source failed; why, in words.
    Failed(String),
}
