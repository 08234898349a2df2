//! The thread `<camera>-detect`: waits for its turn in the inference pool and turns frames into detections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use flume::{Receiver, Sender};
use rayon::ThreadPool;

use super::frame_queue::Delivery;
use super::session::{End, Session};
use super::wiring::{Camera, Fitted, Fitter, View};
use crate::detect::{Detection, Detector};
use crate::diagnostics::in_words;
use crate::source::{Frame, Picture};
use crate::time::UtcMicros;

/// What the tracker is told.
pub enum Report {
    Look(Look),
    Ended { session: Arc<Session>, end: End },
}

/// One frame after the detector.
pub struct Look {
    pub session: Arc<Session>,
    pub at: UtcMicros,
    pub view: Arc<View>,
    /// `None`: the frame was not looked at, only passed on to be drawn.
    pub detections: Option<Vec<Detection>>,
    /// Only in annotated runs.
    pub picture: Option<Arc<Picture>>,
}

pub struct DetectorThread {
    pub camera: Arc<Camera>,
    pub fitter: Arc<dyn Fitter>,
    /// All inference of all cameras runs here, so that fifty detector threads do not fight for two cores.
    pub pool: Arc<ThreadPool>,
    pub frames: Receiver<Delivery>,
    pub reports: Sender<Report>,
    /// Hands the pictures on as well.
    pub keep_pictures: bool,
}

impl DetectorThread {
    /// Ends when the reader has gone and its last frame is through. Gives the reason when no net fits the picture.
    pub fn run(self) -> Result<(), String> {
        let mut eye: Option<Eye> = None;
        while let Ok(delivery) = self.frames.recv() {
            let report = match delivery {
                Delivery::Ended { session, end } => Report::Ended { session, end },
                Delivery::Frame { session, frame, look } => {
                    let size = (frame.picture.width(), frame.picture.height());
                    let eye = match &mut eye {
                        Some(eye) if (eye.view.width, eye.view.height) == size => eye,
                        other => other.insert(self.fit(size)?),
                    };
                    let detections = if look { self.detect(eye, &session, &frame) } else { None };
                    let picture = self.keep_pictures.then_some(frame.picture);
                    Report::Look(Look { session, at: frame.at, view: Arc::clone(&eye.view), detections, picture })
                }
            };
            if self.reports.send(report).is_err() {
                break; // the tracker has gone, and has said why
            }
        }
        Ok(())
    }

    fn fit(&self, (width, height): (usize, usize)) -> Result<Eye, String> {
        let fitted = self.fitter.fit(&self.camera.config, width, height);
        let Fitted { detector, view } = fitted.map_err(|error| {
            let reason = in_words(&error);
            log::error!("{reason}; this camera is not counted");
            reason
        })?;
        log::info!("looking at {} of {width}x{height} with {}", view.region, view.model.name);
        Ok(Eye { detector, view: Arc::new(view), failing: false })
    }

    /// A look that fails is left out, and logged once until looks succeed again; the camera goes on.
    fn detect(&self, eye: &mut Eye, session: &Session, frame: &Frame) -> Option<Vec<Detection>> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            self.pool.install(|| eye.detector.detect(&frame.picture, eye.view.region))
        }));
        let reason = match attempt {
            Ok(Ok(detections)) => {
                session.frames.looked_at.fetch_add(1, Ordering::Relaxed);
                eye.failing = false;
                return Some(detections);
            }
            Ok(Err(error)) => in_words(&error),
            Err(_) => "it panicked (see above)".to_owned(),
        };
        if !std::mem::replace(&mut eye.failing, true) {
            log::error!("detection failed: {reason}; frames go by unseen until it works again");
        }
        None
    }
}

/// A detector fitted to the camera's present picture size.
struct Eye {
    detector: Box<dyn Detector>,
    view: Arc<View>,
    failing: bool,
}
