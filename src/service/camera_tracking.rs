//! One camera in the tracker thread: its open session, from looks to changes of the database.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::activity::{Activity, Trouble};
use super::annotation::Annotation;
use super::commit_latency::CommitLatency;
use super::coverage::CoverageMeter;
use super::detector::{Joined, Look};
use super::gap_watch::{Gap, GapWatch};
use super::latest_picture::LatestPicture;
use super::session::{End, Session};
use super::session_scene::SessionScene;
use super::{Camera, View};
use crate::config;
use crate::count::{CameraCounter, CountingLine, Outcome};
use crate::diagnostics::in_words;
use crate::store::{
    Change, CoverageMinute, Journal, NewCrossing, NewGap, NewNearCrossing, SessionBegan, SessionEnded, SessionKey,
};
use crate::time::{Clock, UtcMicros};

/// The last numbers that were given to a camera's rows in this run. They outlive a change of its configuration.
#[derive(Clone, Debug, Default)]
pub struct Sequences {
    /// Of crossings and near-crossings.
    row: Arc<AtomicU64>,
    gap: Arc<AtomicU64>,
}

/// What is known of one camera between two looks.
pub struct CameraTracking {
    camera: Arc<Camera>,
    activity: Arc<Activity>,
    clock: Arc<dyn Clock>,
    latest: Arc<LatestPicture>,
    commit_latency: Arc<CommitLatency>,
    /// Where annotated videos go.
    annotate: Option<PathBuf>,
    sequences: Sequences,
    /// Of the newest session seen: what an older one still tells comes too late.
    generation: u64,
    open: Option<OpenSession>,
    /// Of live cameras.
    gaps: Option<GapWatch>,
    /// The gap that stands in the database as still open, with its reason.
    told: Option<(u64, &'static str)>,
}

/// A session whose rows are being written.
struct OpenSession {
    session: Arc<Session>,
    key: SessionKey,
    view: Arc<View>,
    counter: CameraCounter,
    meter: CoverageMeter,
    /// Frames that had been dropped when the camera was observed last.
    dropped: u64,
    scene: SessionScene,
    annotation: Option<Annotation>,
}

impl CameraTracking {
    pub fn new(
        joined: Joined,
        sequences: Sequences,
        clock: Arc<dyn Clock>,
        annotate: Option<PathBuf>,
        commit_latency: Arc<CommitLatency>,
    ) -> Self {
        let Joined { camera, activity, latest } = joined;
        let gaps = camera.recording.is_none().then(|| GapWatch::new(clock.now(), Arc::clone(&sequences.gap)));
        Self {
            camera,
            activity,
            clock,
            latest,
            commit_latency,
            annotate,
            sequences,
            generation: 0,
            open: None,
            gaps,
            told: None,
        }
    }

    pub fn name(&self) -> &str {
        &self.camera.config.name
    }

    pub fn look(&mut self, look: &Look, journal: &mut Journal) {
        if look.session.generation > self.generation {
            self.end(&End::Failed("followed by another connection".to_owned()), journal);
            self.open = Some(self.begin(look, journal));
            self.generation = look.session.generation;
        }
        let Some(mut open) = self.open.take_if(|open| open.session.generation == look.session.generation) else {
            return;
        };
        if open.view != look.view {
            // The camera changed its resolution: what was followed in the old pixels ends here.
            let outcomes = open.counter.finish();
            self.record(&mut open, &outcomes, Some(look.at), journal);
            open.counter = counter_for(&self.camera.config, &look.view);
            open.view = Arc::clone(&look.view);
        }
        let outcomes = match &look.detections {
            Some(detections) => {
                self.observe(&mut open, look, journal);
                open.counter.look(look.at.seconds_since(look.session.began), detections)
            }
            None => Vec::new(),
        };
        self.remember(&open, look);
        self.record(&mut open, &outcomes, Some(look.at), journal);
        open.scene.note(look.at, &outcomes);
        self.show(&open, look);
        open.annotate(look);
        self.open = Some(open);
    }

    /// For those who draw its lines.
    fn remember(&self, open: &OpenSession, look: &Look) {
        if let Some(looks) = &self.camera.recent_looks {
            looks.add(look);
        }
        let now = self.clock.now();
        if self.activity.tracks.is_wanted(now) {
            let (at, anchor) = (self.in_rows(look.at), self.camera.config.anchor);
            self.activity.tracks.publish(now, at, &look.view, open.counter.tracks(), anchor);
        }
    }

