//! `lotcount report`: for cron. Silent when all is well.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{Exit, Failure, load};
use crate::report::{Format, Period, ReportDocument, write_atomically};
use crate::store::Reader;

#[derive(Debug, Args)]
pub struct Arguments {
    /// today, yesterday, last-7-days, last-month, 2026-06-15, 2026-W25 or 2026-06
    #[arg(long)]
    period: Period,
    #[arg(long, value_enum, default_value = "text")]
    format: ReportFormat,
    /// Where to write; without it, to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportFormat {
    Text,
    Csv,
    Json,
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Text => Self::Text,
            ReportFormat::Csv => Self::Csv,
            ReportFormat::Json => Self::Json,
        }
    }
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    let zone = &config.site.time_zone;
    let span = arguments
        .period
        .resolve(zone, Timestamp::now())
        .map_err(|error| Failure::text(Exit::Usage, format!("error: this period is out of range: {error}")))?;
    let database = |error| Failure::new(Exit::Database, &error);
    let reader = Reader::open(&config.site.database).map_err(database)?;
    // By its dates, not as `yesterday`: the same days give the same bytes whenever they are asked for.
    let name = name_of(&span);
    let document = ReportDocument::read(&reader, &config.site.name, zone, name, span).map_err(database)?;
    let format = arguments.format.into();
    match &arguments.out {
        None => document.write(format, out)?,
        Some(file) => {
            let mut bytes = Vec::new();
            document.write(format, &mut bytes)?;
            write_atomically(file, &bytes).map_err(|error| Failure::new(Exit::Failure, &error))?;
        }
    }
    Ok(Exit::Success)
}

/// `2026-06-15`, or `2026-06-08 to 2026-06-14` for several days.
fn name_of((start, end): &(jiff::Zoned, jiff::Zoned)) -> String {
    let (first, after) = (start.date(), end.date());
    match after.yesterday() {
        Ok(last) if last != first => format!("{first} to {last}"),
        _ => first.to_string(),
    }
}
