//! What the program's exit code says. Documented in docs/operations.md and in `lotcount --help`.

use std::process::ExitCode;

/// Scripts and cron act on these numbers: they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All that was asked for was done. A run that somebody stopped by SIGINT or SIGTERM ends so too.
    Success = 0,
    /// Something failed that none of the other codes names, such as a report file that cannot be written.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// cameras.toml or a model is wrong; every fault was listed.
    Config = 3,
    /// A recording has been counted before, and `--recount` was not given.
    AlreadyCounted = 4,
    /// The database cannot be opened, read or written, or another run is writing it.
    Database = 5,
    /// A camera or recording could not be opened or read to its end.
    Camera = 6,
    /// The database was damaged: it was set aside, and a backup was restored or a new one begun. All else went well.
    Restored = 7,
    /// `export` wrote every day, but one of them was observed for less than `--min-coverage`.
    Incomplete = 8,
    /// Another export into the same folder is running, or somebody keeps the database locked: the next one does the work.
    Busy = 9,
    /// `lotcount alerts --open` found an alert that has not ended.
    AlertOpen = 10,
    /// `lotcount status`: it runs, but a camera is not counted, or what is counted is not kept.
    Degraded = 11,
    /// `lotcount status`: nobody counts.
    NotRunning = 12,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

pub const HELP: &str = "\
Exit codes:
  0  done (a run stopped by SIGINT or SIGTERM ends so too)
  1  failed for a reason that no other code names
  2  wrong command line
  3  wrong configuration or model
  4  a recording was counted before (see --recount)
  5  database cannot be opened, read or written, or is in use by another run
  6  a camera or recording could not be opened or read to its end
  7  the database was damaged: it was set aside, and a backup restored or a new one begun
  8  exported, but a day was observed for less than --min-coverage
  9  another export into the same folder is running, or the database is locked
 10  an alert is open (alerts --open)
 11  status: a camera is not counted, or what is counted is not kept
 12  status: nobody counts
130  left at once on a second SIGINT or SIGTERM";
