//! Plays a recording twice on end: in the first round the gates learn what is usual, the second is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::config::Camera;
use crate::service::{Opener, VideoOpener};
use crate::source::{Compressed, FrameSource, Picture, Replay, SourceError, SourceInfo, VideoSource};

/// What the source did so far, in both rounds.
#[derive(Debug, Default)]
pub struct Played {
    grabbed: AtomicU64,
    decoded: AtomicU64,
    pictures: AtomicU64,
    rounds: AtomicU64,
}

/// Numbers of frames at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames {
    pub grabbed: u64,
    pub decoded: u64,
    /// Converted to colour.
    pub pictures: u64,
}

impl Played {
    pub fn frames(&self) -> Frames {
        let [grabbed, decoded, pictures] =
            [&self.grabbed, &self.decoded, &self.pictures].map(|count| count.load(Ordering::Acquire));
        Frames { grabbed, decoded, pictures }
    }

    pub fn first_round_is_over(&self) -> bool {
        self.rounds.load(Ordering::Acquire) > 0
    }
}

pub struct TwoRoundsOpener {
    pub played: Arc<Played>,
}

impl Opener for TwoRoundsOpener {
    fn open(&self, camera: &Camera) -> Result<Box<dyn FrameSource>, SourceError> {
        let crate::config::Source::Recording { path, .. } = &camera.source else {
            return VideoOpener::default().open(camera);
        };
        let source = VideoSource::open_recording(path)?;
        // As something that is played twice it does not say how long it is.
        let info = SourceInfo { frames: None, ..source.info().clone() };
        let (start, last) = (Duration::ZERO, Duration::ZERO);
        Ok(Box::new(TwoRounds { source, info, played: Arc::clone(&self.played), start, last }))
    }
}

struct TwoRounds {
    source: VideoSource,
    info: SourceInfo,
    played: Arc<Played>,
    /// Of this round.
    start: Duration,
    last: Duration,
}

impl FrameSource for TwoRounds {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        let mut position = self.source.grab()?;
        if position.is_none() && !self.played.first_round_is_over() {
            self.played.rounds.store(1, Ordering::Release);
            self.source.seek(0)?;
            // 25: what cameras send when nothing is known
            self.start = self.last + Duration::from_secs_f64(1.0 / self.info.fps.unwrap_or(25.0));
            position = self.source.grab()?;
        }
        let Some(position) = position else { return Ok(None) };
        self.played.grabbed.fetch_add(1, Ordering::AcqRel);
        self.last = self.start + position;
        Ok(Some(self.last))
    }

    fn compressed(&self) -> Option<Compressed> {
        self.source.compressed()
    }

    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
        self.source.retrieve_into(picture)?;
        self.played.pictures.fetch_add(1, Ordering::AcqRel);
        self.played.decoded.store(self.source.decoded(), Ordering::Release);
        Ok(())
    }
}