    pub fn ended(&mut self, session: &Session, end: &End, journal: &mut Journal) {
        if session.generation == self.generation {
            self.end(end, journal);
        }
    }

    fn begin(&self, look: &Look, journal: &mut Journal) -> OpenSession {
        let (session, view) = (Arc::clone(&look.session), Arc::clone(&look.view));
        let key = SessionKey { camera: self.name().to_owned(), generation: session.generation };
        journal.record(Change::SessionBegan(SessionBegan {
            session: key.clone(),
            began: self.in_rows(session.began),
            source: self.camera.config.source.to_string(),
            recording: session.recording,
            config_sha256: self.camera.config_sha256.to_string(),
            model_name: view.model.name.clone(),
            model_sha256: view.model.sha256.clone(),
        }));
        let config = &self.camera.config;
        let annotation = self.annotate.as_ref().map(|folder| Annotation::new(folder, config, session.generation));
        let (counter, meter) = (counter_for(config, &view), CoverageMeter::new(config.looks_per_second));
        let scene = SessionScene::new(config);
        OpenSession { session, key, counter, meter, view, dropped: 0, scene, annotation }
    }

    /// Puts the picture down while somebody looks, with what is known of it.
    fn show(&self, open: &OpenSession, look: &Look) {
        if !self.latest.is_looked_at() {
            self.latest.clear();
        } else if let Some(picture) = &look.picture {
            let scene = open.scene.at(look.at, &self.camera.config, &open.view, &open.counter);
            self.latest.put_down(self.in_rows(look.at), Arc::clone(picture), scene);
        }
    }

    /// The time that rows have: a live camera's frames are dated by a clock that never steps.
    fn in_rows(&self, at: UtcMicros) -> UtcMicros {
        if self.camera.recording.is_some() { at } else { self.clock.wall(at) }
    }

    fn observe(&mut self, open: &mut OpenSession, look: &Look, journal: &mut Journal) {
        let shift = self.in_rows(look.at).0 - look.at.0;
        let frames = look.session.frames.now();
        let from = open.meter.look(look.at, look.fresh, look.rate, frames, shift);
        let why = || reason(&self.activity, frames.dropped > open.dropped);
        if let Some(gap) = self.gaps.as_mut().and_then(|gaps| gaps.look(look.at, from, why)) {
            self.record_gap(&gap, journal);
            self.told = None;
        }
        if from.is_some() {
            open.dropped = frames.dropped;
            self.activity.observed(look.session.generation, look.at);
            if self.camera.recording.is_none() {
                let late = self.clock.now().seconds_since(look.at).max(0.0);
                self.activity.tally.took(Duration::from_secs_f64(late));
            }
        }
    }

    /// What was decided at the frame of `decided`, or at the end.
    fn record(
        &mut self,
        open: &mut OpenSession,
        outcomes: &[Outcome],
        decided: Option<UtcMicros>,
        journal: &mut Journal,
    ) {
        if outcomes.is_empty() {
            return;
        }
        let began = open.session.began;
        for outcome in outcomes {
            let (line, seconds) = match outcome {
                Outcome::Crossing(crossing) => (crossing.line, crossing.seconds),
                Outcome::Rejected(rejected) => (rejected.line, rejected.seconds),
            };
            let line = &self.camera.config.lines[line].name;
            let at = self.in_rows(began.plus_seconds(seconds));
            let (key, sequence) = (&open.key, self.sequences.row.fetch_add(1, Ordering::Relaxed) + 1);
            journal.record(match outcome {
                Outcome::Crossing(crossing) => {
                    // Of recordings, the frames' time is not that of the clock.
                    if let Some(decided) = decided.filter(|_| self.camera.recording.is_none()) {
                        self.commit_latency.decided(&key.camera, sequence, decided);
                    }
                    Change::Crossing(NewCrossing::new(key, sequence, line, at, crossing))
                }
                Outcome::Rejected(rejected) => {
                    Change::NearCrossing(NewNearCrossing::new(key, sequence, line, at, rejected))
                }
            });
        }
        // It costs nothing beside them, and less is unknown after a kill.
        open.record_coverage(journal);
    }

    fn record_gap(&mut self, gap: &Gap, journal: &mut Journal) {
        // Asked twice, the clock would give a gap without any length some.
        let from = self.in_rows(gap.from);
        let until = UtcMicros(from.0 + (gap.until.0 - gap.from.0));
        journal.record(Change::Gap(NewGap {
            camera: self.name().to_owned(),
            sequence: gap.sequence,
            from,
            until,
            reason: gap.why.word().to_owned(),
            detail: gap.why.sentence().to_owned(),
        }));
    }

