//! The thread `<camera>-detect`: waits for its turn in the inference pool and turns frames into detections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use flume::{Receiver, Sender};

use super::activity::{Activity, State, Trouble};
use super::frame_queue::{Delivery, Plan};
use super::inference_pool::InferencePool;
use super::last_sight::LastSight;
use super::latest_picture::LatestPicture;
use super::resets::Resets;
use super::session::{End, Session};
use super::{Camera, Fitted, Fitter, View};
use crate::detect::{Detection, Detector, PixelRegion};
use crate::diagnostics::in_words;
use crate::source::{Frame, Picture};
use crate::store::SiteLayout;
use crate::time::UtcMicros;

/// What the tracker is told.
pub enum Report {
    Look(Look),
    Ended {
        session: Arc<Session>,
        end: End,
    },
    /// A camera begins to be counted.
    Joined(Joined),
    /// Its threads have gone.
    Left(super::session::CameraId),
    /// The configuration was read again.
    Site {
        layout: SiteLayout,
        resets: Resets,
    },
}

/// What the tracker must know of a camera before its first look.
pub struct Joined {
    pub camera: Arc<Camera>,
    pub activity: Arc<Activity>,
    pub latest: Arc<LatestPicture>,
}

/// One frame after the detector.
pub struct Look {
    pub session: Arc<Session>,
    pub at: UtcMicros,
    pub view: Arc<View>,
    /// The picture is not the one before again.
    pub fresh: bool,
    /// Looks a second that are meant to follow.
    pub rate: f64,
    /// `None`: the frame was not looked at, only passed on to be drawn.
    pub detections: Option<Arc<[Detection]>>,
    /// Only in annotated runs, and while somebody looks.
    pub picture: Option<Arc<Picture>>,
}

pub struct DetectorThread {
    pub camera: Arc<Camera>,
    pub fitter: Arc<dyn Fitter>,
    pub pool: Arc<InferencePool>,
    pub frames: Receiver<Delivery>,
    pub reports: Sender<Report>,
    /// Hands the pictures on though nobody looks.
    pub keep_pictures: bool,
    pub activity: Arc<Activity>,
    pub latest: Arc<LatestPicture>,
}

impl DetectorThread {
    /// Ends when the reader has gone and its last frame is through. Gives the reason when no net fits the pictures of a
    /// recording; a live camera may send others some day.
    pub fn run(self) -> Result<(), String> {
        let mut eye: Option<Eye> = None;
        let mut unfit: Option<(usize, usize)> = None;
        while let Ok(delivery) = self.frames.recv() {
            self.activity.detector.beat();
            let report = match delivery {
                Delivery::Ended { session, end } => Report::Ended { session, end },
                Delivery::Frame { session, frame, look } => {
                    let size = (frame.picture.width(), frame.picture.height());
                    if unfit == Some(size) {
                        continue;
                    }
                    if eye.as_ref().is_none_or(|eye| (eye.view.width, eye.view.height) != size) {
                        eye = match self.fit(size) {
                            Ok(eye) => Some(eye),
                            Err(reason) if self.camera.recording.is_some() => return Err(reason),
                            Err(_) => {
                                unfit = Some(size);
                                continue;
                            }
                        };
                    }
                    let Some(eye) = &mut eye else { continue };
                    let detections = look.and_then(|plan| self.see(eye, &plan, &session, &frame));
                    let picture = (self.keep_pictures || self.latest.is_looked_at()).then_some(frame.picture);
                    Report::Look(Look {
                        session,
                        at: frame.at,
                        view: Arc::clone(&eye.view),
                        fresh: look.is_some_and(|plan| plan.fresh),
                        // A frame that is only drawn on says nothing of the pace.
                        rate: look.map_or(f64::INFINITY, |plan| plan.rate),
                        detections,
                        picture,
                    })
                }
            };
            if self.reports.send(report).is_err() {
                break; // the tracker has gone, and has said why
            }
        }
        Ok(())
    }

    fn fit(&self, (width, height): (usize, usize)) -> Result<Eye, String> {
        let attempt = catch_unwind(AssertUnwindSafe(|| self.fitter.fit(&self.camera.config, width, height)));
        let reason = match attempt {
            Ok(Ok(Fitted { detector, view })) => {
                log::info!("looking at {} of {width}x{height} with {}", view.region, view.model.name);
                return Ok(Eye { detector, view: Arc::new(view), last: LastSight::default(), failing: false });
            }
            Ok(Err(error)) => in_words(&error),
            Err(_) => "choosing a net panicked (see above)".to_owned(),
        };
        log::error!("{reason}; this camera is not counted");
        self.activity.detector.failed(reason.as_str());
        self.activity.is_in(State::Failed(Trouble::new("no-detector", reason.clone())));
        Err(reason)
    }

    /// What is to be seen: found by the net, unless it is known already.
    fn see(&self, eye: &mut Eye, plan: &Plan, session: &Session, frame: &Frame) -> Option<Arc<[Detection]>> {
        if plan.unchanged
            && let Some(known) = eye.last.known(session)
        {
            session.frames.looked_at.fetch_add(1, Ordering::Relaxed);
            return Some(known);
        }
        if !plan.decoded {
            return None;
        }
        let detections = self.detect(eye, plan.moving, session, frame);
        eye.last.saw(session, detections.clone());
        detections
    }

    /// A look that fails is left out, and logged once until looks succeed again; the camera goes on.
    fn detect(
        &self,
        eye: &mut Eye,
        moving: Option<PixelRegion>,
        session: &Session,
        frame: &Frame,
    ) -> Option<Arc<[Detection]>> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let (picture, region) = (&frame.picture, eye.view.region);
            self.pool.install(|| match moving.zip(eye.last.complete(session)) {
                Some((moving, before)) => eye.detector.detect_moving(picture, region, moving, &before),
                None => eye.detector.detect(picture, region),
            })
        }));
        let reason = match attempt {
            Ok(Ok(detections)) => {
                session.frames.looked_at.fetch_add(1, Ordering::Relaxed);
                eye.failing = false;
                return Some(detections.into());
            }
            Ok(Err(error)) => in_words(&error),
            Err(_) => "it panicked (see above)".to_owned(),
        };
        self.activity.detector.failed(reason.as_str());
        if !std::mem::replace(&mut eye.failing, true) {
            log::error!("detection failed: {reason}; frames go by unseen until it works again");
            self.activity.is_in(State::Troubled(Trouble::new("no-detection", format!("detection failed: {reason}"))));
        }
        None
    }
}

/// A detector fitted to the camera's present picture size.
struct Eye {
    detector: Box<dyn Detector>,
    view: Arc<View>,
    last: LastSight,
    failing: bool,
}
