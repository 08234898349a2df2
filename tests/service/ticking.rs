//! Cameras that send a picture every few milliseconds until the service stops them, on a clock that can be set.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use lotcount::config::{self, Config};
use lotcount::detect::{DetectError, Detection, Detector, PixelRegion};
use lotcount::diagnostics::TomlFile;
use lotcount::service::{FitError, Fitted, Fitter, ModelId, Opener, Options, Parts, Roll, Service, StopToken, View};
use lotcount::source::{FrameSource, Picture, SourceError, SourceInfo};
use lotcount::store::{NewRun, Writer};
use lotcount::time::{Clock, SystemClock, UtcMicros};
use lotcount::track::Thresholds;
use rusqlite::Connection;

/// Longest that a condition may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
const PERIOD: Duration = Duration::from_millis(20);

/// The wall clock may be set, and may be made to panic in the tracker.
pub struct SettableClock {
    steady: SystemClock,
    pub offset_us: AtomicI64,
    pub breaks_tracker: AtomicBool,
}

impl Clock for SettableClock {
    fn now(&self) -> UtcMicros {
        self.steady.now()
    }

    fn wall(&self, moment: UtcMicros) -> UtcMicros {
        let in_tracker = std::thread::current().name() == Some("tracker");
        assert!(!(in_tracker && self.breaks_tracker.load(Ordering::SeqCst)), "a clock that makes the tracker panic");
        UtcMicros(moment.0 + self.offset_us.load(Ordering::SeqCst))
    }
}

/// Opens every camera; a camera whose name is `stuck` hangs so often in its first openings until it is let go.
#[derive(Default)]
pub struct Openings {
    pub hangs: AtomicU64,
    gate: Mutex<bool>,
    opened: Condvar,
    /// Of sources that were opened by a thread that had hung.
    pub late_sources_closed: Arc<AtomicU64>,
    pub late_frames: Arc<AtomicU64>,
}

impl Openings {
    pub fn let_go(&self) {
        *self.gate.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

impl Opener for Openings {
    fn open(&self, camera: &config::Camera) -> Result<Box<dyn FrameSource>, SourceError> {
        let hangs = camera.name == "stuck"
            && self.hangs.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let late = hangs.then(|| (Arc::clone(&self.late_sources_closed), Arc::clone(&self.late_frames)));
        if hangs {
            let mut open = self.gate.lock().unwrap();
            while !*open {
                open = self.opened.wait(open).unwrap();
            }
        }
        let info = SourceInfo { width: 64, height: 36, fps: Some(50.0), codec: String::new(), frames: None };
        Ok(Box::new(Ticking { info, frame: 0, late }))
    }
}

struct Ticking {
    info: SourceInfo,
    frame: u64,
    late: Option<(Arc<AtomicU64>, Arc<AtomicU64>)>,
}

impl FrameSource for Ticking {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        std::thread::sleep(PERIOD); // as a camera's next frame lets wait
        self.frame += 1;
        if let Some((_, frames)) = &self.late {
            frames.fetch_add(1, Ordering::SeqCst);
        }
        Ok(Some(PERIOD * self.frame as u32))
    }

    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
        // Never the same twice: a camera that repeats itself is frozen.
        *picture = Picture::filled(64, 36, [100, 120, (self.frame % 200) as u8]);
        Ok(())
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        if let Some((closed, _)) = &self.late {
            closed.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Sees nothing.
pub struct Blind;

impl Detector for Blind {
    fn detect(&mut self, _: &Picture, _: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        Ok(Vec::new())
    }
}

impl Fitter for Blind {
    fn fit(&self, _: &config::Camera, width: usize, height: usize) -> Result<Fitted, FitError> {
        let model = ModelId { name: "blind".to_owned(), sha256: "0".to_owned() };
        let region = PixelRegion::whole(width, height);
        let view = View { width, height, region, thresholds: Thresholds::default(), model };
        Ok(Fitted { detector: Box::new(Blind), view })
    }
}

/// Each camera's name and where its line begins. All pictures are looked at, though hardly anything changes on them.
pub fn config(folder: &Path, cameras: &[(&str, f64)]) -> Config {
    let cameras: String = cameras
        .iter()
        .map(|(name, x)| {
            format!(
                "[[camera]]\nname = \"{name}\"\nsource = \"rtsp://192.0.2.1/{name}\"\nmotion_gate = false\n\
                 [[camera.line]]\nname = \"gate\"\na = [{x}, 0.5]\nb = [0.9, 0.5]\nentry = \"lot\"\nexit = \"lot\"\n"
            )
        })
        .collect();
    let site = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"lot\"\n";
    // The default model is looked for in the working folder, which is the project's.
    let file = TomlFile { path: "cameras.toml".into(), text: format!("{site}{cameras}") };
    let (mut config, _) = Config::from_file(file).unwrap_or_else(|report| panic!("{report}"));
    config.site.database = folder.join("lotcount.db");
    config.site.totals = folder.join("totals.json");
    config.site.backup_folder = folder.join("backups");
    config
}

/// A running service and all that it was made of.
pub struct Stage {
    pub folder: tempfile::TempDir,
    pub service: Service,
    pub stop: StopToken,
    pub clock: Arc<SettableClock>,
    pub openings: Arc<Openings>,
}

impl Stage {
    pub fn new(cameras: &[(&str, f64)], hangs: u64) -> Self {
        Self::looked_at_by(Arc::new(Blind), 2, cameras, hangs)
    }

    /// With so many inference threads.
    pub fn looked_at_by(fitter: Arc<dyn Fitter>, threads: usize, cameras: &[(&str, f64)], hangs: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path(), cameras);
        config.site.inference_threads = Some(threads);
        Self::of(folder, config, fitter, hangs, 0)
    }

    /// At this distance from the computer's clock, us.
    pub fn of(folder: tempfile::TempDir, config: Config, fitter: Arc<dyn Fitter>, hangs: u64, offset_us: i64) -> Self {
        let config = Arc::new(config);
        let run = NewRun { started: UtcMicros::now(), version: "test", config_sha256: "" };
        let writer = Writer::begin(&config.site.database, &run, &config).unwrap();
        let roll = config.cameras.iter().map(|camera| Roll { config: camera.clone(), recording: None }).collect();
        let clock = Arc::new(SettableClock {
            steady: SystemClock::start(),
            offset_us: AtomicI64::new(offset_us),
            breaks_tracker: AtomicBool::new(false),
        });
        let openings = Arc::new(Openings { hangs: AtomicU64::new(hangs), ..Openings::default() });
        let stop = StopToken::default();
        let service = Service::start(Parts {
            config: Arc::clone(&config),
            cameras: roll,
            writer,
            opener: Arc::clone(&openings) as Arc<dyn Opener>,
            fitter,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            options: Options {
                hung_after: Duration::from_millis(300),
                stop_patience: Duration::from_millis(100),
                ..Options::default()
            },
            stop: stop.clone(),
        })
        .unwrap();
        Self { folder, service, stop, clock, openings }
    }

    /// Supervises until the condition holds.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "never happened: {what}");
            self.service.tend(Duration::from_millis(20));
        }
    }

    pub fn sql(&self) -> Connection {
        Connection::open(self.folder.path().join("lotcount.db")).unwrap()
    }

    pub fn count(&self, what: &str) -> i64 {
        self.sql().query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
    }

    pub fn sessions(&self, camera: &str) -> i64 {
        self.count(&format!("session JOIN camera ON camera.id = camera_id WHERE name = '{camera}'"))
    }
}
