//! The thread `<camera>-read`: opens the camera, times its frames, hands on those that are to be looked at.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::activity::{Activity, State, Trouble};
use super::attention::{Attention, Worth};
use super::backoff::{Backoff, Pace};
use super::frame_queue::{Delivery, Disconnected, FrameSender, Plan};
use super::lease::Lease;
use super::repeated_log::RepeatedLog;
use super::session::{End, FrameCounts, Session};
use super::stop::StopToken;
use super::{Camera, Opener};
use crate::detect::PacketGate;
use crate::diagnostics::in_words;
use crate::source::{Frame, FrameSource, Picture, PicturePool, PictureWatch, Reason, Sight, SourceError};
use crate::time::{Clock, UtcMicros};

/// A clone is the reader's successor, once it has a lease of its own.
#[derive(Clone)]
pub struct Reader {
    pub camera: Arc<Camera>,
    pub opener: Arc<dyn Opener>,
    pub frames: FrameSender,
    /// Hands on every frame, not only those to look at: an annotated video wants them all.
    pub every_frame: bool,
    pub clock: Arc<dyn Clock>,
    pub stop: StopToken,
    pub activity: Arc<Activity>,
    pub lease: Arc<Lease>,
    /// Of the session that began last.
    pub generation: Arc<AtomicU64>,
}

/// So many panics one after another, and somebody has to look after the camera.
const PANIC_LOOP: u32 = 5;

/// How one session went, as far as the next is concerned.
enum Outcome {
    /// Nothing is left to read: the recording is over, a stop was requested, or nobody wants the frames any more.
    Finished,
    Failed(SourceError),
}

impl Reader {
    /// Live cameras are opened again for ever; a recording is played once. Gives the reason when a recording failed.
    pub fn run(self) -> Result<(), String> {
        let result = self.run_sessions();
        let has_failed = result.is_err() || matches!(self.activity.state(), State::Failed(_));
        if !has_failed && !self.lease.is_revoked() {
            self.activity.is_in(State::Done);
        }
        result
    }

    fn run_sessions(&self) -> Result<(), String> {
        let mut backoff = Backoff::default();
        let mut log = RepeatedLog::default();
        let mut packets = PacketGate::default();
        loop {
            let begun = Instant::now();
            self.activity.reader.beat();
            let attempt = catch_unwind(AssertUnwindSafe(|| self.session(&mut packets)));
            if self.lease.is_revoked() {
                log::warn!("{}: a call that had hung came back; a successor reads by now", self.camera.config.source);
                return Ok(());
            }
            let (trouble, reason, pace) = match attempt {
                Ok(Outcome::Finished) => return Ok(()),
                Ok(Outcome::Failed(error)) => {
                    let pace = if error.reason().retry_slowly() { Pace::Locked } else { Pace::Away };
                    (Trouble::from(error.reason()), in_words(&error), pace)
                }
                Err(_) => {
                    let reason = "the reader panicked (see above)";
                    (Trouble::new("internal", reason), reason.to_owned(), Pace::Broken)
                }
            };
            self.activity.reader.failed(reason.as_str());
            if self.camera.recording.is_some() {
                log::error!("{}: {reason}", self.camera.config.source);
                self.activity.is_in(State::Failed(trouble));
                return Err(reason);
            }
            let wait = backoff.after(begun.elapsed(), pace, jitter(self.clock.now()));
            let looping = pace == Pace::Broken && backoff.failures() >= PANIC_LOOP;
            self.activity.is_in(if looping { State::Failed(trouble) } else { State::Troubled(trouble) });
            log.warn(&reason, || {
                format!("{}: {reason}; trying again in {:.1} s", self.camera.config.source, wait.as_secs_f64())
            });
            if self.stop.wait(wait) {
                return Ok(());
            }
        }
    }

    fn session(&self, packets: &mut PacketGate) -> Outcome {
        let mut source = match self.lease.watch(|| self.opener.open(&self.camera.config)) {
            Ok(source) => source,
            Err(error) => return Outcome::Failed(error),
        };
        if self.is_over() {
            return Outcome::Finished;
        }
        let generation = self.generation.fetch_add(1, Ordering::SeqCst) + 1;
        self.log_opened(source.as_ref());
        let mut session = None;
        let result = self.play(source.as_mut(), generation, &mut session, packets);
        if let Some(session) = session {
            self.warn_when_short(&session, source.as_ref(), &result);
            let end = match &result {
                Ok(true) => End::Complete,
                Ok(false) | Err(Interrupted::NobodyListens) => End::Stopped,
                Err(Interrupted::Source(error)) => End::Failed(in_words(error)),
            };
            // Fails only when nobody is left to be told.
            let _ = self.frames.send(Delivery::Ended { session, end });
        }
        // Closing a connection may take as long as opening one.
        self.lease.watch(|| drop(source));
        match result {
            Ok(_) | Err(Interrupted::NobodyListens) => Outcome::Finished,
            Err(Interrupted::Source(error)) => Outcome::Failed(error),
        }
    }

