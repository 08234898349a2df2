//! The thread `tracker`: turns the looks of all cameras into tracks, crossings and rows. The only writer of the database.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use flume::Receiver;

use super::annotation::Annotation;
use super::detector::{Look, Report};
use super::session::{End, Session};
use super::stop::StopToken;
use super::wiring::View;
use crate::config::{self, Config};
use crate::count::{CameraCounter, CountingLine, Crossing, Direction, Outcome};
use crate::diagnostics::in_words;
use crate::store::{NewCrossing, NewNearCrossing, NewSession, SessionEnd, SessionId, StoreError, Writer};
use crate::time::UtcMicros;

pub struct TrackerThread {
    config: Arc<Config>,
    writer: Writer,
    reports: Receiver<Report>,
    annotate: Option<PathBuf>,
    stop: StopToken,
    /// By index of the camera.
    cameras: HashMap<usize, CameraState>,
}

/// What is known of one camera between two looks.
#[derive(Default)]
struct CameraState {
    /// Of the last row written; with run and camera it is the row's key.
    sequence: u64,
    open: Option<OpenSession>,
}

/// A session whose rows are being written.
struct OpenSession {
    session: Arc<Session>,
    id: SessionId,
    view: Arc<View>,
    counter: CameraCounter,
    annotation: Option<Annotation>,
}

impl TrackerThread {
    pub fn new(
        config: Arc<Config>,
        writer: Writer,
        reports: Receiver<Report>,
        annotate: Option<PathBuf>,
        stop: StopToken,
    ) -> Self {
        Self { config, writer, reports, annotate, stop, cameras: HashMap::new() }
    }

    /// Ends when every detector has gone. A database that fails stops the whole service: counting on without keeping
    /// would only look like counting.
    pub fn run(mut self) -> Result<(), StoreError> {
        let result = self.take_in_everything().and_then(|()| self.writer.end_run(UtcMicros::now()));
        if let Err(error) = &result {
            log::error!("the database failed, stopping: {}", in_words(error));
            self.stop.request();
            // The detectors wait at a full queue: let them finish. Nothing of this was ever shown as counted.
            let lost = self.reports.iter().filter(|report| matches!(report, Report::Look(_))).count();
            if lost > 0 {
                log::error!("{lost} looks after the failure were not counted");
            }
        }
        result
    }

    fn take_in_everything(&mut self) -> Result<(), StoreError> {
        while let Ok(report) = self.reports.recv() {
            match report {
                Report::Look(look) => self.take_in(look)?,
                Report::Ended { session, end } => self.end(&session, &end)?,
            }
        }
        Ok(())
    }

    fn take_in(&mut self, look: Look) -> Result<(), StoreError> {
        let index = look.session.camera;
        let config = Arc::clone(&self.config);
        let camera = &config.cameras[index];
        let newest = self.cameras.entry(index).or_default().open.as_ref().map_or(0, |open| open.session.generation);
        if look.session.generation < newest {
            return Ok(()); // late, from a connection that was given up
        }
        if look.session.generation > newest {
            self.give_up_open_session(index)?;
            let open = self.begin(camera, &look)?;
            self.cameras.entry(index).or_default().open = Some(open);
        }
        let Some(open) = self.cameras.get_mut(&index).and_then(|state| state.open.as_mut()) else { return Ok(()) };
        if open.view != look.view {
            // The camera changed its resolution: what was followed in the old pixels ends here.
            let outcomes = open.counter.finish();
            open.view = Arc::clone(&look.view);
            open.counter = counter_for(camera, &look.view);
            self.commit(index, &outcomes)?;
        }
        let Some(open) = self.cameras.get_mut(&index).and_then(|state| state.open.as_mut()) else { return Ok(()) };
        let outcomes = match &look.detections {
            Some(detections) => open.counter.look(look.at.seconds_since(look.session.began), detections),
            None => Vec::new(),
        };
        self.commit(index, &outcomes)?;
        self.annotate(index, &look, &outcomes);
        Ok(())
    }

    fn begin(&mut self, camera: &config::Camera, look: &Look) -> Result<OpenSession, StoreError> {
        let session = Arc::clone(&look.session);
        let id = self.writer.begin_session(&NewSession {
            camera: &camera.name,
            began: session.began,
            source: &camera.source.to_string(),
            recording: session.recording,
            model_name: &look.view.model.name,
            model_sha256: &look.view.model.sha256,
        })?;
        let annotation = self.annotate.as_ref().map(|folder| Annotation::new(folder, camera, session.generation));
        Ok(OpenSession {
            session,
            id,
            view: Arc::clone(&look.view),
            counter: counter_for(camera, &look.view),
            annotation,
        })
    }

