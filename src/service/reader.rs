//! The thread `<camera>-read`: opens the camera, times its frames, hands on those that are to be looked at.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::frame_queue::{Delivery, Disconnected, FrameSender};
use super::look_timer::LookTimer;
use super::session::{Activity, End, FrameCounts, Session};
use super::stop::StopToken;
use super::wiring::{Camera, Opener};
use crate::diagnostics::in_words;
use crate::source::{Frame, FrameSource, SourceError};
use crate::time::{Clock, UtcMicros};

pub struct Reader {
    pub camera: Arc<Camera>,
    pub opener: Arc<dyn Opener>,
    pub frames: FrameSender,
    /// Hands on every frame, not only those to look at: an annotated video wants them all.
    pub every_frame: bool,
    pub clock: Arc<dyn Clock>,
    pub stop: StopToken,
    pub activity: Activity,
}

/// Why the reader went through one session and what it does next.
enum Outcome {
    /// Nothing is left to read: the recording is over, a stop was requested, or the detector has gone.
    Finished,
    Failed(SourceError),
}

impl Reader {
    /// Live cameras are opened again for ever; a recording is played once. Gives the reason when a recording failed.
    pub fn run(self) -> Result<(), String> {
        let mut backoff = Backoff::default();
        for generation in 1.. {
            let begun = Instant::now();
            let attempt = catch_unwind(AssertUnwindSafe(|| self.session(generation)));
            let reason = match attempt {
                Ok(Outcome::Finished) => return Ok(()),
                Ok(Outcome::Failed(error)) => in_words(&error),
                Err(_) => "the reader panicked (see above)".to_owned(),
            };
            if self.camera.recording.is_some() {
                log::error!("{}: {reason}", self.camera.config.source);
                return Err(reason);
            }
            let wait = backoff.after(begun.elapsed(), jitter(self.clock.now()));
            log::warn!("{}: {reason}; trying again in {:.1} s", self.camera.config.source, wait.as_secs_f64());
            if self.stop.wait(wait) {
                break;
            }
        }
        Ok(())
    }

    fn session(&self, generation: u64) -> Outcome {
        let mut source = match self.opener.open(&self.camera.config) {
            Ok(source) => source,
            Err(error) => return Outcome::Failed(error),
        };
        let info = source.info();
        log::info!(
            "{}: {}x{} at {} fps, {}",
            self.camera.config.source,
            info.width,
            info.height,
            info.fps.map_or("unknown".to_owned(), |fps| format!("{fps:.2}")),
            if info.codec.is_empty() { "codec unknown" } else { &info.codec },
        );
        if let Some(duration) = info.duration() {
            let activity = self.activity.camera(self.camera.index);
            activity.duration_ms.store(duration.as_millis() as u64, Ordering::Relaxed);
        }
        let mut session = None;
        let result = self.play(source.as_mut(), generation, &mut session);
        if let Some(session) = session {
            self.warn_when_short(&session, source.as_ref(), &result);
            let end = match &result {
                Ok(true) => End::Complete,
                Ok(false) | Err(Interrupted::DetectorGone) => End::Stopped,
                Err(Interrupted::Source(error)) => End::Failed(in_words(error)),
            };
            // Fails only when the detector has gone, and then nobody is left to be told.
            let _ = self.frames.send(Delivery::Ended { session, end });
        }
        match result {
            Ok(_) | Err(Interrupted::DetectorGone) => Outcome::Finished,
            Err(Interrupted::Source(error)) => Outcome::Failed(error),
        }
    }

    /// Reads to the end (true) or until a stop is requested (false).
    fn play(
        &self,
        source: &mut dyn FrameSource,
        generation: u64,
        opened: &mut Option<Arc<Session>>,
    ) -> Result<bool, Interrupted> {
        let mut due = LookTimer::new(self.camera.config.looks_per_second);
        while !self.stop.is_requested() {
            let Some(position) = source.grab()? else {
                return match opened {
                    Some(_) => Ok(true),
                    None => Err(SourceError::NotAVideo("it holds no frame").into()),
                };
            };
            let at = self.time_of_frame(position);
            let session = opened.get_or_insert_with(|| self.begin(generation, at));
            session.frames.read.fetch_add(1, Ordering::Relaxed);
            self.activity.camera(self.camera.index).moved_to(position);
            let look = due.is_due(at.seconds_since(session.began));
            if look || self.every_frame {
                let frame = Frame { at, picture: Arc::new(source.retrieve()?) };
                self.frames.send(Delivery::Frame { session: Arc::clone(session), frame, look })?;
            }
        }
        Ok(false)
    }

    /// Recordings are dated by their start and the position in them, so that they give the same rows at any speed of the
    /// machine. Live frames are dated at receipt: the timestamps of live streams lie.
    fn time_of_frame(&self, position: Duration) -> UtcMicros {
        match &self.camera.recording {
            Some(recording) => recording.start + position,
            None => self.clock.now(),
        }
    }

    fn begin(&self, generation: u64, began: UtcMicros) -> Arc<Session> {
        Arc::new(Session {
            camera: self.camera.index,
            generation,
            began,
            recording: self.camera.recording,
            frames: FrameCounts::default(),
        })
    }

    /// A decoder cannot tell the end of a file from damage in it; the container's own count can.
    fn warn_when_short(&self, session: &Session, source: &dyn FrameSource, result: &Result<bool, Interrupted>) {
        let read = session.frames.read.load(Ordering::Relaxed);
        if let (Ok(true), Some(promised)) = (result, source.info().frames)
            && read + SHORT_BY < promised
        {
            log::warn!(
                "{}: ended after {read} of the {promised} frames that the file promises: it may be damaged",
                self.camera.config.source
            );
        }
    }
}

/// Containers estimate their frame count from duration and rate, and are off by a few.
const SHORT_BY: u64 = 10;

enum Interrupted {
    Source(SourceError),
    DetectorGone,
}

impl From<SourceError> for Interrupted {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<Disconnected> for Interrupted {
    fn from(Disconnected: Disconnected) -> Self {
        Self::DetectorGone
    }
}

/// 0..1 from the clock's microseconds: enough to keep cameras from coming back in step.
fn jitter(now: UtcMicros) -> f64 {
    (now.0.rem_euclid(1000)) as f64 / 1000.0
}
