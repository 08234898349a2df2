//! The command line: one file per subcommand. Each writes to the `Write` it is given.

mod alerts;
mod bench;
mod check;
mod db;
mod exit;
mod export;
mod lines;
mod load;
mod logging;
mod look_time;
mod model_search;
mod models;
mod net_fitter;
mod occupancy;
mod occupancy_history;
mod progress;
mod report;
mod roster;
mod run;
mod simulate;
mod snapshot;
mod status;
mod totals;
mod video;
mod watch;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use exit::Exit;
pub use video::{RunVideo, hand_over, video};

use video::VideoCommand;

/// The configuration unless another is named.
const DEFAULT_CONFIG: &str = "cameras.toml";

/// Counts the cars that enter and leave parking lots, from ordinary fixed cameras.
#[derive(Debug, Parser)]
#[command(name = "lotcount", version, after_help = exit::HELP, disable_help_subcommand = true)]
pub struct Cli {
    /// The site's configuration
    #[arg(long, global = true, default_value = DEFAULT_CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// Log warnings and errors only
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Video(VideoCommand),
    /// Print entries and exits
    Totals(totals::Arguments),
    /// Show how many vehicles are in each lot, or tell the true number
    Occupancy(occupancy::Arguments),
    /// Write the report of a day, week or month to a file (for cron: silent when all is well)
    Report(report::Arguments),
    /// Write a file for each day since the last time (for cron: silent when all is well)
    Export(export::Arguments),
    /// List alerts: full lots, silent lines, cameras that are down
    Alerts(alerts::Arguments),
    /// Say how the running lotcount does; the exit code is 0 only when every camera is counted
    Status(status::Arguments),
    /// Show occupancy, cameras and crossings in this terminal as they change; line by line without one
    Watch,
    /// Write counting lines into the configuration
    Lines {
        #[command(subcommand)]
        action: lines::Action,
    },
    /// Check, back up or restore the database
    Db {
        #[command(subcommand)]
        action: db::Action,
    },
    /// Write a database of simulated cars, and the truth about them
    #[command(hide = true)]
    Simulate(simulate::Arguments),
}

/// Parses, runs, and says how it ended. `main` does nothing else.
pub fn main(video: RunVideo) -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            let help = !message.use_stderr();
            // Nothing is left to be done about a help text that cannot be printed.
            let _ = message.print();
            return if help { Exit::Success } else { Exit::Usage };
        }
    };
    let bars = logging::init(cli.quiet);
    let mut out = io::stdout().lock();
    let done = match &cli.command {
        Command::Video(command) => video(command, &cli.config, &bars, &mut out),
        Command::Totals(arguments) => totals::run(&cli.config, arguments, &mut out),
        Command::Occupancy(arguments) => occupancy::run(&cli.config, arguments, &mut out),
        Command::Report(arguments) => report::run(&cli.config, arguments, &mut out),
        Command::Export(arguments) => export::run(&cli.config, arguments),
        Command::Alerts(arguments) => alerts::run(&cli.config, arguments, &mut out),
        Command::Status(arguments) => status::run(&cli.config, arguments, &mut out),
        Command::Watch => watch::run(&cli.config, &mut out),
        Command::Lines { action } => lines::run(&cli.config, action, &mut out),
        Command::Db { action } => db::run(&cli.config, action, &mut out),
        Command::Simulate(arguments) => simulate::run(&cli.config, arguments, &mut out),
    };
    let flushed = out.flush().map_err(Failure::from);
    match done.and_then(|exit| if exit == Exit::Success { flushed.map(|()| exit) } else { Ok(exit) }) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.print();
            failure.exit
        }
    }
}

/// Why a subcommand could not do what was asked: the text for stderr, complete as it stands, and the exit code.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    text: String,
}

impl Failure {
    /// One line: the error and what lies behind it.
    fn new(exit: Exit, error: &dyn std::error::Error) -> Self {
        Self { exit, text: format!("error: {}", crate::diagnostics::in_words(error)) }
    }

    fn text(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    fn print(&self) {
        if !self.text.is_empty() {
            say(self);
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text.trim_end())
    }
}

/// A line on stderr. Nobody may be reading there, which is no reason to panic.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A reader that has seen enough (`lotcount totals | head`) is a success, not an error.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Success, text: String::new() };
        }
        Self::text(Exit::Failure, format!("error: the output cannot be written: {error}"))
    }
}
