//! One unbroken connection to one camera, or one recording, and what its threads have done so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::source::Recording;
use crate::time::UtcMicros;

/// Made by the reader when its source is open; travels with every frame, so that nothing that is late can be mistaken
/// for something of the next connection.
#[derive(Debug)]
pub struct Session {
    /// Index of the camera in the configuration.
    pub camera: usize,
    /// Rises from 1 with each connection of this camera in this run.
    pub generation: u64,
    /// Time of the first frame.
    pub began: UtcMicros,
    pub recording: Option<Recording>,
    pub frames: FrameCounts,
}

/// Frames of one session. Written by its reader and detector, read by whoever reports.
#[derive(Debug, Default)]
pub struct FrameCounts {
    pub read: AtomicU64,
    pub looked_at: AtomicU64,
    /// Taken from the live queue by a newer frame before the detector had time for them.
    pub dropped: AtomicU64,
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

/// What each camera is doing, shared with whoever shows progress.
#[derive(Clone, Debug)]
pub struct Activity {
    cameras: Arc<[CameraActivity]>,
}

#[derive(Debug, Default)]
pub struct CameraActivity {
    /// Milliseconds of the recording played so far, and how long it says it is (0: unknown or live).
    pub position_ms: AtomicU64,
    pub duration_ms: AtomicU64,
    pub frames_read: AtomicU64,
}

impl Activity {
    pub fn of(cameras: usize) -> Self {
        Self { cameras: (0..cameras).map(|_| CameraActivity::default()).collect() }
    }

    pub fn camera(&self, index: usize) -> &CameraActivity {
        &self.cameras[index]
    }
}

impl CameraActivity {
    pub fn moved_to(&self, position: std::time::Duration) {
        self.position_ms.store(position.as_millis() as u64, Ordering::Relaxed);
        self.frames_read.fetch_add(1, Ordering::Relaxed);
    }
}
