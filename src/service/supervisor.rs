//! Who starts the threads, looks after them, and says when all is done. Runs in the thread that owns it.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use flume::{Receiver, RecvTimeoutError, Sender};

use super::activity::{Activity, State};
use super::alert_watch::{AlertWatch, WatchedSite};
use super::commit_latency::CommitLatency;
use super::crew::{Crew, Equipment, spawn};
use super::desk::{Desk, Request, Shown};
use super::detector::Report;
use super::inference_pool::InferencePool;
use super::pulse::Pulse;
use super::reporter::{Never, Reporter};
use super::resets::Resets;
use super::session::CameraId;
use super::stop::StopToken;
use super::tracker::{Kept, TrackerThread};
use super::upkeep::Upkeep;
use super::vital::Vital;
use super::{Camera, Fitter, Parts, Roll};
use crate::config::{self, Config};
use crate::store::{Journal, SiteLayout};

/// The running threads.
pub struct Service {
    crews: Vec<Crew>,
    equipment: Equipment,
    fitter: Arc<dyn Fitter>,
    stop: StopToken,
    /// The tracker ends when this and the detectors' ends are gone.
    reports: Option<Sender<Report>>,
    tracker: JoinHandle<Kept>,
    reporter: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    /// Ends the upkeep, once nothing is counted any more.
    upkeep_stop: StopToken,
    /// Closes when the reporter has published for the last time.
    finished: Receiver<Never>,
    pulse: Arc<Pulse>,
    commit_latency: Arc<CommitLatency>,
    /// What alerts are judged by.
    watched: Arc<WatchedSite>,
    /// For whoever shows the service.
    desk: Arc<Desk>,
    requested: Receiver<Request>,
    vital: Arc<Vital>,
    /// Of the configuration that was read last.
    config_sha256: Arc<str>,
    next_id: CameraId,
    /// Of each camera's last session in this run.
    generations: HashMap<String, Arc<AtomicU64>>,
    /// Cameras that could not be counted to their end, with the reason.
    failed: Vec<(String, String)>,
}