    /// Reads to the end (true) or until a stop is requested (false).
    fn play(
        &self,
        source: &mut dyn FrameSource,
        generation: u64,
        opened: &mut Option<Arc<Session>>,
        packets: &mut PacketGate,
    ) -> Result<bool, Interrupted> {
        let mut attention = Attention::new(&self.camera.config, packets);
        let (mut watch, mut pictures) = (PictureWatch::default(), PicturePool::default());
        while !self.is_over() {
            let Some(position) = self.lease.watch(|| source.grab())? else {
                return match opened {
                    Some(_) => Ok(true),
                    None => Err(SourceError::NotAVideo("it holds no frame").into()),
                };
            };
            if self.lease.is_revoked() {
                return Ok(false);
            }
            let at = self.time_of_frame(position);
            let session = opened.get_or_insert_with(|| self.begin(generation, at));
            session.frames.read.fetch_add(1, Ordering::Relaxed);
            self.activity.moved_to(position);
            self.activity.reader.beat();
            if source.is_behind() {
                continue;
            }
            let seconds = at.seconds_since(session.began);
            // A frame that is only to be drawn on is decoded all the same.
            let compressed = if self.every_frame { None } else { source.compressed() };
            let is_due = match attention.worth(seconds, compressed) {
                Worth::Picture => true,
                Worth::Nothing if self.every_frame => false,
                Worth::Nothing => continue,
                Worth::Known(picture, plan) => {
                    self.hand_on(session, Frame { at, picture }, Some(plan))?;
                    continue;
                }
            };
            let picture = self.lease.watch(|| pictures.retrieve(source))?;
            let fresh = if is_due { self.judge(&mut watch, seconds, &picture)? } else { None };
            let look = fresh.map(|fresh| attention.glance(seconds, &picture, fresh));
            if look.is_some() || self.every_frame {
                self.hand_on(session, Frame { at, picture }, look)?;
            }
        }
        Ok(false)
    }

    fn hand_on(&self, session: &Arc<Session>, frame: Frame, look: Option<Plan>) -> Result<(), Disconnected> {
        self.frames.send(Delivery::Frame { session: Arc::clone(session), frame, look })
    }

    /// Whether the picture is a new one; `None` while a live camera sees nothing at all. Of a recording every picture is what
    /// it is.
    fn judge(&self, watch: &mut PictureWatch, seconds: f64, picture: &Picture) -> Result<Option<bool>, SourceError> {
        if self.camera.recording.is_some() {
            return Ok(Some(true));
        }
        let sight = watch.observe(seconds, picture);
        if watch.has_switched() {
            let light = if watch.is_infrared() { "infrared (grey pictures)" } else { "colour" };
            log::info!("{}: switched to {light}", self.camera.config.source);
        }
        match sight {
            Sight::Frozen { .. } => Err(SourceError::Camera(Reason::Frozen)),
            Sight::Black { .. } => {
                let black = State::Troubled(Reason::Black.into());
                if self.activity.state() != black {
                    log::warn!("{}: {}", self.camera.config.source, Reason::Black);
                    self.activity.is_in(black);
                }
                Ok(None)
            }
            Sight::Fresh | Sight::Repeat => {
                if self.activity.state() != State::Counting {
                    self.activity.is_in(State::Counting);
                }
                Ok(Some(sight == Sight::Fresh))
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stop.is_requested() || self.lease.is_revoked()
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
        self.activity.begins(generation);
        let session = Arc::new(Session {
            camera: self.camera.id,
            generation,
            began,
            recording: self.camera.recording,
            frames: FrameCounts::default(),
        });
        self.activity.tally.follow(Arc::clone(&session));
        session
    }

    fn log_opened(&self, source: &dyn FrameSource) {
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
            self.activity.lasts(duration);
        }
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
    NobodyListens,
}

impl From<SourceError> for Interrupted {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<Disconnected> for Interrupted {
    fn from(Disconnected: Disconnected) -> Self {
        Self::NobodyListens
    }
}

/// 0..1 from the clock's microseconds: enough to keep cameras from coming back in step.
fn jitter(now: UtcMicros) -> f64 {
    (now.0.rem_euclid(1000)) as f64 / 1000.0
}