    /// Time passes: notes when the camera falls silent. With `in_full` also all that has changed since the last time.
    pub fn tick(&mut self, now: UtcMicros, in_full: bool, journal: &mut Journal) {
        self.follow_silence(now, false, in_full, journal);
        if let (Some(open), true) = (&mut self.open, in_full) {
            open.record_coverage(journal);
        }
    }

    fn follow_silence(&mut self, now: UtcMicros, over: bool, in_full: bool, journal: &mut Journal) {
        let activity = &self.activity;
        let late = self.open.as_ref().is_some_and(|open| open.session.frames.now().dropped > open.dropped);
        let Some(gaps) = &mut self.gaps else { return };
        let why = || match over {
            true => activity.trouble().or(Trouble::new("stopping", "the camera's counting was being stopped")),
            false => reason(activity, late),
        };
        let Some(gap) = gaps.tick(now, over, why) else { return };
        let told = Some((gap.sequence, gap.why.word()));
        if in_full || over || self.told != told {
            self.record_gap(&gap, journal);
            self.told = told;
        }
    }

    /// The clock was set forward: the time that it left out was never there to be observed.
    pub fn clock_jumped(&mut self, from: UtcMicros, until: UtcMicros, journal: &mut Journal) {
        let Some(gaps) = &self.gaps else { return };
        let sequence = gaps.next_sequence();
        journal.record(Change::Gap(NewGap {
            camera: self.camera.config.name.clone(),
            sequence,
            from,
            until,
            reason: "clock-set".to_owned(),
            detail: "the computer's clock was set forward: this time never was".to_owned(),
        }));
    }

    /// Nobody will look any more.
    pub fn finish(mut self, journal: &mut Journal) {
        self.end(&End::Stopped, journal);
        self.follow_silence(self.clock.now(), true, true, journal);
    }

    /// Closes the open session, if there is one.
    fn end(&mut self, end: &End, journal: &mut Journal) {
        let Some(mut open) = self.open.take() else { return };
        if let Some(looks) = &self.camera.recent_looks {
            looks.ended(open.session.generation);
        }
        let outcomes = open.counter.finish();
        self.record(&mut open, &outcomes, None, journal);
        open.record_coverage(journal);
        let frames = open.session.frames.now();
        journal.record(Change::SessionEnded(SessionEnded {
            session: open.key,
            ended: self.clock.wall(self.clock.now()),
            complete: *end == End::Complete,
            reason: match end {
                End::Complete => "complete",
                End::Stopped => "stopped",
                End::Failed(reason) => reason,
            }
            .to_owned(),
            frames_read: frames.read,
            frames_looked_at: frames.looked_at,
            frames_dropped: frames.dropped,
        }));
    }
}

impl OpenSession {
    fn record_coverage(&mut self, journal: &mut Journal) {
        for (start, minute) in self.meter.take() {
            journal.record(Change::Coverage(CoverageMinute {
                session: self.key.clone(),
                minute: start,
                until: minute.until,
                observed_us: minute.observed_us,
                degraded_us: minute.degraded_us,
                frames_read: minute.frames.read,
                frames_looked_at: minute.frames.looked_at,
                frames_dropped: minute.frames.dropped,
            }));
        }
    }

    /// A video that cannot be written costs no count.
    fn annotate(&mut self, look: &Look) {
        let Some(annotation) = &mut self.annotation else { return };
        if let Err(error) = annotation.add(look, &self.counter, &self.scene) {
            log::error!("annotated video: {}; going on without it", in_words(&error));
            self.annotation = None;
        }
    }
}

/// Why the camera is not observed. When it sends frames all the same, the machine is `late`.
fn reason(activity: &Activity, late: bool) -> Trouble {
    let overloaded = || Trouble::new("overloaded", "the machine was too slow to look at the camera's frames");
    activity.trouble().or(if late { overloaded() } else { Trouble::default() })
}

/// The counter for what the camera sees, its lines in pixels and in the order of the configuration.
pub fn counter_for(camera: &config::Camera, view: &View) -> CameraCounter {
    let (width, height) = (view.width as f64, view.height as f64);
    let lines = camera.lines.iter();
    let lines: Vec<CountingLine> = lines
        .map(|line| CountingLine { name: line.name.clone(), segment: line.segment.scaled(width, height) })
        .collect();
    CameraCounter::new(width, height, &lines, view.thresholds, camera.anchor)
}
