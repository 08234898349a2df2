//! `lotcount run`: counts until stopped, or until all recordings have ended.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::MultiProgress;

use super::net_fitter::NetFitter;
use super::progress::Bars;
use super::{Exit, Failure, load, totals};
use crate::config::{Config, Source};
use crate::service::{Camera, Options, Parts, Service, StopToken, VideoOpener, stop_on_signals};
use crate::source::{Recording, content_hash};
use crate::store::{NewRun, RecordingState, Writer};
use crate::time::{SystemClock, UtcMicros};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Count recordings again that were counted before, replacing their rows
    #[arg(long)]
    recount: bool,
    /// Write each camera's annotated video into this folder
    #[arg(long, value_name = "DIR")]
    annotate: Option<PathBuf>,
}

/// How often progress bars move.
const TICK: Duration = Duration::from_millis(200);

pub fn run(path: &Path, arguments: &Arguments, bars: &MultiProgress, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = Arc::new(load::config(path)?);
    let fitter = NetFitter::load(&config)?;
    if let Some(folder) = &arguments.annotate {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::text(Exit::Failure, format!("error: {}: {error}", folder.display())))?;
    }
    let writer = begin_run(&config)?;
    let Roster { cameras, refused, failed } = roster(&config, &writer, arguments.recount)?;
    let stop = StopToken::default();
    let signals = stop_on_signals(stop.clone()).map_err(|error| Failure::new(Exit::Failure, &error))?;
    let recordings: Vec<(usize, &str)> = cameras
        .iter()
        .filter(|camera| camera.recording.is_some())
        .map(|camera| (camera.index, config.cameras[camera.index].name.as_str()))
        .collect();
    let progress = Bars::new(bars, &recordings);
    log::info!(
        "counting {} of {} cameras into {}",
        cameras.len(),
        config.cameras.len(),
        config.site.database.display()
    );
    let service = Service::start(Parts {
        config: Arc::clone(&config),
        cameras,
        writer,
        opener: Arc::new(VideoOpener::default()),
        fitter: Arc::new(fitter),
        clock: Arc::new(SystemClock::start()),
        options: Options { annotate: arguments.annotate.clone() },
        stop,
    })
    .map_err(|error| Failure::new(Exit::Failure, &error))?;
    while !service.is_finished_within(TICK) {
        progress.update(service.activity());
    }
    progress.update(service.activity());
    progress.finish();
    let ended = service.wait();
    signals.close();
    totals::print_all(&config, out)?;
    Ok(match ended {
        ended if ended.database.is_some() => Exit::Database,
        ended if failed || !ended.failed.is_empty() => Exit::Camera,
        _ if refused => Exit::AlreadyCounted,
        _ => Exit::Success,
    })
}

fn begin_run(config: &Config) -> Result<Writer, Failure> {
    let run = NewRun { started: UtcMicros::now(), version: env!("CARGO_PKG_VERSION"), config_sha256: &config.hash };
    Writer::begin(&config.site.database, &run, config).map_err(|error| Failure::new(Exit::Database, &error))
}

/// The cameras to start, and what is to be said of those that are not.
struct Roster {
    cameras: Vec<Camera>,
    /// A recording was counted before.
    refused: bool,
    /// A recording cannot be read.
    failed: bool,
}

fn roster(config: &Config, writer: &Writer, recount: bool) -> Result<Roster, Failure> {
    let mut roster = Roster { cameras: Vec::new(), refused: false, failed: false };
    for (index, camera) in config.cameras.iter().enumerate() {
        let recording = match identify(&camera.source) {
            Ok(recording) => recording,
            Err(error) => {
                log::error!("{}: {} cannot be read: {error}", camera.name, camera.source);
                roster.failed = true;
                continue;
            }
        };
        if let Some(recording) = &recording
            && !recount
        {
            let state = writer.recording_state(&camera.name, recording);
            match state.map_err(|error| Failure::new(Exit::Database, &error))? {
                RecordingState::Counted(earlier) => {
                    log::warn!(
                        "{}: {} {earlier}; --recount counts it again and replaces those",
                        camera.name,
                        camera.source
                    );
                    roster.refused = true;
                    continue;
                }
                RecordingState::Interrupted => {
                    log::info!(
                        "{}: {} was not counted to its end before: counting it anew",
                        camera.name,
                        camera.source
                    );
                }
                RecordingState::New => {}
            }
        }
        roster.cameras.push(Camera { index, config: camera.clone(), recording });
    }
    Ok(roster)
}

/// Reads a recording once to know it by its content. Live cameras have no identity.
fn identify(source: &Source) -> std::io::Result<Option<Recording>> {
    let Source::Recording { path, start } = source else { return Ok(None) };
    let content = content_hash(path)?;
    let (start, start_assumed) = match start {
        Some(start) => (*start, false),
        None => (modified(path)?, true),
    };
    Ok(Some(Recording { content, start, start_assumed }))
}

fn modified(path: &Path) -> std::io::Result<UtcMicros> {
    let modified = std::fs::metadata(path)?.modified()?;
    // Whole seconds: some file systems keep no more.
    let timestamp = jiff::Timestamp::try_from(modified).unwrap_or_default();
    Ok(UtcMicros(timestamp.as_second() * 1_000_000))
}
