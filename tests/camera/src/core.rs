//! What a camera's threads share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use crate::access::{Access, md5_hex};
use crate::frame_clock::FrameClock;
use crate::media::Media;
use crate::mode::{Cut, Mode};

pub struct Core {
    pub media: Arc<Media>,
    pub access: Option<Access>,
    /// For Digest authentication.
    pub nonce: String,
    pub clock: FrameClock,
    /// The clock's beginning by the wall clock.
    pub begun_at: SystemTime,
    pub counts: Counts,
    state: Mutex<State>,
}

/// Since the camera's start.
#[derive(Default)]
pub struct Counts {
    /// Accepted.
    pub connections: AtomicU64,
    /// ... that are still open.
    pub open: AtomicU64,
    /// Descriptions or streams that were asked for, answered or not.
    pub asked: AtomicU64,
    /// Requests that were answered with 401, the first one of every client without a proof among them.
    pub unauthorized: AtomicU64,
    /// Streams that began.
    pub streams: AtomicU64,
    /// Whole frames, over all connections.
    pub frames: AtomicU64,
}

impl Counts {
    pub fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Clone, Copy, Debug)]
pub struct State {
    pub mode: Mode,
    /// Number of the frame that was due when the mode began.
    pub since_frame: u64,
    /// The last cut that was ordered, and how many were.
    pub cut: Cut,
    pub cuts: u64,
    /// When it last became well; `None` while it is not.
    pub well_since: Option<Instant>,
}

impl Core {
    pub fn new(media: Arc<Media>, access: Option<Access>) -> Self {
        let (begun, begun_at) = (Instant::now(), SystemTime::now());
        let state = State { mode: Mode::Ok, since_frame: 0, cut: Cut::Close, cuts: 0, well_since: Some(begun) };
        Self {
            access,
            nonce: md5_hex(&format!("{begun:?} {begun_at:?} {}", std::process::id())),
            clock: FrameClock { begun, fps: media.fps, frames: media.frames },
            begun_at,
            counts: Counts::default(),
            state: Mutex::new(state),
            media,
        }
    }

    pub fn state(&self) -> State {
        *self.lock()
    }

    pub fn mode(&self) -> Mode {
        self.state().mode
    }

    pub fn enter(&self, mode: Mode) {
        let now = Instant::now();
        let mut state = self.lock();
        if mode == state.mode {
            return;
        }
        if let Some(cut) = mode.ends_connections(state.mode) {
            (state.cut, state.cuts) = (cut, state.cuts + 1);
        }
        state.mode = mode;
        state.since_frame = self.clock.number_at(now);
        state.well_since = (mode == Mode::Ok).then_some(now);
    }

    /// Ends all connections that are open now.
    pub fn cut(&self, cut: Cut) {
        let mut state = self.lock();
        (state.cut, state.cuts) = (cut, state.cuts + 1);
        if state.mode == Mode::Ok {
            state.well_since = Some(Instant::now());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
