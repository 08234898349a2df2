//! One camera's trouble is its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lotcount::config::{self, Config};
use lotcount::detect::{Class, DetectError, Detection, Detector, PixelRegion};
use lotcount::diagnostics::TomlFile;
use lotcount::geometry::Rect;
use lotcount::service::{FitError, Fitted, Fitter, ModelId, Opener, Options, Parts, Roll, Service, StopToken, View};
use lotcount::source::{FrameSource, Picture, Reason, SourceError, SourceInfo};
use lotcount::store::{Filter, NewRun, Reader, Writer};
use lotcount::time::{Clock, UtcMicros};
use lotcount::track::Thresholds;

const WIDTH: usize = 64;
const HEIGHT: usize = 36;
/// Frames of the good camera: 4 s at 12 a second, in which one car drives down over the line.
const FRAMES: u64 = 48;
/// Longest that a thread may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const PERIOD_US: i64 = 1_000_000 / 12;

/// Time passes when the good camera gives a frame.
#[derive(Default)]
struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> UtcMicros {
        UtcMicros(self.0.load(Ordering::SeqCst))
    }
}

/// The number of the frame that the detector saw last: the camera gives the next one only then, as a real one gives the
/// detector time.
type Seen = Arc<AtomicU64>;

/// Plays its frames once and then asks for a stop, so that the real loop runs to its natural end. The number of the frame
/// is written into its first pixel, for the detector.
struct Prepared {
    clock: Arc<ManualClock>,
    seen: Seen,
    given: u64,
    stop: StopToken,
    info: SourceInfo,
    frame: u64,
}

impl FrameSource for Prepared {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        self.frame += 1;
        if self.frame > FRAMES {
            self.stop.request();
        }
        let now = self.clock.0.fetch_add(PERIOD_US, Ordering::SeqCst);
        Ok(Some(Duration::from_micros(now as u64)))
    }

    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
        let deadline = Instant::now() + PATIENCE;
        while self.seen.load(Ordering::SeqCst) < self.given {
            assert!(Instant::now() < deadline, "the detector never saw frame {}", self.given);
            std::thread::yield_now();
        }
        self.given = self.frame;
        *picture = Picture::filled(WIDTH, HEIGHT, [0; 3]);
        picture.bgr_mut()[0] = self.frame as u8;
        Ok(())
    }
}

/// The camera `good` plays, `absent` never opens, `mad` panics.
struct Cameras {
    clock: Arc<ManualClock>,
    seen: Seen,
    stop: StopToken,
    opened: [AtomicUsize; 2],
}

impl Opener for Cameras {
    fn open(&self, camera: &config::Camera) -> Result<Box<dyn FrameSource>, SourceError> {
        match camera.name.as_str() {
            "good" => {
                let info =
                    SourceInfo { width: WIDTH, height: HEIGHT, fps: Some(12.0), codec: String::new(), frames: None };
                let (clock, seen) = (Arc::clone(&self.clock), Arc::clone(&self.seen));
                Ok(Box::new(Prepared { clock, seen, given: 0, stop: self.stop.clone(), info, frame: 0 }))
            }
            "absent" => {
                self.opened[0].fetch_add(1, Ordering::SeqCst);
                Err(SourceError::Camera(Reason::NoAnswer))
            }
            _ => {
                self.opened[1].fetch_add(1, Ordering::SeqCst);
                panic!("a camera that makes the reader panic")
            }
        }
    }
}

/// Sees one car, lower with every frame. Panics once on the way.
struct Seer {
    seen: Seen,
    panics_at: u8,
}

impl Detector for Seer {
    fn detect(&mut self, picture: &Picture, _: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        let frame = picture.bgr()[0];
        self.seen.store(u64::from(frame), Ordering::SeqCst);
        if frame >= self.panics_at {
            self.panics_at = u8::MAX;
            panic!("a frame that makes the net panic");
        }
        let bottom = 6.0 + 0.6 * f64::from(frame);
        let rect = Rect::new(29.0, bottom - 6.0, 35.0, bottom);
        Ok(vec![Detection { rect, score: 0.9, class: Class::Car }])
    }
}

struct Seers {
    seen: Seen,
}

impl Fitter for Seers {
    fn fit(&self, _: &config::Camera, width: usize, height: usize) -> Result<Fitted, FitError> {
        let model = ModelId { name: "seer".to_owned(), sha256: "0".to_owned() };
        let region = PixelRegion::whole(width, height);
        let view = View { width, height, region, thresholds: Thresholds::default(), model };
        Ok(Fitted { detector: Box::new(Seer { seen: Arc::clone(&self.seen), panics_at: 40 }), view })
    }
}

fn config(folder: &Path) -> Config {
    let camera = |name: &str| {
        format!(
            "[[camera]]\nname = \"{name}\"\nsource = \"rtsp://192.0.2.1/{name}\"\nmotion_gate = false\n[[camera.line]]\nname = \"gate\"\n\
             a = [0.1, 0.5]\nb = [0.9, 0.5]\nentry = \"lot\"\nexit = \"lot\"\n"
        )
    };
    let site = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"lot\"\n";
    let text = format!("{site}{}{}{}", camera("absent"), camera("good"), camera("mad"));
    // The default model is looked for in the working folder, which is the project's.
    let (mut config, _) = Config::from_file(TomlFile { path: "cameras.toml".into(), text }).unwrap();
    config.site.database = folder.join("lotcount.db");
    config.site.totals = folder.join("totals.json");
    config.site.backup_folder = folder.join("backups");
    config
}

#[test]
fn trouble_with_two_cameras_costs_the_third_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = Arc::new(config(folder.path()));
    let run = NewRun { started: UtcMicros(0), version: "test", config_sha256: "" };
    let writer = Writer::begin(&config.site.database, &run, &config).unwrap();
    let cameras = config.cameras.iter();
    let cameras = cameras.map(|camera| Roll { config: camera.clone(), recording: None }).collect();
    let (clock, stop, seen) = (Arc::new(ManualClock::default()), StopToken::default(), Seen::default());
    let opener = Arc::new(Cameras {
        clock: Arc::clone(&clock),
        seen: Arc::clone(&seen),
        stop: stop.clone(),
        opened: Default::default(),
    });
    let service = Service::start(Parts {
        config: Arc::clone(&config),
        cameras,
        writer,
        opener: Arc::clone(&opener) as Arc<dyn Opener>,
        fitter: Arc::new(Seers { seen }),
        clock,
        options: Options::default(),
        stop,
    })
    .unwrap();
    let ended = service.wait();
    assert!(ended.failed.is_empty() && ended.kept.database.is_none() && ended.kept.unsaved.is_none(), "{ended:?}");
    assert!(opener.opened.iter().all(|opened| opened.load(Ordering::SeqCst) >= 1), "a camera was never tried");

    let volumes = Reader::open(&config.site.database).unwrap().line_volumes(&Filter::default()).unwrap();
    let counted: Vec<_> = volumes.iter().map(|v| (v.camera.as_str(), v.entries, v.exits)).collect();
    assert_eq!(counted, [("good", 1, 0)]);
    let database = rusqlite::Connection::open(&config.site.database).unwrap();
    let sql = "SELECT reason, frames_read, frames_looked_at + frames_dropped FROM session";
    let (reason, read, seen): (String, u64, u64) =
        database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    // Every frame that was to be looked at was looked at or is counted as dropped, but for the one that made the net panic.
    // The frame during which the stop was requested is read as well.
    assert_eq!((reason.as_str(), read, seen), ("stopped", FRAMES + 1, 24));
    assert!(config.site.totals.exists(), "nothing was published at the end");
}
