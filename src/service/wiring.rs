//! Which threads there are and what joins them.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use flume::{Receiver, RecvTimeoutError};
use rayon::ThreadPool;

use super::detector::DetectorThread;
use super::frame_queue::{WhenFull, frame_queue};
use super::reader::Reader;
use super::reporter::{Never, Reporter};
use super::session::Activity;
use super::stop::StopToken;
use super::tracker::TrackerThread;
use crate::config::{self, Config};
use crate::detect::{Detector, PixelRegion};
use crate::source::{FrameSource, Recording, SourceError};
use crate::store::{StoreError, Writer};
use crate::time::Clock;
use crate::track::Thresholds;

/// Opens cameras and recordings: the real ones, or prepared ones in tests.
pub trait Opener: Send + Sync {
    fn open(&self, camera: &config::Camera) -> Result<Box<dyn FrameSource>, SourceError>;
}

/// Chooses what looks at a camera's pictures, once their size is known.
pub trait Fitter: Send + Sync {
    fn fit(&self, camera: &config::Camera, width: usize, height: usize) -> Result<Fitted, FitError>;
}

/// A detector for pictures of one size.
pub struct Fitted {
    pub detector: Box<dyn Detector>,
    pub view: View,
}

/// What is looked at, and with which net.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// pixels of the whole picture
    pub width: usize,
    pub height: usize,
    pub region: PixelRegion,
    /// Those that fit the net's scores.
    pub thresholds: Thresholds,
    pub model: ModelId,
}

/// Which net, so that a count can be traced to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelId {
    pub name: String,
    /// SHA-256 of the .onnx file, hexadecimal
    pub sha256: String,
}

/// No net can look at this camera's pictures.
#[derive(Debug, thiserror::Error)]
#[error("no net fits its pictures")]
pub struct FitError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// One camera as its threads see it.
pub struct Camera {
    /// Index in the configuration.
    pub index: usize,
    pub config: config::Camera,
    /// `None` for live cameras.
    pub recording: Option<Recording>,
}

pub struct Options {
    /// Write each camera's annotated video into this folder.
    pub annotate: Option<PathBuf>,
}

/// The running threads.
pub struct Service {
    readers: Vec<(String, JoinHandle<Result<(), String>>)>,
    detectors: Vec<(String, JoinHandle<Result<(), String>>)>,
    tracker: JoinHandle<Result<(), StoreError>>,
    reporter: JoinHandle<()>,
    /// Closes when the reporter has published for the last time.
    finished: Receiver<Never>,
    activity: Activity,
}

/// How the run ended.
#[derive(Debug)]
pub struct Ended {
    /// Cameras that could not be counted to the end, each with its reason.
    pub failed: Vec<(String, String)>,
    /// The database failed; what was committed before stands.
    pub database: Option<StoreError>,
}

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("a thread cannot be started")]
    Thread(#[from] std::io::Error),
    #[error("the inference threads cannot be started")]
    Pool(#[from] rayon::ThreadPoolBuildError),
}

/// Everything the service needs from outside.
pub struct Parts {
    pub config: Arc<Config>,
    pub cameras: Vec<Camera>,
    pub writer: Writer,
    pub opener: Arc<dyn Opener>,
    pub fitter: Arc<dyn Fitter>,
    pub clock: Arc<dyn Clock>,
    pub options: Options,
    pub stop: StopToken,
}

impl Service {
    /// Starts every thread.
    pub fn start(parts: Parts) -> Result<Self, ServiceError> {
        let Parts { config, cameras, writer, opener, fitter, clock, options, stop } = parts;
        let pool = Arc::new(inference_pool(config.site.inference_threads)?);
        let activity = Activity::of(config.cameras.len());
        // Looks of all cameras on their way to the one tracker. A look is small (boxes); annotated runs carry their
        // pictures, hence no more than two a camera.
        let (reports, received) = flume::bounded(2 * cameras.len().max(1));
        let (mut readers, mut detectors) = (Vec::new(), Vec::new());
        for camera in cameras.into_iter().map(Arc::new) {
            let when_full = if camera.recording.is_some() { WhenFull::Block } else { WhenFull::DropOldest };
            let (frames, queue) = frame_queue(when_full);
            let detector = DetectorThread {
                camera: Arc::clone(&camera),
                fitter: Arc::clone(&fitter),
                pool: Arc::clone(&pool),
                frames: queue,
                reports: reports.clone(),
                keep_pictures: options.annotate.is_some(),
            };
            let reader = Reader {
                camera: Arc::clone(&camera),
                opener: Arc::clone(&opener),
                frames,
                every_frame: options.annotate.is_some(),
                clock: Arc::clone(&clock),
                stop: stop.clone(),
                activity: activity.clone(),
            };
            let name = &camera.config.name;
            detectors.push((name.clone(), spawn(&format!("{name}-detect"), move || detector.run())?));
            readers.push((name.clone(), spawn(&format!("{name}-read"), move || reader.run())?));
        }
        // Only the detectors' ends keep the queue open now.
        drop(reports);
        // Nothing is ever sent here: the reporter learns from its closing that the tracker is done.
        let (tracker_lives, tracker_done) = flume::bounded::<Never>(0);
        let reporter = Reporter::new(&config, Arc::clone(&clock), tracker_done);
        let tracker = TrackerThread::new(&config, writer, received, options.annotate, stop.clone());
        let tracker = spawn("tracker", move || {
            let result = tracker.run();
            drop(tracker_lives);
            result
        })?;
        let (reporter_lives, finished) = flume::bounded(0);
        let reporter = spawn("reporter", move || {
            let _lives = reporter_lives;
            reporter.run();
        })?;
        Ok(Self { readers, detectors, tracker, reporter, finished, activity })
    }

    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Waits for `duration` at most; says whether everything has been counted, committed and published.
    pub fn is_finished_within(&self, duration: Duration) -> bool {
        match self.finished.recv_timeout(duration) {
            Ok(never) => match never {},
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => true,
        }
    }

    /// Waits for every thread, in the order in which they end.
    pub fn wait(self) -> Ended {
        let mut failed = Vec::new();
        for (name, thread) in self.readers.into_iter().chain(self.detectors) {
            match thread.join() {
                Ok(Ok(())) => {}
                Ok(Err(reason)) => failed.push((name, reason)),
                Err(_) => failed.push((name, "its thread panicked".to_owned())),
            }
        }
        let database = match self.tracker.join() {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(StoreError::WriterPanicked),
        };
        // A reporter that panicked has published nothing wrong: totals are always read back from the database.
        if self.reporter.join().is_err() {
            failed.push(("reporter".to_owned(), "its thread panicked".to_owned()));
        }
        Ended { failed, database }
    }
}

/// Linux cuts the name that `ps` and `top` show at 15 bytes; the log shows the full one.
fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, std::io::Error> {
    thread::Builder::new().name(name.to_owned()).spawn(body)
}

fn inference_pool(threads: Option<usize>) -> Result<ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0)) // 0: as many as the machine has
        .thread_name(|index| format!("inference-{index}"))
        .build()
}
