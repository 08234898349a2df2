//! The subcommands that need OpenCV or a net, and how the program without them leaves them to the one that has them.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process;

use clap::Subcommand;
use indicatif::MultiProgress;

use super::{Exit, Failure, bench, check, models, run, snapshot};

#[derive(Debug, Subcommand)]
pub enum VideoCommand {
    /// Count: until stopped, or until all recordings have ended
    Run(run::Arguments),
    /// Validate the configuration, load each model, open each camera once; the database is not touched
    Check,
    /// List the models that are there, with the time of one look measured on this machine
    Models(models::Arguments),
    /// Draw one frame of a camera with its region, lines, arrows and boxes, to place a line by
    Snapshot(snapshot::Arguments),
    /// Measure what this machine can do: each step, how many cameras it sustains; or run so many
    Bench(bench::Arguments),
}

/// How a program runs them, with the configuration at this path.
pub type RunVideo = fn(&VideoCommand, &Path, &MultiProgress, &mut dyn Write) -> Result<Exit, Failure>;

/// Runs them here.
pub fn video(
    command: &VideoCommand,
    config: &Path,
    bars: &MultiProgress,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    match command {
        VideoCommand::Run(arguments) => run::run(config, arguments, bars, out),
        VideoCommand::Check => check::run(config, out),
        VideoCommand::Models(arguments) => models::run(config, arguments, out),
        VideoCommand::Snapshot(arguments) => snapshot::run(config, arguments, out),
        VideoCommand::Bench(arguments) => bench::run(config, arguments, out),
    }
}

/// Becomes the program beside this one that has OpenCV, under this one's name. The 240 libraries that OpenCV brings take longer
/// to load than most questions to the database take to answer.
pub fn hand_over(_: &VideoCommand, _: &Path, _: &MultiProgress, _: &mut dyn Write) -> Result<Exit, Failure> {
    let failed = |program: &Path, error| {
        let text = format!("error: {}: {error}; it belongs beside lotcount: install both", program.display());
        Failure::text(Exit::Failure, text)
    };
    let own = std::env::current_exe().map_err(|error| failed(Path::new("lotcount-video"), error))?;
    let program = own.with_file_name("lotcount-video");
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "lotcount".into());
    Err(failed(&program, process::Command::new(&program).arg0(name).args(arguments).exec()))
}
