//! The thread `tracker`: turns the looks of all cameras into tracks, crossings and rows. The only writer of the database.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flume::{Receiver, RecvTimeoutError};

use super::camera_tracking::{CameraTracking, Sequences};
use super::commit_latency::CommitLatency;
use super::detector::Report;
use super::pulse::Pulse;
use super::resets::Resets;
use super::session::CameraId;
use super::stop::StopToken;
use crate::count::Direction;
use crate::diagnostics::in_words;
use crate::store::{Change, Journal, NewAdjustment, NewCrossing, StoreError, Unsaved};
use crate::time::{Clock, UtcMicros};

/// How often the tracker looks up though nobody reports.
const TICK: Duration = Duration::from_secs(1);
/// How often coverage is written though nothing crosses.
const IN_FULL_EVERY: Duration = Duration::from_secs(60);
/// A wall clock that moves by more than this against the monotonic one was set, us.
const CLOCK_STEP_US: i64 = 1_000_000;
/// The tracker's share of a stop: how long a database that fails is tried before its rows go into a file.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

pub struct TrackerThread {
    pub journal: Journal,
    pub reports: Receiver<Report>,
    pub stop: StopToken,
    pub clock: Arc<dyn Clock>,
    pub resets: Resets,
    /// Where annotated videos go.
    pub annotate: Option<PathBuf>,
    pub pulse: Arc<Pulse>,
    pub commit_latency: Arc<CommitLatency>,
}

/// How it ended for the counts.
#[derive(Debug, Default)]
pub struct Kept {
    /// The database cannot be used any more; what was committed before stands.
    pub database: Option<StoreError>,
    /// What is not in the database.
    pub unsaved: Option<Unsaved>,
    /// The tracker itself failed, and what came after was not counted.
    pub panicked: bool,
}

impl TrackerThread {
    /// Ends when every detector has gone. A database that is damaged, and a panic, stop the whole service: counting on
    /// without keeping would only look like counting.
    pub fn run(self) -> Kept {
        let TrackerThread { journal, reports, stop, clock, resets, annotate, pulse, commit_latency } = self;
        let run = journal.run().uid.clone();
        let mut work = Work {
            journal,
            offset: offset(clock.as_ref()),
            clock,
            resets,
            annotate,
            pulse,
            commit_latency,
            cameras: HashMap::new(),
            sequences: HashMap::new(),
            damage: None,
            told: Instant::now(),
            run,
        };
        let panicked = catch_unwind(AssertUnwindSafe(|| work.take_in_everything(&reports, &stop))).is_err();
        if panicked {
            log::error!("the tracker panicked, stopping");
            stop.request();
            // The detectors wait at a full queue: let them finish. Nothing of this was ever shown as counted.
            let lost = reports.iter().filter(|report| matches!(report, Report::Look(_))).count();
            if lost > 0 {
                log::error!("{lost} looks after the failure were not counted");
            }
        }
        if !panicked {
            work.journal.record(Change::RunEnded { at: work.clock.wall(work.clock.now()) });
        }
        let (written, unsaved) = work.journal.close(CLOSE_PATIENCE);
        work.commit_latency.committed(&written, work.clock.now());
        log_crossings(&written, &work.run);
        Kept { database: work.damage, unsaved, panicked }
    }
}

struct Work {
    journal: Journal,
    clock: Arc<dyn Clock>,
    resets: Resets,
    annotate: Option<PathBuf>,
    pulse: Arc<Pulse>,
    commit_latency: Arc<CommitLatency>,
    cameras: HashMap<CameraId, CameraTracking>,
    /// By the camera's name: one that comes back after a change of its configuration goes on with them.
    sequences: HashMap<String, Sequences>,
    /// From the frames' time to the wall's, us.
    offset: i64,
    damage: Option<StoreError>,
    /// When coverage was written last.
    told: Instant,
    /// The run's name, for the log.
    run: String,
}

