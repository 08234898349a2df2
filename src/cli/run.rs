//! `lotcount run`: counts until stopped, or until all recordings have ended.

use std::collections::HashSet;
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
use crate::diagnostics::in_words;
use crate::service::{Options, Parts, Reload, Roll, Service, StopToken, VideoOpener, on_signals};
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
    let (stop, reload) = (StopToken::default(), Reload::default());
    let signals = on_signals(stop.clone(), reload.clone()).map_err(|error| Failure::new(Exit::Failure, &error))?;
    log::info!(
        "counting {} of {} cameras into {}",
        cameras.len(),
        config.cameras.len(),
        config.site.database.display()
    );
    let recordings: HashSet<String> =
        cameras.iter().filter(|camera| camera.recording.is_some()).map(|camera| camera.config.name.clone()).collect();
    let mut service = Service::start(Parts {
        config: Arc::clone(&config),
        cameras,
        writer,
        opener: Arc::new(VideoOpener::default()),
        fitter: Arc::new(fitter),
        clock: Arc::new(SystemClock::start()),
        options: Options { annotate: arguments.annotate.clone(), ..Options::default() },
        stop,
    })
    .map_err(|error| Failure::new(Exit::Failure, &error))?;
    let progress = Bars::new(bars, service.cameras().filter(|(name, _)| recordings.contains(*name)));
    while !service.tend(TICK) {
        progress.update();
        if reload.take() {
            self::reload(path, &config, &mut service);
        }
    }
    progress.finish();
    let ended = service.wait();
    signals.close();
    totals::print_all(&config, out)?;
    Ok(match ended {
        ended if ended.kept.database.is_some() || ended.kept.unsaved.is_some() => Exit::Database,
        ended if ended.kept.panicked => Exit::Failure,
        ended if failed || !ended.failed.is_empty() => Exit::Camera,
        _ if refused => Exit::AlreadyCounted,
        _ => Exit::Success,
    })
}

/// A configuration that is wrong changes nothing: a person at a barrier must not be able to stop the counting by a typo.
fn reload(path: &Path, running: &Config, service: &mut Service) {
    let config = match load::config(path) {
        Ok(config) => config,
        Err(failure) => return log::error!("the configuration stays as it was: {failure}"),
    };
    let fitter = match NetFitter::load(&config) {
        Ok(fitter) => fitter,
        Err(failure) => return log::error!("the configuration stays as it was: {failure}"),
    };
    if config.site != running.site {
        log::warn!("what is under [site] is read at the start only: it stays as it was until the next one");
    }
    match service.reload(&config, Arc::new(fitter)) {
        Ok(touched) if touched.is_empty() => log::info!("the configuration was read again; no live camera changed"),
        Ok(touched) => {
            log::info!("the configuration was read again; started, stopped or changed: {}", touched.join(", "))
        }
        Err(error) => log::error!("the configuration was read again, but not all of it followed: {}", in_words(&error)),
    }
}

fn begin_run(config: &Config) -> Result<Writer, Failure> {
    let run = NewRun { started: UtcMicros::now(), version: env!("CARGO_PKG_VERSION"), config_sha256: &config.hash };
    Writer::begin(&config.site.database, &run, config).map_err(|error| Failure::new(Exit::Database, &error))
}

/// The cameras to start, and what is to be said of those that are not.
struct Roster {
    cameras: Vec<Roll>,
    /// A recording was counted before.
    refused: bool,
    /// A recording cannot be read.
    failed: bool,
}

fn roster(config: &Config, writer: &Writer, recount: bool) -> Result<Roster, Failure> {
    let mut roster = Roster { cameras: Vec::new(), refused: false, failed: false };
    for camera in &config.cameras {
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
        roster.cameras.push(Roll { config: camera.clone(), recording });
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
