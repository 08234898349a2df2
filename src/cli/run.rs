//! `lotcount run`: counts until stopped, or until all recordings have ended.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::MultiProgress;

use super::net_fitter::NetFitter;
use super::progress::Bars;
use super::roster::Roster;
use super::{Exit, Failure, load, totals};
use crate::config::Config;
use crate::diagnostics::in_words;
use crate::http::{HttpError, Server, bind};
use crate::service::{Notifier, Options, Parts, Reload, Service, StopToken, VideoOpener, on_signals};
use crate::store::{NewRun, Writer};
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
    // First of all: a start may take minutes, and no signal may end it on the way to the first frame.
    let (stop, reload) = (StopToken::default(), Reload::default());
    let http = |error: HttpError| Failure::new(Exit::Failure, &error);
    let listener = config.http.as_ref().map(bind).transpose().map_err(http)?;
    let signals = on_signals(stop.clone(), reload.clone()).map_err(|error| Failure::new(Exit::Failure, &error))?;
    let fitter = NetFitter::load(&config)?;
    if let Some(folder) = &arguments.annotate {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::text(Exit::Failure, format!("error: {}: {error}", folder.display())))?;
    }
    let writer = begin_run(&config)?;
    let mended = writer.mended().map(ToString::to_string);
    let Roster { cameras, refused, failed } = Roster::call(&config, &writer, arguments.recount)?;
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
        stop: stop.clone(),
    })
    .map_err(|error| Failure::new(Exit::Failure, &error))?;
    let server = match (listener, config.http.clone()) {
        (Some(listener), Some(own)) => {
            Some(Server::start(listener, Arc::clone(&config), own, service.desk()).map_err(http)?)
        }
        _ => None,
    };
    let progress = Bars::new(bars, service.cameras().filter(|(name, _)| recordings.contains(*name)));
    let warning = mended.as_ref().map(|_| "the database was damaged and replaced, see the log; ").unwrap_or_default();
    supervise(&mut service, &stop, &progress, warning, || reload.take().then(|| self::reload(path, &config)).flatten());
    let ended = service.wait();
    drop(server);
    signals.close();
    let exit = match ended {
        ended if ended.kept.database.is_some() || ended.kept.unsaved.is_some() => Exit::Database,
        ended if ended.kept.panicked => Exit::Failure,
        ended if failed || !ended.failed.is_empty() => Exit::Camera,
        _ if mended.is_some() => Exit::Restored,
        _ if refused => Exit::AlreadyCounted,
        _ => Exit::Success,
    };
    match totals::print_all(&config, out) {
        // How the counting went is more than whether somebody reads the totals.
        Err(_) if exit != Exit::Success => Ok(exit),
        printed => printed.map(|()| exit),
    }
}

/// Looks after the service until all is counted, and tells systemd, after the `warning`, and the person at the terminal how it
/// does. `reloaded` gives a new configuration when somebody wants one.
fn supervise(
    service: &mut Service,
    stop: &StopToken,
    progress: &Bars,
    warning: &str,
    reloaded: impl Fn() -> Option<(Config, NetFitter)>,
) {
    let systemd = Notifier::from_environment();
    systemd.ready();
    let (mut fed, mut told) = (Instant::now(), String::new());
    while !service.tend(TICK) {
        progress.update();
        if systemd.interval().is_some_and(|interval| fed.elapsed() >= interval) && service.is_alive() {
            systemd.feed();
            fed = Instant::now();
        }
        let status = if stop.is_requested() { "stopping".to_owned() } else { format!("{warning}{}", service.status()) };
        if status != told {
            if stop.is_requested() {
                systemd.stopping();
            }
            systemd.status(&status);
            told = status;
        }
        // Who stops follows nothing new: to load its models would only make the stop take longer.
        if !stop.is_requested()
            && let Some((config, fitter)) = reloaded()
        {
            systemd.reloading();
            match service.reload(&config, Arc::new(fitter)) {
                Ok(touched) if touched.is_empty() => log::info!("the configuration was read again: no camera changed"),
                Ok(touched) => log::info!("the configuration was read again: {} changed", touched.join(", ")),
                Err(error) => log::error!("not all of the new configuration is followed: {}", in_words(&error)),
            }
            systemd.ready();
        }
    }
    progress.finish();
}

/// A configuration that is wrong changes nothing: nobody must be able to stop the counting by a typo.
fn reload(path: &Path, running: &Config) -> Option<(Config, NetFitter)> {
    let read = load::config(path).and_then(|config| NetFitter::load(&config).map(|fitter| (config, fitter)));
    let (config, fitter) = match read {
        Ok(read) => read,
        Err(failure) => {
            log::error!("the configuration stays as it was:\n{failure}");
            return None;
        }
    };
    if config.site != running.site {
        log::warn!("what is under [site] is read at the start only: it stays as it was until the next one");
    }
    if config.http != running.http {
        log::warn!("what is under [http] is read at the start only: it stays as it was until the next one");
    }
    Some((config, fitter))
}

fn begin_run(config: &Config) -> Result<Writer, Failure> {
    let run = NewRun { started: UtcMicros::now(), version: env!("CARGO_PKG_VERSION"), config_sha256: &config.hash };
    Writer::begin(&config.site.database, &run, config).map_err(|error| Failure::new(Exit::Database, &error))
}