impl Work {
    fn take_in_everything(&mut self, reports: &Receiver<Report>, stop: &StopToken) {
        let mut tick = Instant::now() + TICK;
        self.reset_lots(self.clock.now());
        loop {
            match reports.recv_deadline(tick) {
                Ok(report) => self.take_in(report),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= tick {
                tick = Instant::now() + TICK;
                self.tick(reports);
            }
            self.flush(stop);
        }
        for (_, camera) in self.cameras.drain() {
            camera.finish(&mut self.journal);
        }
    }

    fn take_in(&mut self, report: Report) {
        match report {
            Report::Joined(joined) => {
                let id = joined.camera.id;
                let sequences = self.sequences.entry(joined.camera.config.name.clone()).or_default().clone();
                let (clock, latency) = (Arc::clone(&self.clock), Arc::clone(&self.commit_latency));
                let camera = CameraTracking::new(joined, sequences, clock, self.annotate.clone(), latency);
                self.cameras.insert(id, camera);
            }
            Report::Left(id) => {
                if let Some(camera) = self.cameras.remove(&id) {
                    camera.finish(&mut self.journal);
                }
            }
            Report::Site { layout, resets } => {
                self.journal.record(Change::Site(layout));
                self.resets.follow(resets);
            }
            Report::Look(look) => {
                if let Some(camera) = self.cameras.get_mut(&look.session.camera) {
                    camera.look(&look, &mut self.journal);
                }
            }
            Report::Ended { session, end } => {
                if let Some(camera) = self.cameras.get_mut(&session.camera) {
                    camera.ended(&session, &end, &mut self.journal);
                }
            }
        }
    }

    fn tick(&mut self, reports: &Receiver<Report>) {
        // What was reported before now is taken in first: a disk that is slow makes no camera silent.
        let now = self.clock.now();
        reports.try_iter().take(reports.len()).for_each(|report| self.take_in(report));
        self.follow_clock();
        let in_full = self.told.elapsed() >= IN_FULL_EVERY;
        if in_full {
            self.told = Instant::now();
        }
        for camera in self.cameras.values_mut() {
            camera.tick(now, in_full, &mut self.journal);
        }
        self.reset_lots(now);
    }

    /// A reset comes after everything that was seen before its time and is written by now; what is written later falls into
    /// its place by its own time.
    fn reset_lots(&mut self, now: UtcMicros) {
        for due in self.resets.due(self.clock.wall(now)) {
            self.journal.record(Change::Adjustment(due));
        }
    }

    /// Rows follow the wall clock when it is set, tracks and durations do not.
    fn follow_clock(&mut self) {
        let before = std::mem::replace(&mut self.offset, offset(self.clock.as_ref()));
        let step = self.offset - before;
        if step.abs() <= CLOCK_STEP_US {
            return;
        }
        let now = self.clock.now().0;
        let (from, until) = (UtcMicros(now + before), UtcMicros(now + self.offset));
        log::warn!("the computer's clock was set from {from} to {until}; rows are dated by it from now on");
        if step > 0 {
            for camera in self.cameras.values_mut() {
                camera.clock_jumped(from, until, &mut self.journal);
            }
        }
    }

    /// Brings what was decided into the database. When that is damaged, everything after waits in memory for the end.
    fn flush(&mut self, stop: &StopToken) {
        if self.damage.is_none() {
            match self.journal.flush() {
                Ok(written) if written.is_empty() => {}
                Ok(written) => {
                    self.commit_latency.committed(&written, self.clock.now());
                    log_crossings(&written, &self.run);
                }
                Err(error) => {
                    log::error!("the database cannot be used any more, stopping: {}", in_words(&error));
                    self.damage = Some(error);
                    stop.request();
                }
            }
        }
        self.pulse.beat(self.journal.pending());
    }
}

/// From the time of frames to the time of rows, us.
fn offset(clock: &dyn Clock) -> i64 {
    let now = clock.now();
    clock.wall(now).0 - now.0
}

/// One line for each crossing and reset that is in the database now. Its end names the row: run, camera and seq are its key.
fn log_crossings(written: &[Change], run: &str) {
    for change in written {
        if let Change::Adjustment(NewAdjustment { told, .. }) = change {
            log::info!("{}: {} inside is taken to be true at {}: {}", told.lot, told.number, told.at, told.why);
        }
        if let Change::Crossing(NewCrossing { session, sequence, line, at, direction, class, .. }) = change {
            let sign = if *direction == Direction::Entry { "->" } else { "<-" };
            let camera = &session.camera;
            log::info!(
                "{camera} {sign} {direction} over {line}: {class} at {at} [run {run} camera {camera} seq {sequence}]"
            );
        }
    }
}
