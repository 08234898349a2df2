//! `lotcount report`: for cron. Silent when all is well.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{Exit, Failure, load};
use crate::report::{Format, Period, ReportDocument, SheetName, Step, write_atomically};
use crate::store::Reader;

#[derive(Debug, Args)]
pub struct Arguments {
    /// today, yesterday, last-7-days, last-week, last-month, this-month, a day (2026-06-15), a week (2026-W25), a month
    /// (2026-06), a year (2026) or days (2026-06-01..2026-06-14)
    #[arg(long)]
    period: Period,
    /// A row for each of these in local time [default: hour for up to 2 days, day for up to 35, week for up to 200, month]
    #[arg(long, value_enum)]
    step: Option<ReportStep>,
    #[arg(long, value_enum, default_value = "text")]
    format: ReportFormat,
    /// Which table, for csv; the other formats have all of them [default: steps]
    #[arg(long, value_enum)]
    table: Option<ReportTable>,
    /// Where to write; without it, to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportFormat {
    Text,
    Csv,
    Json,
    Xlsx,
    Html,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportStep {
    #[value(name = "15min")]
    Quarter,
    Hour,
    Day,
    Week,
    Month,
}

impl From<ReportStep> for Step {
    fn from(step: ReportStep) -> Self {
        match step {
            ReportStep::Quarter => Self::Quarter,
            ReportStep::Hour => Self::Hour,
            ReportStep::Day => Self::Day,
            ReportStep::Week => Self::Week,
            ReportStep::Month => Self::Month,
        }
    }
}

/// Of the whole period, or with a row for each step.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportTable {
    Lots,
    Lines,
    Cameras,
    Classes,
    LotSteps,
    /// Of each counting line
    Steps,
    CameraSteps,
    ClassSteps,
    Gaps,
    Adjustments,
    Alerts,
}

impl From<ReportTable> for SheetName {
    fn from(table: ReportTable) -> Self {
        match table {
            ReportTable::Lots => Self::Lots,
            ReportTable::Lines => Self::Lines,
            ReportTable::Cameras => Self::Cameras,
            ReportTable::Classes => Self::Classes,
            ReportTable::LotSteps => Self::LotSteps,
            ReportTable::Steps => Self::Steps,
            ReportTable::CameraSteps => Self::CameraSteps,
            ReportTable::ClassSteps => Self::ClassSteps,
            ReportTable::Gaps => Self::Gaps,
            ReportTable::Adjustments => Self::Adjustments,
            ReportTable::Alerts => Self::Alerts,
        }
    }
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Text => Self::Text,
            ReportFormat::Csv => Self::Csv,
            ReportFormat::Json => Self::Json,
            ReportFormat::Xlsx => Self::Xlsx,
            ReportFormat::Html => Self::Html,
        }
    }
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let format = Format::from(arguments.format);
    if arguments.table.is_some() && format != Format::Csv {
        let text = "error: --table is for --format csv: the other formats have all tables";
        return Err(Failure::text(Exit::Usage, text.to_owned()));
    }
    let document = read(path, arguments)?;
    let mut bytes = Vec::new();
    match arguments.table {
        Some(table) => document.write_csv(table.into(), &mut bytes)?,
        None => document.write(format, &mut bytes)?,
    }
    match &arguments.out {
        None => out.write_all(&bytes)?,
        Some(file) => write_atomically(file, &bytes).map_err(|error| Failure::new(Exit::Failure, &error))?,
    }
    Ok(Exit::Success)
}

fn read(path: &Path, arguments: &Arguments) -> Result<ReportDocument, Failure> {
    let config = load::config(path)?;
    let zone = &config.site.time_zone;
    let span = arguments
        .period
        .resolve(zone, Timestamp::now())
        .map_err(|error| Failure::text(Exit::Usage, format!("error: this period is out of range: {error}")))?;
    let database = |error| Failure::new(Exit::Database, &error);
    let reader = Reader::open(&config.site.database).map_err(database)?;
    // By its dates, not as `yesterday`: the same days give the same bytes whenever they are asked for.
    let (name, site) = (name_of(&span), &config.site.name);
    let document = match arguments.step {
        None => ReportDocument::read(&reader, site, zone, name, span),
        Some(step) => ReportDocument::read_by(&reader, site, zone, name, span, step.into()),
    };
    document.map_err(database)
}

/// `2026-06-15`, or `2026-06-08 to 2026-06-14` for several days.
fn name_of((start, end): &(jiff::Zoned, jiff::Zoned)) -> String {
    let (first, after) = (start.date(), end.date());
    match after.yesterday() {
        Ok(last) if last != first => format!("{first} to {last}"),
        _ => first.to_string(),
    }
}
