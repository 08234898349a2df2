//! The whole pipeline on the recording, as fast as it goes: the real service with a database of its own, the second time that it
//! sees the recording.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counting_fitter::CountingFitter;
use super::process::process_cpu;
use super::scene::Scene;
use super::steps::{failed, goes_on};
use super::two_rounds::{Played, TwoRoundsOpener};
use crate::cli::net_fitter::NetFitter;
use crate::cli::{Exit, Failure};
use crate::config::Config;
use crate::service::{Options, Parts, Roll, Service, StopToken};
use crate::source::{Recording, content_hash};
use crate::store::{Filter, NewRun, Reader, Writer};
use crate::time::{SystemClock, UtcMicros};

/// What one playing took.
pub struct Whole {
    /// Processor time of the second round, until everything was committed and all threads had ended.
    pub cpu: Duration,
    /// Processor time before the first frame: starting threads, opening the recording. Loading the nets is not in it.
    pub start_cpu: Duration,
    pub wall: Duration,
    pub frames_read: u64,
    /// Of these.
    pub frames_decoded: u64,
    /// Of these, converted to colour.
    pub pictures: u64,
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
        let played = Arc::new(Played::default());
        let before = process_cpu();
        let mut service = Service::start(Parts {
            config: Arc::clone(&config),
            cameras,
            writer,
            opener: Arc::new(TwoRoundsOpener { played: Arc::clone(&played) }),
            fitter: Arc::clone(&fitter) as _,
            clock: Arc::new(SystemClock::start()),
            options: Options::default(),
            stop: stop.clone(),
        })
        .map_err(failed)?;
        let activities: Vec<_> = service.cameras().map(|(_, activity)| Arc::clone(activity)).collect();
        let looked_at = || activities.iter().map(|activity| activity.tally.frames().looked_at).sum::<u64>();
        while played.frames().grabbed == 0 && !service.tend(SHORT) {}
        let start_cpu = process_cpu() - before;
        while !played.first_round_is_over() && !service.tend(SHORT) {}
        let (began, first) = (Instant::now(), process_cpu());
        let (frames_before, looked_at_before) = (played.frames(), looked_at());
        let (net_looks_before, net_cpu_before) = (fitter.looks(), fitter.cpu());
        let ended = service.wait();
        let (cpu, wall) = (process_cpu() - first, began.elapsed());
        goes_on(stop)?;
        if let Some((_, reason)) = ended.failed.first() {
            return Err(Failure::text(Exit::Camera, format!("error: {}: {reason}", scene.recording.display())));
        }
        let frames = played.frames();
        let reader = Reader::open(&config.site.database).map_err(database)?;
        let volumes = reader.line_volumes(&Filter::default()).map_err(database)?;
        Ok(Self {
            cpu,
            start_cpu,
            wall,
            frames_read: frames.grabbed - frames_before.grabbed,
            frames_decoded: frames.decoded - frames_before.decoded,
            pictures: frames.pictures - frames_before.pictures,
            frames_looked_at: looked_at() - looked_at_before,
            net_looks: fitter.looks() - net_looks_before,
            net_cpu: fitter.cpu() - net_cpu_before,
            // The same in both rounds.
            crossings: volumes.iter().map(|row| (row.entries + row.exits) as usize).sum::<usize>() / 2,
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
