//! A recording played as a camera sends: every frame when it is due, from the beginning again at the end, without a gap.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Compressed, FrameSource, Picture, SourceError, SourceInfo};
use crate::time::{Clock, UtcMicros};

/// A source that can be wound.
pub trait Replay: FrameSource {
    /// The frame that is grabbed next is the one with this number, counted from 0; positions count from it.
    fn seek(&mut self, frame: u64) -> Result<(), SourceError>;
}

/// When it is, and how to wait: the real one sleeps, tests let time pass.
pub trait Pace: Send {
    fn now(&self) -> UtcMicros;
    fn wait(&self, duration: Duration);
}

/// The service's clock.
pub struct RealPace(pub Arc<dyn Clock>);

impl Pace for RealPace {
    fn now(&self) -> UtcMicros {
        self.0.now()
    }

    fn wait(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// What a camera keeps for a reader that is late: about as much as network and camera buffer. Later than that it begins to
/// leave frames out.
const BUFFERED: Duration = Duration::from_secs(1);

/// How the playing went, for whoever wants to know.
#[derive(Debug, Default)]
pub struct PaceLog {
    zero: OnceLock<UtcMicros>,
    missed: AtomicU64,
    latest_us: AtomicI64,
}

impl PaceLog {
    /// When the recording's first frame was due, or would have been, in the first round; `None` before the first frame.
    pub fn zero(&self) -> Option<UtcMicros> {
        self.zero.get().copied()
    }

    /// Frames that a camera would have left out because nobody took them.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// How late the latest frame was taken.
    pub fn latest(&self) -> Duration {
        Duration::from_micros(self.latest_us.load(Ordering::Relaxed).max(0) as u64)
    }
}

pub struct PacedSource<S, P> {
    source: S,
    pace: P,
    info: SourceInfo,
    log: Arc<PaceLog>,
    period: Duration,
    /// The frame that the playing begins with; later rounds begin with the first.
    phase: u64,
    /// When the frame at position 0 of this round is due; `None` before the first frame.
    round: Option<UtcMicros>,
    /// When the last frame was due.
    due: UtcMicros,
    began: UtcMicros,
}

impl<S: Replay, P: Pace> PacedSource<S, P> {
    /// Plays from frame `phase` on.
    ///
    /// # Errors
    /// When the recording cannot be wound there.
    pub fn new(mut source: S, pace: P, phase: u64, log: Arc<PaceLog>) -> Result<Self, SourceError> {
        // As a camera, it does not say how long it is.
        let info = SourceInfo { frames: None, ..source.info().clone() };
        // 25: what cameras send when nothing is known
        let period = Duration::from_secs_f64(1.0 / info.fps.unwrap_or(25.0));
        if phase > 0 {
            source.seek(phase)?;
        }
        let began = pace.now();
        Ok(Self { source, pace, info, log, period, phase, round: None, due: began, began })
    }

    /// The position of the next frame in its round; at the end the next round begins.
    fn advance(&mut self) -> Result<Duration, SourceError> {
        if let Some(position) = self.source.grab()? {
            return Ok(position);
        }
        self.source.seek(0)?;
        self.round = Some(self.due + self.period);
        self.source.grab()?.ok_or(SourceError::NotAVideo("it holds no frame"))
    }

    /// A frame that is too late was due later: those between were left out.
    fn catch_up(&mut self, late: Duration) {
        let missed = (late.as_secs_f64() / self.period.as_secs_f64()).floor();
        let left_out = self.period.mul_f64(missed);
        self.log.missed.fetch_add(missed as u64, Ordering::Relaxed);
        self.round = self.round.map(|round| round + left_out);
        self.due = self.due + left_out;
    }
}

impl<S: Replay, P: Pace> FrameSource for PacedSource<S, P> {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        let position = self.advance()?;
        let now = self.pace.now();
        let round = *self.round.get_or_insert_with(|| {
            // Fails only when it has been told before, by an earlier session of this camera.
            let _ = self.log.zero.set(now - self.period * self.phase as u32);
            self.began = now;
            now
        });
        self.due = round + position;
        match u64::try_from(now.0 - self.due.0) {
            Ok(late) => {
                self.log.latest_us.fetch_max(late as i64, Ordering::Relaxed);
                let late = Duration::from_micros(late);
                if late > BUFFERED {
                    self.catch_up(late);
                }
            }
            Err(_) => self.pace.wait(Duration::from_micros((self.due.0 - now.0) as u64)),
        }
        Ok(Some(Duration::from_micros((self.due.0 - self.began.0).max(0) as u64)))
    }

    fn compressed(&self) -> Option<Compressed> {
        self.source.compressed()
    }

    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
        self.source.retrieve_into(picture)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::*;

    const PERIOD: Duration = Duration::from_millis(100);

    /// Five frames, 10 a second, whose pictures hold their numbers.
    struct Five {
        info: SourceInfo,
        next: u64,
        sought: u64,
    }

    impl Five {
        fn new(frames: u64) -> Self {
            let info = SourceInfo { width: 1, height: 1, fps: Some(10.0), codec: String::new(), frames: Some(frames) };
            Self { info, next: 0, sought: 0 }
        }
    }

    impl FrameSource for Five {
        fn info(&self) -> &SourceInfo {
            &self.info
        }

        fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
            if Some(self.next) >= self.info.frames {
                return Ok(None);
            }
            self.next += 1;
            Ok(Some(PERIOD * (self.next - 1 - self.sought) as u32))
        }

        fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
            *picture = Picture::filled(1, 1, [(self.next - 1) as u8; 3]);
            Ok(())
        }
    }

    impl Replay for Five {
        fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
            (self.next, self.sought) = (frame, frame);
            Ok(())
        }
    }

    /// Time passes while somebody waits, and when it is set, us.
    #[derive(Clone, Default)]
    struct ManualPace(Arc<AtomicI64>);

    impl ManualPace {
        fn passes(&self, duration: Duration) {
            self.0.fetch_add(duration.as_micros() as i64, Ordering::Relaxed);
        }
    }

    impl Pace for ManualPace {
        fn now(&self) -> UtcMicros {
            UtcMicros(self.0.load(Ordering::Relaxed))
        }

        fn wait(&self, duration: Duration) {
            self.passes(duration);
        }
    }

    /// Milliseconds at which the next frames are given, and their numbers.
    fn given(source: &mut PacedSource<Five, ManualPace>, count: usize) -> Vec<(i64, u8)> {
        let frame = |_| {
            source.grab().unwrap();
            (source.pace.now().0 / 1000, source.retrieve().unwrap().bgr()[0])
        };
        (0..count).map(frame).collect()
    }

    fn source(frames: u64, phase: u64) -> (PacedSource<Five, ManualPace>, ManualPace, Arc<PaceLog>) {
        let (pace, log) = (ManualPace::default(), Arc::new(PaceLog::default()));
        pace.passes(Duration::from_secs(1));
        (PacedSource::new(Five::new(frames), pace.clone(), phase, Arc::clone(&log)).unwrap(), pace, log)
    }

    #[test]
    fn frames_come_when_they_are_due_round_after_round() {
        let (mut source, _, log) = source(5, 3);
        let expected = [(1000, 3), (1100, 4), (1200, 0), (1300, 1), (1400, 2), (1500, 3), (1600, 4), (1700, 0)];
        assert_eq!(given(&mut source, 8), expected);
        assert_eq!(source.info().frames, None, "a camera has no length");
        assert_eq!(log.zero(), Some(UtcMicros(700_000)), "the first frame would have been due three periods before");
        assert_eq!((log.missed(), log.latest()), (0, Duration::ZERO));
        assert_eq!(source.grab().unwrap(), Some(PERIOD * 8), "positions go on from round to round");
    }

    #[test]
    fn a_reader_that_is_a_little_late_gets_what_it_missed_at_once() {
        let (mut source, pace, log) = source(5, 0);
        assert_eq!(given(&mut source, 2), [(1000, 0), (1100, 1)]);
        pace.passes(Duration::from_millis(450));
        let expected = [(1550, 2), (1550, 3), (1550, 4), (1550, 0), (1600, 1)];
        assert_eq!(given(&mut source, 5), expected);
        assert_eq!((log.missed(), log.latest()), (0, Duration::from_millis(350)));
    }

    #[test]
    fn a_reader_that_is_too_late_misses_frames() {
        let (mut source, pace, log) = source(5, 0);
        assert_eq!(given(&mut source, 1), [(1000, 0)]);
        pace.passes(Duration::from_millis(2150));
        // Frame 1 was due at 1100, 2050 ms ago: twenty were left out, and the next one is due at 3200.
        assert_eq!(given(&mut source, 3), [(3150, 1), (3200, 2), (3300, 3)]);
        assert_eq!(log.missed(), 20);
    }

    #[test]
    fn a_recording_without_a_frame_is_an_error() {
        assert!(source(0, 0).0.grab().is_err());
    }
}
