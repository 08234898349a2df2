//! From what happens to rows, in the order in which the service would write them.

use super::appearance::Appearance;
use super::chance::Chance;
use super::failures::{Failures, Span};
use super::routes::Leg;
use super::truth::Correction;
use crate::config::Config;
use crate::count::{Crossing, Rejected};
use crate::detect::Class;
use crate::store::{
    BulkWriter, Change, CoverageMinute, NewAdjustment, NewCrossing, NewGap, NewNearCrossing, RunName, SessionBegan,
    SessionEnded, SessionKey, StoreError, Told,
};
use crate::time::UtcMicros;

const MINUTE_US: i64 = 60_000_000;
const FRAMES_A_SECOND: f64 = 12.0;
/// So many a second when the machine is late.
const FEW_LOOKS: f64 = 2.0;
/// Changes of one transaction.
const BATCH: usize = 50_000;
/// What stands for the net in the rows: nobody shall take them for real ones.
pub const MODEL: &str = "simulated";

/// Writes rows in order of time.
pub struct Log<'a> {
    config: &'a Config,
    failures: &'a Failures,
    writer: BulkWriter,
    batch: Vec<Change>,
    cameras: Vec<CameraLog>,
    next_run: usize,
    seed: u64,
    pub crossings: u64,
    pub near_crossings: u64,
}

#[derive(Clone, Debug, Default)]
struct CameraLog {
    /// Of its sessions, how many were begun.
    begun: usize,
    open: bool,
    /// Within the run.
    generation: u64,
    sequence: u64,
    gaps: u64,
    next_gap: usize,
    track: u64,
    /// Coverage is written until then.
    covered: i64,
    frames: [u64; 3],
}

impl<'a> Log<'a> {
    pub fn new(config: &'a Config, failures: &'a Failures, writer: BulkWriter, seed: u64) -> Self {
        let cameras = vec![CameraLog::default(); config.cameras.len()];
        let batch = Vec::with_capacity(BATCH);
        Self { config, failures, writer, batch, cameras, next_run: 0, seed, crossings: 0, near_crossings: 0 }
    }

