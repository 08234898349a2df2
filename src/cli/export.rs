//! `lotcount export`: for cron. Silent when all is well.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::report::ReportFormat;
use super::{Exit, Failure, load, say};
use crate::config::Config;
use crate::export::{ExportError, ExportFolder, FolderError, Job, Written};
use crate::store::{ExportLog, Reader, StoreError};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to write: a folder for this site alone, which must be there
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    #[arg(long, value_enum, default_value = "csv")]
    format: ReportFormat,
    /// The first day to write [default: the first that is known]
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Leave days from this one on for later
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// So many of the latest days are written again when their rows have changed
    #[arg(long, value_name = "N", default_value_t = 62)]
    amend_days: u32,
    /// The exit code is 8 when a camera observed less of a day that was written
    #[arg(long, value_name = "PERCENT", default_value_t = 99.0, value_parser = percent)]
    min_coverage: f64,
    /// This day only, and nothing is noted down: works with a database that cannot be written
    #[arg(long, value_name = "DATE", conflicts_with_all = ["since", "until", "amend_days"])]
    day: Option<Date>,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("it must be a number from 0 to 100".to_owned()),
    }
}

pub fn run(path: &Path, arguments: &Arguments) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    let folder = ExportFolder::open(&arguments.dir).map_err(|error| failure(&error.into()))?;
    let mut incomplete = false;
    let mut written = |file: Written| {
        if file.coverage.is_some_and(|coverage| coverage * 100.0 < arguments.min_coverage) {
            incomplete = true;
            say(in_words(&file));
        }
    };
    export(&config, arguments, &folder, &mut written).map_err(|error| failure(&error))?;
    Ok(if incomplete { Exit::Incomplete } else { Exit::Success })
}

fn export(
    config: &Config,
    arguments: &Arguments,
    folder: &ExportFolder,
    mut written: impl FnMut(Written),
) -> Result<(), ExportError> {
    let job = Job {
        site: &config.site.name,
        zone: &config.site.time_zone,
        format: arguments.format.into(),
        now: Timestamp::now(),
        since: arguments.since,
        until: arguments.until,
        // Of older days the gaps are gone, and a report would say less than the one that was written.
        amend_days: arguments.amend_days.min(config.site.keep_days.saturating_sub(2)),
    };
    let reader = Reader::open(&config.site.database)?;
    match arguments.day {
        Some(day) => written(job.run_day(&reader, folder, day)?),
        None => {
            let mut log = ExportLog::open(&config.site.database)?;
            let done = job.run(&reader, &mut log, folder, written);
            // Who reads only cannot clear the -wal file away: the one who writes closes last.
            drop(reader);
            done?;
        }
    }
    Ok(())
}

/// `2026-06-15: observed 87.5 % (ramp-cam)`
fn in_words(file: &Written) -> String {
    let Written { day, revision, coverage, camera } = file;
    let percent = (coverage.unwrap_or(0.0) * 1000.0).floor() / 10.0;
    let revision = if *revision > 1 { format!(" (revision {revision})") } else { String::new() };
    format!("{day}{revision}: observed {percent:.1} % ({})", camera.as_deref().unwrap_or("no camera"))
}

fn failure(error: &ExportError) -> Failure {
    let exit = match error {
        ExportError::Folder(FolderError::Busy(_)) => Exit::Busy,
        ExportError::Store(error) if error.is_locked() => Exit::Busy,
        ExportError::Store(_) => Exit::Database,
        ExportError::Range(_) => Exit::Usage,
        _ => Exit::Failure,
    };
    let mut failure = Failure::new(exit, error);
    if matches!(error, ExportError::Store(StoreError::ReadOnly { .. } | StoreError::ReadOnlyMedium)) {
        failure
            .text
            .push_str("; what was exported cannot be noted down there: `--day DATE` exports one day without that");
    }
    failure
}
