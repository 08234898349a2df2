//! `lotcount bench`: what this machine can do. Each step alone and all together, or so many cameras at once.

mod counting_fitter;
mod enlarged;
mod figures;
mod paced_opener;
mod process;
mod proof;
mod scene;
mod steps;
mod tables;
mod truth;
mod two_rounds;
mod whole;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Args;

use self::enlarged::{WIDTH, enlarge};
use self::proof::Proof;
use self::scene::Scene;
use self::steps::{Steps, failed, recording_info};
use self::tables::{Measured, measured_json, write_measured};
use self::whole::Whole;
use super::net_fitter::NetFitter;
use super::{Exit, Failure, models, say};
use crate::service::{Reload, StopToken, on_signals};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A recorded file instead of the one that comes with lotcount; its lines are those of the camera that has it as source
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// Run so many cameras at once, each of them the recording at its own pace, round after round
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    cameras: Option<u32>,
    /// ... for so many seconds
    #[arg(long, value_name = "S", default_value_t = 60, requires = "cameras",
          value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    // What goes well in every camera is not worth a line of the log here.
    if std::env::var_os("LOTCOUNT_LOG").is_none() {
        log::set_max_level(log::LevelFilter::Warn);
    }
    let recording = arguments.recording.as_deref();
    let site = recording.and_then(|_| models::configuration(path).transpose()).transpose()?;
    let scratch = tempfile::Builder::new().prefix("lotcount-bench-").tempdir()?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let scene = Scene::of(site, folder, recording, scratch.path())?;
    let stop = StopToken::default();
    let signals = on_signals(stop.clone(), Reload::default()).map_err(failed)?;
    let fitter = Arc::new(NetFitter::load(&scene.config)?);
    let exit = match arguments.cameras {
        Some(cameras) => prove(&scene, &fitter, cameras, arguments, &stop, out),
        None => measure(&scene, &fitter, arguments.json, &stop, scratch.path(), out),
    };
    signals.close();
    exit
}

fn prove(
    scene: &Scene,
    fitter: &Arc<NetFitter>,
    cameras: u32,
    arguments: &Arguments,
    stop: &StopToken,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let (info, length) = recording_info(&scene.recording)?;
    progress(&format!("{cameras} cameras for {} s, once all are open ...", arguments.seconds));
    let wanted = (cameras as usize, Duration::from_secs(arguments.seconds.into()));
    let proof = Proof::run(scene, (&info, length), fitter, wanted, stop)?;
    match arguments.json {
        true => writeln!(out, "{:#}", proof.to_json(scene, &info, cores()))?,
        false => proof.write(scene, &info, cores(), out)?,
    }
    Ok(proof.exit())
}

fn measure(
    scene: &Scene,
    fitter: &Arc<NetFitter>,
    json: bool,
    stop: &StopToken,
    scratch: &Path,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    progress(&format!("measuring each step, and all together, on {} ...", scene.recording.display()));
    let measured = measured(scene, fitter, stop, scratch)?;
    let enlarged = match measured.steps.info.width < WIDTH {
        true => {
            let folder = tempfile::Builder::new().prefix("enlarged-").tempdir_in(scratch)?;
            progress(&format!("the same with a copy enlarged to {WIDTH} columns, which is encoded first ..."));
            let recording = enlarge(&scene.recording, folder.path(), stop)?;
            let larger = scene.with_recording(&recording, folder.path());
            Some(self::measured(&larger, fitter, stop, folder.path())?)
        }
        false => None,
    };
    match json {
        true => writeln!(out, "{:#}", measured_json(scene, &measured, enlarged.as_ref(), cores()))?,
        false => write_measured(scene, &measured, enlarged.as_ref(), cores(), out)?,
    }
    Ok(Exit::Success)
}

fn measured(scene: &Scene, fitter: &Arc<NetFitter>, stop: &StopToken, scratch: &Path) -> Result<Measured, Failure> {
    let steps = Steps::measure(scene, fitter, stop, scratch)?;
    let whole = Whole::measure(scene, fitter, stop, scratch)?;
    Ok(Measured { steps, whole })
}

/// For who waits at a terminal.
fn progress(line: &str) {
    if io::stderr().is_terminal() {
        say(line);
    }
}

/// That this process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
