//! The whole pipeline on the recording, as fast as it goes: the real service with a database of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counting_fitter::CountingFitter;
use super::process::process_cpu;
use super::scene::Scene;
use super::steps::{failed, goes_on};
use crate::cli::net_fitter::NetFitter;
use crate::cli::{Exit, Failure};
use crate::config::Config;
use crate::service::{Options, Parts, Roll, Service, StopToken, VideoOpener};
use crate::source::{Recording, content_hash};
use crate::store::{Filter, NewRun, Reader, Writer};
use crate::time::{SystemClock, UtcMicros};

/// What one playing took.
pub struct Whole {
    /// Processor time from the first frame until everything was committed and all threads had ended.
    pub cpu: Duration,
    /// Processor time before the first frame: starting threads, opening the recording. Loading the nets is not in it.
    pub start_cpu: Duration,
    pub wall: Duration,
    pub frames_read: u64,
    pub frames_looked_at: u64,
    /// Of these, by the net; the others had not changed.
    pub net_looks: u64,
    /// Processor time of those, in the region or in a part of it.
    pub net_cpu: Duration,
    pub crossings: usize,
}

impl Whole {
    pub fn measure(scene: &Scene, fitter: &Arc<NetFitter>, stop: &StopToken, scratch: &Path) -> Result<Self, Failure> {
        let config = Arc::new(at(&scene.config, &scratch.join("whole.db")));
        let content = content_hash(&scene.recording).map_err(failed)?;
        let recording = Recording { content, start: UtcMicros::now(), start_assumed: true };
        let cameras = vec![Roll { config: config.cameras[0].clone(), recording: Some(recording) }];
        let writer = begin(&config)?;
        let fitter = Arc::new(CountingFitter::new(Arc::clone(fitter)));
        let (began, before) = (Instant::now(), process_cpu());
        let mut service = Service::start(Parts {
            config: Arc::clone(&config),
            cameras,
            writer,
            opener: Arc::new(VideoOpener::default()),
            fitter: Arc::clone(&fitter) as _,
            clock: Arc::new(SystemClock::start()),
            options: Options::default(),
            stop: stop.clone(),
        })
        .map_err(failed)?;
        let activities: Vec<_> = service.cameras().map(|(_, activity)| Arc::clone(activity)).collect();
        while activities.iter().any(|activity| activity.frames_read() == 0) && !service.tend(SHORT) {}
        let first = process_cpu();
        let ended = service.wait();
        let (cpu, start_cpu, wall) = (process_cpu() - first, first - before, began.elapsed());
        goes_on(stop)?;
        if let Some((_, reason)) = ended.failed.first() {
            return Err(Failure::text(Exit::Camera, format!("error: {}: {reason}", scene.recording.display())));
        }
        let frames: Vec<_> = activities.iter().map(|activity| activity.tally.frames()).collect();
        let reader = Reader::open(&config.site.database).map_err(database)?;
        let volumes = reader.line_volumes(&Filter::default()).map_err(database)?;
        Ok(Self {
            cpu,
            start_cpu,
            wall,
            frames_read: frames.iter().map(|frames| frames.read).sum(),
            frames_looked_at: frames.iter().map(|frames| frames.looked_at).sum(),
            net_looks: fitter.looks(),
            net_cpu: fitter.cpu(),
            crossings: volumes.iter().map(|row| (row.entries + row.exits) as usize).sum(),
        })
    }
}

/// Between two looks at whether the first frame is there.
const SHORT: Duration = Duration::from_millis(1);

/// With its database there.
pub fn at(config: &Config, path: &Path) -> Config {
    let mut config = config.clone();
    config.site.database = path.to_path_buf();
    config
}

pub fn begin(config: &Config) -> Result<Writer, Failure> {
    let run = NewRun { started: UtcMicros::now(), version: env!("CARGO_PKG_VERSION"), config_sha256: &config.hash };
    Writer::begin(&config.site.database, &run, config).map_err(database)
}

pub fn database(error: crate::store::StoreError) -> Failure {
    Failure::new(Exit::Database, &error)
}
