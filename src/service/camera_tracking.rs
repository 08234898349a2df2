//! One camera in the tracker thread: its open session, from looks to committed rows.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::annotation::Annotation;
use super::detector::{Look, Report};
use super::session::{End, Session};
use super::wiring::View;
use crate::config::Camera;
use crate::count::{CameraCounter, CountingLine, Crossing, Direction, Outcome};
use crate::diagnostics::in_words;
use crate::store::{NewCrossing, NewNearCrossing, NewSession, SessionEnd, SessionId, StoreError, Writer};
use crate::time::UtcMicros;

/// What is known of one camera between two looks.
pub struct CameraTracking {
    camera: Camera,
    /// Where annotated videos go.
    annotate: Option<PathBuf>,
    /// Of the last row written; with run and camera it is the row's key.
    sequence: u64,
    /// Of the newest session seen: what an older one still tells comes too late.
    generation: u64,
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

impl CameraTracking {
    pub fn new(camera: Camera, annotate: Option<PathBuf>) -> Self {
        Self { camera, annotate, sequence: 0, generation: 0, open: None }
    }

    pub fn take_in(&mut self, report: &Report, writer: &mut Writer) -> Result<(), StoreError> {
        match report {
            Report::Look(look) => self.look(look, writer),
            Report::Ended { session, end } if session.generation == self.generation => self.end(end, writer),
            Report::Ended { .. } => Ok(()),
        }
    }

    fn look(&mut self, look: &Look, writer: &mut Writer) -> Result<(), StoreError> {
        if look.session.generation > self.generation {
            self.end(&End::Failed("followed by another connection".to_owned()), writer)?;
            self.open = Some(self.begin(look, writer)?);
            self.generation = look.session.generation;
        }
        let Some(mut open) = self.open.take_if(|open| open.session.generation == look.session.generation) else {
            return Ok(());
        };
        if open.view != look.view {
            // The camera changed its resolution: what was followed in the old pixels ends here.
            let outcomes = open.counter.finish();
            self.commit(&open, &outcomes, writer)?;
            open.counter = counter_for(&self.camera, &look.view);
            open.view = Arc::clone(&look.view);
        }
        let outcomes = match &look.detections {
            Some(detections) => open.counter.look(look.at.seconds_since(look.session.began), detections),
            None => Vec::new(),
        };
        self.commit(&open, &outcomes, writer)?;
        open.annotate(look, &outcomes);
        self.open = Some(open);
        Ok(())
    }

    fn begin(&self, look: &Look, writer: &mut Writer) -> Result<OpenSession, StoreError> {
        let (session, view) = (Arc::clone(&look.session), Arc::clone(&look.view));
        let id = writer.begin_session(&NewSession {
            camera: &self.camera.name,
            generation: session.generation,
            began: session.began,
            source: &self.camera.source.to_string(),
            recording: session.recording,
            model_name: &view.model.name,
            model_sha256: &view.model.sha256,
        })?;
        let annotation = self.annotate.as_ref().map(|folder| Annotation::new(folder, &self.camera, session.generation));
        Ok(OpenSession { session, id, counter: counter_for(&self.camera, &view), view, annotation })
    }

    /// Writes what was decided and returns when it is on the disk.
    fn commit(&mut self, open: &OpenSession, outcomes: &[Outcome], writer: &mut Writer) -> Result<(), StoreError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let (lines, began) = (&self.camera.lines, open.session.began);
        let mut crossings = Vec::new();
        let mut near_crossings = Vec::new();
        for outcome in outcomes {
            self.sequence += 1;
            match outcome {
                Outcome::Crossing(crossing) => crossings.push(NewCrossing {
                    sequence: self.sequence,
                    line: &lines[crossing.line].name,
                    at: began.plus_seconds(crossing.seconds),
                    crossing,
                }),
                Outcome::Rejected(rejected) => near_crossings.push(NewNearCrossing {
                    sequence: self.sequence,
                    line: &lines[rejected.line].name,
                    at: began.plus_seconds(rejected.seconds),
                    rejected,
                }),
            }
        }
        writer.insert(open.id, &crossings, &near_crossings)?;
        for crossing in &crossings {
            log_crossing(&self.camera, crossing.at, crossing.crossing);
        }
        Ok(())
    }

    /// Closes the open session, if there is one.
    fn end(&mut self, end: &End, writer: &mut Writer) -> Result<(), StoreError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let outcomes = open.counter.finish();
        self.commit(&open, &outcomes, writer)?;
        let frames = &open.session.frames;
        writer.end_session(
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

impl OpenSession {
    /// A video that cannot be written costs no count.
    fn annotate(&mut self, look: &Look, outcomes: &[Outcome]) {
        let Some(annotation) = &mut self.annotation else { return };
        if let Err(error) = annotation.add(look, &self.counter, outcomes) {
            log::error!("annotated video: {}; going on without it", in_words(&error));
            self.annotation = None;
        }
    }
}

/// The counter for what the camera sees, its lines in pixels and in the order of the configuration.
fn counter_for(camera: &Camera, view: &View) -> CameraCounter {
    let (width, height) = (view.width as f64, view.height as f64);
    let lines = camera.lines.iter();
    let lines: Vec<CountingLine> = lines
        .map(|line| CountingLine { name: line.name.clone(), segment: line.segment.scaled(width, height) })
        .collect();
    CameraCounter::new(width, height, &lines, view.thresholds, camera.anchor)
}

fn log_crossing(camera: &Camera, at: UtcMicros, crossing: &Crossing) {
    let sign = if crossing.direction == Direction::Entry { "->" } else { "<-" };
    let line = &camera.lines[crossing.line].name;
    log::info!("{} {sign} {} over {line}: {} at {at}", camera.name, crossing.direction, crossing.class);
}
