//! The threads of one camera: a reader and a detector, joined by a bounded queue.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use flume::Sender;

use super::activity::{Activity, State, Trouble};
use super::detector::{DetectorThread, Joined, Report};
use super::frame_queue::{FrameSender, WhenFull, frame_queue};
use super::inference_pool::InferencePool;
use super::latest_picture::LatestPicture;
use super::reader::Reader;
use super::stop::StopToken;
use super::{Camera, Fitter, Opener, Options};
use crate::time::Clock;

/// A call that hangs keeps its thread and its connection for ever: so many and no more are left behind.
const MOST_ABANDONED: u32 = 3;

/// What all crews share.
#[derive(Clone)]
pub struct Equipment {
    pub opener: Arc<dyn Opener>,
    pub pool: Arc<InferencePool>,
    pub clock: Arc<dyn Clock>,
    pub options: Arc<Options>,
}

pub struct Crew {
    pub camera: Arc<Camera>,
    pub activity: Arc<Activity>,
    pub stop: StopToken,
    options: Arc<Options>,
    pub frames: FrameSender,
    /// What a successor is made from.
    template: Reader,
    /// `None` once it has ended or was left behind.
    reader: Option<JoinHandle<Result<(), String>>>,
    detector: Option<JoinHandle<Result<(), String>>>,
    abandoned: u32,
    stop_seen: Option<Instant>,
    /// Why the camera could not be counted to its end.
    pub failure: Option<String>,
}

impl Crew {
    /// Starts the threads. `generation` is of the camera's last session in this run, under whatever configuration.
    pub fn start(
        camera: Arc<Camera>,
        equipment: &Equipment,
        fitter: Arc<dyn Fitter>,
        reports: &Sender<Report>,
        stop: StopToken,
        generation: Arc<AtomicU64>,
        latest: Arc<LatestPicture>,
    ) -> Result<Self, std::io::Error> {
        let when_full = if camera.recording.is_some() { WhenFull::Block } else { WhenFull::DropOldest };
        let (frames, queue) = frame_queue(when_full);
        let activity = Arc::new(Activity::default());
        let annotates = equipment.options.annotate.is_some();
        // Before any look of it. Fails only when the tracker has gone, and then nothing is counted any more.
        let joined =
            Joined { camera: Arc::clone(&camera), activity: Arc::clone(&activity), latest: Arc::clone(&latest) };
        let _ = reports.send(Report::Joined(joined));
        let detector = DetectorThread {
            camera: Arc::clone(&camera),
            fitter,
            pool: Arc::clone(&equipment.pool),
            frames: queue,
            reports: reports.clone(),
            keep_pictures: annotates,
            activity: Arc::clone(&activity),
            latest,
        };
        let template = Reader {
            camera: Arc::clone(&camera),
            opener: Arc::clone(&equipment.opener),
            frames: frames.clone(),
            every_frame: annotates,
            clock: Arc::clone(&equipment.clock),
            stop: stop.clone(),
            activity: Arc::clone(&activity),
            lease: Arc::default(),
            generation,
        };
        let name = camera.config.name.clone();
        let mut crew = Self {
            camera,
            activity,
            stop,
            options: Arc::clone(&equipment.options),
            frames,
            template,
            reader: None,
            detector: Some(spawn(&format!("{name}-detect"), move || detector.run())?),
            abandoned: 0,
            stop_seen: None,
            failure: None,
        };
        crew.start_reader()?;
        Ok(crew)
    }

    /// With a lease of its own.
    fn start_reader(&mut self) -> Result<(), std::io::Error> {
        self.template.lease = Arc::default();
        let reader = self.template.clone();
        self.reader = Some(spawn(&format!("{}-read", self.camera.config.name), move || reader.run())?);
        Ok(())
    }

    /// Looks after the threads; says whether all have ended.
    pub fn tend(&mut self) -> bool {
        if self.reader.as_ref().is_some_and(JoinHandle::is_finished) {
            let ended = self.reader.take().map(JoinHandle::join);
            self.note(ended);
            // Nothing more comes: lets the detector end.
            self.frames.close();
        }
        if self.detector.as_ref().is_some_and(JoinHandle::is_finished) {
            let ended = self.detector.take().map(JoinHandle::join);
            self.note(ended);
        }
        if self.reader.is_some() {
            self.watch_reader();
        }
        self.reader.is_none() && self.detector.is_none()
    }

    fn note(&mut self, ended: Option<thread::Result<Result<(), String>>>) {
        let reason = match ended {
            Some(Ok(Err(reason))) => reason,
            // Threads catch their panics: this one came from between.
            Some(Err(_)) => "its thread panicked".to_owned(),
            _ => return,
        };
        self.failure.get_or_insert(reason);
    }

    /// A thread in a call that hangs cannot be ended: it is left behind, and another takes its place.
    fn watch_reader(&mut self) {
        let stopping = self.stop.is_requested();
        if stopping && self.stop_seen.get_or_insert_with(Instant::now).elapsed() >= self.options.stop_patience {
            if self.template.lease.in_call_for().is_some() {
                log::info!("{}: left behind in a call that takes long", self.camera.config.name);
                self.leave_behind();
                self.frames.close();
            }
            return;
        }
        let hangs = self.template.lease.in_call_for().filter(|&time| time >= self.options.hung_after);
        let Some(time) = hangs.filter(|_| !stopping) else { return };
        let sentence = format!("a call into the video library has hung for {:.0} s", time.as_secs_f64());
        self.activity.is_in(State::Failed(Trouble::new("hung", sentence.clone())));
        self.leave_behind();
        self.abandoned += 1;
        let name = self.camera.config.name.clone();
        if self.abandoned > MOST_ABANDONED || self.camera.recording.is_some() {
            log::error!("{name}: {sentence}; it is given up until lotcount is started again");
            self.failure.get_or_insert(sentence);
            self.frames.close();
            return;
        }
        log::error!("{name}: {sentence}; leaving that thread behind, another takes its place");
        self.activity.reader.failed(sentence);
        self.activity.reader.restarted();
        if let Err(error) = self.start_reader() {
            log::error!("{name}: no other thread can be started: {error}");
            self.failure.get_or_insert(error.to_string());
            self.frames.close();
        }
    }

    fn leave_behind(&mut self) {
        self.template.lease.revoke();
        self.reader = None;
    }
}

/// Linux cuts the name that `ps` and `top` show at 15 bytes; the log shows the full one.
pub fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, std::io::Error> {
    thread::Builder::new().name(name.to_owned()).spawn(body)
}
