//! Looks whether anything is to be told, and writes down what begins and ends. Part of the thread `reporter`.
//!
//! The rules are plain data in `alert`; here is what they are told of lots, lines and cameras. Lots and lines are as the
//! database has them, whether a camera is observed is as its threads know it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;

use super::activity::Activity;
use super::coverage::LONGEST_STEP;
use super::history::History;
use crate::alert::{Alert, CameraState, Edge, Kind, Level, Rules, Sight, Situation, evaluate};
use crate::config::Config;
use crate::diagnostics::in_words;
use crate::store::{Filter, Gap, Reader, StoreError, write_alerts};
use crate::time::{Clock, UtcMicros};

/// The rules and the live cameras of the running service, shared with the supervisor, who changes them.
pub struct WatchedSite {
    rules: Mutex<Rules>,
    cameras: Mutex<HashMap<String, Watched>>,
}

#[derive(Clone)]
struct Watched {
    activity: Arc<Activity>,
    /// Since when it is to be observed, by the clock of frames.
    since: UtcMicros,
}

impl WatchedSite {
    pub fn new(rules: Rules) -> Self {
        Self { rules: Mutex::new(rules), cameras: Mutex::default() }
    }

    /// A live camera is to be observed from `now` on.
    pub fn takes_in(&self, camera: &str, activity: Arc<Activity>, now: UtcMicros) {
        let mut cameras = self.cameras.lock().unwrap_or_else(PoisonError::into_inner);
        cameras.insert(camera.to_owned(), Watched { activity, since: now });
    }

    /// Another configuration is followed from now on.
    pub fn follow(&self, rules: Rules) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    fn rules(&self) -> Rules {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn cameras(&self) -> Vec<(String, Watched)> {
        let cameras = self.cameras.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cameras: Vec<_> = cameras.iter().map(|(name, watched)| (name.clone(), watched.clone())).collect();
        cameras.sort_by(|one, other| one.0.cmp(&other.0));
        cameras
    }
}

/// When the reporter looks.
pub struct Moment<'a> {
    pub clock: &'a dyn Clock,
    /// Nothing is counted any more: no camera is observed, which says nothing of the cameras.
    pub is_last: bool,
}

pub struct AlertWatch {
    site: Arc<WatchedSite>,
    database: PathBuf,
    zone: TimeZone,
    /// The run in whose database alerts are written.
    run_uid: String,
    history: History,
    failing: bool,
}

impl AlertWatch {
    pub fn new(config: &Config, run_uid: String, site: Arc<WatchedSite>) -> Self {
        Self {
            site,
            database: config.site.database.clone(),
            zone: config.site.time_zone.clone(),
            run_uid,
            history: History::default(),
            failing: false,
        }
    }

    /// Writes what began and ended, and tells the log each once. Says whether there was anything. A failure is logged once
    /// until it is over: nothing is lost by it, because the next time finds the same.
    pub fn look(&mut self, moment: &Moment) -> bool {
        match catch_unwind(AssertUnwindSafe(|| self.try_look(moment))) {
            Ok(Ok(any)) => {
                self.failing = false;
                any
            }
            Ok(Err(error)) => {
                if !self.failing {
                    self.failing = true;
                    log::error!("alerts are not kept: {}", in_words(&error));
                }
                false
            }
            Err(_) => {
                log::error!("the watch for alerts panicked; totals are published all the same");
                false
            }
        }
    }

    fn try_look(&mut self, moment: &Moment) -> Result<bool, StoreError> {
        let rules = self.site.rules();
        let now = moment.clock.wall(moment.clock.now());
        let reader = Reader::open(&self.database)?;
        let latest = reader.latest_alerts()?;
        let situation = Situation {
            lots: self.history.lots(&reader)?,
            closings: self.history.closings(&reader, &rules, &latest, &self.zone, now)?,
            lines: self.history.lines(&reader, &rules, &latest, &self.zone, now)?,
            cameras: if moment.is_last { Vec::new() } else { self.cameras(&reader, &rules, &latest, moment)? },
        };
        let edges = evaluate(&rules, &situation, &latest, now);
        // Nobody reads on while this writes.
        drop(reader);
        let written = write_alerts(&self.database, &self.run_uid, &edges)?;
        self.history.is_judged();
        written.iter().for_each(tell);
        Ok(!written.is_empty())
    }

    fn cameras(
        &self,
        reader: &Reader,
        rules: &Rules,
        latest: &[Alert],
        moment: &Moment,
    ) -> Result<Vec<CameraState>, StoreError> {
        let Some(longest) = rules.camera_down else { return Ok(Vec::new()) };
        let now = moment.clock.now();
        let is_open =
            |camera: &str| latest.iter().any(|alert| is_open_for(alert, camera) && alert.kind == Kind::CameraDown);
        let mut states = Vec::new();
        for (camera, watched) in self.site.cameras() {
            let sight = match watched.activity.last_observed() {
                Some((from, until)) if now.seconds_since(until) <= LONGEST_STEP => {
                    Sight::Observed { since: moment.clock.wall(from) }
                }
                seen => {
                    let since = seen.map_or(watched.since, |(_, until)| until.max(watched.since));
                    // Most pauses are over before anybody has to ask why.
                    if now.seconds_since(since) < longest.as_secs_f64() {
                        continue;
                    }
                    Sight::Unobserved { since: moment.clock.wall(since) }
                }
            };
            let (reason, detail) = match sight {
                Sight::Unobserved { since } if !is_open(&camera) => why(reader, &camera, since, &watched.activity)?,
                _ => Default::default(),
            };
            states.push(CameraState { camera, sight, reason, detail });
        }
        Ok(states)
    }
}

fn is_open_for(alert: &Alert, camera: &str) -> bool {
    alert.ended.is_none() && matches!(&alert.subject, crate::alert::Subject::Camera(name) if name == camera)
}

/// As the gap says, which knows most; the camera's thread when that is not written yet.
fn why(reader: &Reader, camera: &str, since: UtcMicros, activity: &Activity) -> Result<(String, String), StoreError> {
    let filter = Filter { camera: Some(camera.to_owned()), since: Some(since.plus_seconds(1.0)), ..Filter::default() };
    let gap: Option<Gap> = reader.last_gaps(&filter)?.into_iter().next();
    Ok(gap.map_or_else(
        || {
            let trouble = activity.trouble();
            (trouble.word().to_owned(), trouble.sentence().to_owned())
        },
        |gap| (gap.reason, gap.detail),
    ))
}

/// One line in the log for each edge.
fn tell(edge: &Edge) {
    match edge {
        Edge::Began(new) => {
            let level = match new.kind.level() {
                Level::Notice => log::Level::Info,
                Level::Warning => log::Level::Warn,
                Level::Critical => log::Level::Error,
            };
            log::log!(level, "alert {}: {}: {}", new.kind.word(), new.subject, new.detail);
        }
        Edge::Ended { kind, subject, detail, .. } => {
            log::info!("alert {} is over: {subject}: {detail}", kind.word());
        }
    }
}