    /// Writes what a look decided and returns when it is on the disk.
    fn commit(&mut self, index: usize, outcomes: &[Outcome]) -> Result<(), StoreError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let camera = &self.config.cameras[index];
        let state = self.cameras.entry(index).or_default();
        let Some(open) = &state.open else { return Ok(()) };
        let mut crossings = Vec::new();
        let mut near_crossings = Vec::new();
        for outcome in outcomes {
            state.sequence += 1;
            match outcome {
                Outcome::Crossing(crossing) => crossings.push(NewCrossing {
                    sequence: state.sequence,
                    line: &camera.lines[crossing.line].name,
                    at: open.session.began.plus_seconds(crossing.seconds),
                    crossing,
                }),
                Outcome::Rejected(rejected) => near_crossings.push(NewNearCrossing {
                    sequence: state.sequence,
                    line: &camera.lines[rejected.line].name,
                    at: open.session.began.plus_seconds(rejected.seconds),
                    rejected,
                }),
            }
        }
        self.writer.insert(open.id, &crossings, &near_crossings)?;
        for crossing in &crossings {
            log_crossing(camera, crossing.at, crossing.crossing);
        }
        Ok(())
    }

    fn annotate(&mut self, index: usize, look: &Look, outcomes: &[Outcome]) {
        let Some(open) = self.cameras.get_mut(&index).and_then(|state| state.open.as_mut()) else { return };
        let Some(annotation) = &mut open.annotation else { return };
        if let Err(error) = annotation.add(look, &open.counter, outcomes) {
            log::error!("annotated video: {}; going on without it", in_words(&error));
            open.annotation = None;
        }
    }

    /// A session that was followed by another before its end was told.
    fn give_up_open_session(&mut self, index: usize) -> Result<(), StoreError> {
        let session = self.cameras.get(&index).and_then(|state| state.open.as_ref()).map(|o| Arc::clone(&o.session));
        match session {
            Some(session) => self.end(&session, &End::Failed("followed by another connection".to_owned())),
            None => Ok(()),
        }
    }

    fn end(&mut self, session: &Arc<Session>, end: &End) -> Result<(), StoreError> {
        let index = session.camera;
        let Some(open) = self.cameras.get_mut(&index).and_then(|state| state.open.as_mut()) else { return Ok(()) };
        if open.session.generation != session.generation {
            return Ok(()); // late
        }
        let outcomes = open.counter.finish();
        self.commit(index, &outcomes)?;
        let Some(open) = self.cameras.get_mut(&index).and_then(|state| state.open.take()) else { return Ok(()) };
        let frames = &session.frames;
        self.writer.end_session(
            open.id,
            &SessionEnd {
                ended: UtcMicros::now(),
                complete: *end == End::Complete,
                reason: match end {
                    End::Complete => "complete",
                    End::Stopped => "stopped",
                    End::Failed(reason) => reason,
                },
                frames_read: frames.read.load(Ordering::Relaxed),
                frames_looked_at: frames.looked_at.load(Ordering::Relaxed),
                frames_dropped: frames.dropped.load(Ordering::Relaxed),
            },
        )
    }
}

fn counter_for(camera: &config::Camera, view: &View) -> CameraCounter {
    let (width, height) = (view.width as f64, view.height as f64);
    CameraCounter::new(width, height, &lines_in_pixels(camera, width, height), view.thresholds, camera.anchor)
}

/// The camera's lines on its picture, in the order of the configuration.
fn lines_in_pixels(camera: &config::Camera, width: f64, height: f64) -> Vec<CountingLine> {
    camera
        .lines
        .iter()
        .map(|line| CountingLine { name: line.name.clone(), segment: line.segment.scaled(width, height) })
        .collect()
}

fn log_crossing(camera: &config::Camera, at: UtcMicros, crossing: &Crossing) {
    let sign = if crossing.direction == Direction::Entry { "->" } else { "<-" };
    log::info!(
        "{} {sign} {} over {}: {} at {at}",
        camera.name,
        crossing.direction,
        camera.lines[crossing.line].name,
        crossing.class,
    );
}