/// How the run ended.
#[derive(Debug)]
pub struct Ended {
    /// Cameras that could not be counted to the end, each with its reason.
    pub failed: Vec<(String, String)>,
    pub kept: Kept,
}

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("a thread cannot be started")]
    Thread(#[from] std::io::Error),
    #[error("the inference threads cannot be started")]
    Pool(#[from] rayon::ThreadPoolBuildError),
}

/// A tracker that gives no sign of life for so long is stuck: nothing is counted.
pub const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// Requests that wait for the supervisor, who comes by five times a second.
const REQUESTS: usize = 16;

impl Service {
    /// Starts every thread.
    pub fn start(parts: Parts) -> Result<Self, ServiceError> {
        let Parts { config, cameras, writer, opener, fitter, clock, options, stop } = parts;
        let pool = Arc::new(InferencePool::new(config.site.inference_threads)?);
        // Looks of all cameras on their way to the one tracker. A look is small (boxes); annotated runs carry their
        // pictures, hence no more than two a camera.
        let (reports, received) = flume::bounded(2 * cameras.len().max(1));
        // Nothing is ever sent here: the reporter learns from its closing that the tracker is done.
        let (tracker_lives, tracker_done) = flume::bounded::<Never>(0);
        let watched = Arc::new(WatchedSite::new(config.alerts.clone()));
        let alerts = AlertWatch::new(&config, writer.run().uid.clone(), Arc::clone(&watched));
        let reporter = Reporter::new(&config, Arc::clone(&clock), tracker_done, alerts);
        let (pulse, commit_latency) = (Arc::new(Pulse::default()), Arc::<CommitLatency>::default());
        let (supervisor, reporter_vital) = (Arc::new(Vital::default()), reporter.vital());
        let run = writer.run().uid.clone();
        let looks = reports.downgrade();
        let tracker = TrackerThread {
            journal: Journal::new(writer),
            reports: received,
            stop: stop.clone(),
            clock: Arc::clone(&clock),
            resets: Resets::of(&config),
            annotate: options.annotate.clone(),
            pulse: Arc::clone(&pulse),
            commit_latency: Arc::clone(&commit_latency),
        };
        let tracker = spawn("tracker", move || {
            let kept = tracker.run();
            drop(tracker_lives);
            kept
        })?;
        let (reporter_lives, finished) = flume::bounded(0);
        let reporter = spawn("reporter", move || {
            let _lives = reporter_lives;
            reporter.run();
        })?;
        let upkeep_stop = StopToken::default();
        let upkeep = Upkeep::new(&config, Arc::clone(&clock), upkeep_stop.clone());
        let (requests, requested) = flume::bounded(REQUESTS);
        let named = [
            ("supervisor", Arc::clone(&supervisor)),
            ("tracker", Arc::clone(&pulse.vital)),
            ("reporter", reporter_vital),
            ("upkeep", upkeep.vital()),
        ];
        let desk = Desk {
            run,
            started: clock.wall(clock.now()).to_string(),
            clock: Arc::clone(&clock),
            pulse: Arc::clone(&pulse),
            stop: stop.clone(),
            looks,
            requests,
            threads: named.into_iter().map(|(name, vital)| (name.to_owned(), vital)).chain(pool.threads()).collect(),
            cameras: Mutex::default(),
            config: Mutex::new(Arc::clone(&config)),
            is_served: config.http.is_some(),
            latest: Mutex::default(),
        };
        let upkeep = spawn("upkeep", move || upkeep.run())?;
        let mut service = Self {
            crews: Vec::new(),
            equipment: Equipment { opener, pool, clock, options: Arc::new(options) },
            fitter,
            stop,
            reports: Some(reports),
            tracker,
            reporter,
            upkeep,
            upkeep_stop,
            finished,
            pulse,
            commit_latency,
            watched,
            desk: Arc::new(desk),
            requested,
            vital: supervisor,
            config_sha256: config.hash.as_str().into(),
            next_id: 0,
            generations: HashMap::new(),
            failed: Vec::new(),
        };
        for roll in cameras {
            service.enlist(roll)?;
        }
        Ok(service)
    }

    fn enlist(&mut self, Roll { config, recording }: Roll) -> Result<(), std::io::Error> {
        let Some(reports) = &self.reports else { return Ok(()) };
        let generation = Arc::clone(self.generations.entry(config.name.clone()).or_default());
        let config_sha256 = Arc::clone(&self.config_sha256);
        let recent_looks = self.desk.looks_of(&config);
        let camera = Arc::new(Camera { id: self.next_id, config, config_sha256, recording, recent_looks });
        self.next_id += 1;
        let fitter = Arc::clone(&self.fitter);
        let latest = self.desk.latest(&camera.config.name);
        let stop = self.stop.child();
        let crew = Crew::start(camera, &self.equipment, fitter, reports, stop, generation, Arc::clone(&latest))?;
        if crew.camera.recording.is_none() {
            let now = self.equipment.clock.now();
            self.watched.takes_in(&crew.camera.config.name, Arc::clone(&crew.activity), now);
        }
        self.desk.shows(Shown {
            id: crew.camera.id,
            name: crew.camera.config.name.clone(),
            live: crew.camera.recording.is_none(),
            activity: Arc::clone(&crew.activity),
            frames: crew.frames.clone(),
            camera: Arc::clone(&crew.camera),
            latest,
        });
        self.crews.push(crew);
        Ok(())
    }

    /// Looks after the threads, and waits for `duration` at most; says whether everything has been counted, committed and
    /// published.
    pub fn tend(&mut self, duration: Duration) -> bool {
        self.vital.beat();
        self.desk.sample();
        self.answer_requests();
        let mut over = Vec::new();
        self.crews.retain_mut(|crew| {
            let ended = crew.tend();
            if ended {
                over.push((crew.camera.id, crew.camera.config.name.clone(), crew.failure.take()));
            }
            !ended
        });
        for (id, name, failure) in over {
            self.desk.forgets(id);
            if let Some(reports) = &self.reports {
                let _ = reports.send(Report::Left(id)); // fails only when the tracker has gone
            }
            self.failed.extend(failure.map(|reason| (name, reason)));
        }
        // Only a live camera can come back; without any the run is over.
        if self.crews.is_empty() {
            self.reports = None;
        }
        match self.finished.recv_timeout(duration) {
            Ok(never) => match never {},
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        }
    }

    fn answer_requests(&mut self) {
        while let Ok(Request::Restart(names)) = self.requested.try_recv() {
            log::info!("{}: opened anew, as somebody asked for", names.join(", "));
            if let Err(error) = self.restart(&names) {
                log::error!("not all cameras were started again: {error}");
            }
        }
    }

    /// Lets live cameras end and opens them anew, as they are configured. What they saw so far is counted.
    pub fn restart(&mut self, names: &[String]) -> Result<(), ServiceError> {
        let is_meant = |crew: &&Crew| {
            crew.camera.recording.is_none() && !crew.stop.is_requested() && names.contains(&crew.camera.config.name)
        };
        let meant: Vec<&Crew> = self.crews.iter().filter(is_meant).collect();
        meant.iter().for_each(|crew| crew.stop.request());
        let configs: Vec<config::Camera> = meant.iter().map(|crew| crew.camera.config.clone()).collect();
        for config in configs {
            self.enlist(Roll { config, recording: None })?;
        }
        Ok(())
    }

    /// For whoever shows the service, and asks it for something.
    pub fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// Whether those without whom nothing is counted are alive: to be asked by whoever feeds a watchdog.
    pub fn is_alive(&self) -> bool {
        self.pulse.age() < LONGEST_SILENCE
    }

    /// Changes that wait in memory because the database does not take them.
    pub fn waiting(&self) -> u64 {
        self.pulse.waiting()
    }

    /// How long crossings of live cameras take from their frame into the database. Outlives the service.
    pub fn commit_latency(&self) -> Arc<CommitLatency> {
        Arc::clone(&self.commit_latency)
    }

    /// Each camera's name and what it is doing, of those that have not ended.
    pub fn cameras(&self) -> impl Iterator<Item = (&str, &Arc<Activity>)> {
        self.crews.iter().map(|crew| (crew.camera.config.name.as_str(), &crew.activity))
    }

    /// One line on how all is going.
    pub fn status(&self) -> String {
        let mut counting = 0;
        let mut troubles = Vec::new();
        for (name, activity) in self.cameras() {
            match activity.state() {
                State::Counting | State::Done => counting += 1,
                State::Connecting => troubles.push(format!("{name}: connecting")),
                State::Troubled(why) => troubles.push(format!("{name}: {}", why.word())),
                State::Failed(why) => troubles.push(format!("{name}: failed, {}", why.word())),
            }
        }
        let mut status = format!("{counting} of {} cameras counting", self.crews.len());
        if self.waiting() > 0 {
            status += &format!("; the database takes nothing, {} changes wait", self.waiting());
        }
        for trouble in troubles {
            status += &format!("; {trouble}");
        }
        status
    }

    /// Follows a new configuration. A live camera that is configured as before goes on untouched; one that is new, gone or
    /// changed is started or stopped. Gives the names of those.
    pub fn reload(&mut self, new: &Config, fitter: Arc<dyn Fitter>) -> Result<Vec<String>, ServiceError> {
        let mut touched = Vec::new();
        let Some(reports) = &self.reports else { return Ok(touched) };
        self.fitter = fitter;
        self.config_sha256 = new.hash.as_str().into();
        self.watched.follow(new.alerts.clone());
        self.desk.follows(new);
        let site = Report::Site { layout: SiteLayout::of(new), resets: Resets::of(new) };
        let _ = reports.send(site); // fails only when the tracker has gone
        let mut present: HashMap<&str, &config::Camera> =
            new.cameras.iter().map(|camera| (camera.name.as_str(), camera)).collect();
        // One that was stopped before may take a while to end; it was touched then.
        let live = |crew: &&Crew| crew.camera.recording.is_none() && !crew.stop.is_requested();
        for crew in self.crews.iter().filter(live) {
            let name = crew.camera.config.name.as_str();
            if present.get(name) == Some(&&crew.camera.config) {
                present.remove(name);
            } else {
                crew.stop.request();
                touched.push(name.to_owned());
            }
        }
        let begin: Vec<Roll> = present
            .into_values()
            .filter(|camera| camera.source.is_live())
            .map(|camera| Roll { config: camera.clone(), recording: None })
            .collect();
        for roll in begin {
            touched.push(roll.config.name.clone());
            self.enlist(roll)?;
        }
        touched.sort();
        touched.dedup();
        Ok(touched)
    }

    /// Waits for every thread that has not ended, in the order in which they end.
    pub fn wait(mut self) -> Ended {
        while !self.tend(Duration::from_millis(50)) {}
        let kept = match self.tracker.join() {
            Ok(kept) => kept,
            Err(_) => Kept { panicked: true, ..Kept::default() },
        };
        self.upkeep_stop.request();
        // Whatever panicked here has published nothing wrong: totals are always read back from the database.
        for (name, thread) in [("reporter", self.reporter), ("upkeep", self.upkeep)] {
            if thread.join().is_err() {
                self.failed.push((name.to_owned(), "its thread panicked".to_owned()));
            }
        }
        Ended { failed: self.failed, kept }
    }
}