    /// Writes what happens to runs and cameras until `at`, in order of time.
    pub fn advance(&mut self, at: i64) -> Result<(), StoreError> {
        while let Some(run) = self.failures.runs.get(self.next_run).filter(|run| run.from <= at).copied() {
            self.begin_run(run)?;
        }
        for camera in 0..self.cameras.len() {
            self.advance_camera(camera, at);
        }
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    fn advance_camera(&mut self, camera: usize, at: i64) {
        let timeline = &self.failures.cameras[camera];
        loop {
            let state = &self.cameras[camera];
            if state.open {
                let session = timeline.sessions[state.begun - 1];
                if session.until > at {
                    return;
                }
                self.end_session(camera, session);
            } else {
                match timeline.sessions.get(state.begun) {
                    Some(session) if session.from <= at && self.run().holds(session.from) => {
                        self.note_gaps(camera, session.from);
                        self.begin_session(camera, *session);
                    }
                    _ => return,
                }
            }
        }
    }

    fn run(&self) -> Span {
        self.failures.runs[self.next_run - 1]
    }

    /// Coverage of everything until `at`, as the service writes it every minute.
    pub fn cover(&mut self, at: i64) {
        for camera in 0..self.cameras.len() {
            if self.cameras[camera].open {
                self.cover_camera(camera, at);
            }
        }
    }

    fn begin_run(&mut self, run: Span) -> Result<(), StoreError> {
        if self.next_run > 0 {
            let before = self.run().until;
            (0..self.cameras.len()).for_each(|camera| self.advance_camera(camera, before));
            (0..self.cameras.len()).for_each(|camera| self.note_gaps(camera, before));
            self.batch.push(Change::RunEnded { at: UtcMicros(before) });
        }
        self.flush()?;
        self.next_run += 1;
        for camera in &mut self.cameras {
            (camera.generation, camera.sequence, camera.gaps) = (0, 0, 0);
        }
        self.writer.begin_run(&RunName {
            uid: format!("{:08x}{:08x}", self.seed as u32, self.next_run),
            started: UtcMicros(run.from),
            version: format!("{} {MODEL}", env!("CARGO_PKG_VERSION")),
            config_sha256: self.config.hash.clone(),
        })
    }

    /// Gaps that are over at `at`; the time in which the program was not running is noted by the run that follows.
    fn note_gaps(&mut self, camera: usize, at: i64) {
        let timeline = &self.failures.cameras[camera];
        let state = &mut self.cameras[camera];
        while let Some(gap) = timeline.gaps.get(state.next_gap).filter(|gap| gap.span.until <= at) {
            state.next_gap += 1;
            let (sequence, reason, detail) = match gap.reason {
                None => (0, "not-running", "lotcount was not running".to_owned()),
                Some(reason) => {
                    state.gaps += 1;
                    (state.gaps, reason.word(), reason.to_string())
                }
            };
            self.batch.push(Change::Gap(NewGap {
                camera: self.config.cameras[camera].name.clone(),
                sequence,
                from: UtcMicros(gap.span.from),
                until: UtcMicros(gap.span.until),
                reason: reason.to_owned(),
                detail,
            }));
        }
    }

    fn begin_session(&mut self, camera: usize, session: Span) {
        let state = &mut self.cameras[camera];
        (state.open, state.covered, state.frames, state.track) = (true, session.from, [0; 3], 0);
        state.begun += 1;
        state.generation += 1;
        let began = SessionBegan {
            session: self.key(camera),
            began: UtcMicros(session.from),
            source: self.config.cameras[camera].source.to_string(),
            recording: None,
            config_sha256: self.config.hash.clone(),
            model_name: MODEL.to_owned(),
            model_sha256: String::new(),
        };
        self.batch.push(Change::SessionBegan(began));
    }

    fn end_session(&mut self, camera: usize, session: Span) {
        self.cover_camera(camera, session.until);
        self.cameras[camera].open = false;
        let stopped = session.until == self.run().until;
        let [frames_read, frames_looked_at, frames_dropped] = self.cameras[camera].frames;
        self.batch.push(Change::SessionEnded(SessionEnded {
            session: self.key(camera),
            ended: UtcMicros(session.until),
            complete: false,
            reason: if stopped { "stopped" } else { "the connection broke off" }.to_owned(),
            frames_read,
            frames_looked_at,
            frames_dropped,
        }));
    }

    fn key(&self, camera: usize) -> SessionKey {
        let generation = self.cameras[camera].generation;
        SessionKey { camera: self.config.cameras[camera].name.clone(), generation }
    }

    /// Minutes that are over at `at`, or all when the session ends then.
    fn cover_camera(&mut self, camera: usize, at: i64) {
        let timeline = &self.failures.cameras[camera];
        let session = timeline.sessions[self.cameras[camera].begun - 1];
        let until = at.min(session.until);
        let key = self.key(camera);
        let looks = self.config.cameras[camera].looks_per_second;
        let state = &mut self.cameras[camera];
        while state.covered < until {
            let minute = state.covered.div_euclid(MINUTE_US) * MINUTE_US;
            let end = (minute + MINUTE_US).min(session.until);
            if end > until {
                break;
            }
            let (observed, degraded) = timeline.observed(Span { from: state.covered, until: end });
            let seconds = |us: i64| us as f64 / 1e6;
            let read = (seconds(observed) * FRAMES_A_SECOND).round() as u64;
            let looked = (seconds(observed - degraded) * looks + seconds(degraded) * FEW_LOOKS).round() as u64;
            let dropped = (seconds(degraded) * (looks - FEW_LOOKS).max(0.0)).round() as u64;
            for (sum, number) in state.frames.iter_mut().zip([read, looked, dropped]) {
                *sum += number;
            }
            state.covered = end;
            self.batch.push(Change::Coverage(CoverageMinute {
                session: key.clone(),
                minute: UtcMicros(minute),
                until: UtcMicros(end),
                observed_us: observed,
                degraded_us: degraded,
                frames_read: read,
                frames_looked_at: looked,
                frames_dropped: dropped,
            }));
        }
    }

    /// A passage that was counted; [`advance`](Self::advance) was called for its time.
    pub fn crossing(&mut self, at: i64, leg: &Leg, class: Class, chance: &mut Chance) {
        let (segment, seconds) = self.place(leg, at);
        let seen = chance.between(0.4, 1.8);
        let drawn = Appearance::draw(segment, leg.direction, seconds, seen, chance);
        let (sequence, track) = self.number(leg.camera);
        let crossing = Crossing {
            line: leg.line,
            direction: leg.direction,
            seconds,
            rule: drawn.rule,
            track,
            class,
            place: drawn.place,
            explanation: drawn.explanation,
        };
        let (key, line) = (self.key(leg.camera), &self.config.cameras[leg.camera].lines[leg.line].name);
        self.batch.push(Change::Crossing(NewCrossing::new(&key, sequence, line, UtcMicros(at), &crossing)));
        self.crossings += 1;
    }

    /// One that nearly was.
    pub fn near_crossing(&mut self, at: i64, leg: &Leg, class: Class, chance: &mut Chance) {
        let (segment, seconds) = self.place(leg, at);
        let (drawn, reason) = Appearance::draw_near(segment, leg.direction, seconds, chance);
        let (sequence, track) = self.number(leg.camera);
        let near = Rejected {
            line: leg.line,
            direction: leg.direction,
            seconds,
            track,
            class,
            place: drawn.place,
            reason,
            explanation: drawn.explanation,
        };
        let (key, line) = (self.key(leg.camera), &self.config.cameras[leg.camera].lines[leg.line].name);
        self.batch.push(Change::NearCrossing(NewNearCrossing::new(&key, sequence, line, UtcMicros(at), &near)));
        self.near_crossings += 1;
    }

    /// What somebody wrote into the ledger.
    pub fn correction(&mut self, correction: &Correction) {
        let absolute = correction.kind.is_absolute();
        let told = Told {
            lot: self.config.lots[correction.lot].name.clone(),
            kind: correction.kind,
            at: correction.at,
            number: if absolute { correction.after } else { correction.amount },
            who: correction.who.to_owned(),
            why: correction.why.clone(),
            recorded: correction.at,
        };
        self.batch.push(Change::Adjustment(NewAdjustment { uid: correction.uid.clone(), told }));
    }

    fn place(&self, leg: &Leg, at: i64) -> (crate::geometry::Segment, f64) {
        let began = self.failures.cameras[leg.camera].sessions[self.cameras[leg.camera].begun - 1].from;
        (self.config.cameras[leg.camera].lines[leg.line].segment, (at - began) as f64 / 1e6)
    }

    fn number(&mut self, camera: usize) -> (u64, u64) {
        let state = &mut self.cameras[camera];
        state.sequence += 1;
        state.track += 1;
        (state.sequence, state.track)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.writer.write(&self.batch)?;
        self.batch.clear();
        Ok(())
    }

    /// Ends the last run.
    pub fn finish(mut self) -> Result<(), StoreError> {
        let until = self.run().until;
        self.advance(until)?;
        (0..self.cameras.len()).for_each(|camera| self.note_gaps(camera, until));
        self.batch.push(Change::RunEnded { at: UtcMicros(until) });
        self.flush()?;
        self.writer.finish()
    }
}
