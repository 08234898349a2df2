//! `lotcount totals`: entries and exits as a table or JSON.

use std::io::Write;
use std::path::Path;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Exit, Failure, load};
use crate::config::Config;
use crate::report::{Grouping, Step, Totals};
use crate::store::{Filter, Reader};
use crate::time::UtcMicros;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only crossings that lead into or out of this lot
    #[arg(long)]
    lot: Option<String>,
    /// Only this camera
    #[arg(long)]
    camera: Option<String>,
    /// Only lines of this name
    #[arg(long)]
    line: Option<String>,
    /// From this time on: a date, a local date and time, or one with an offset
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// One row for each local hour or day
    #[arg(long, value_enum)]
    by: Option<By>,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    Hour,
    Day,
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    check_names(&config, arguments)?;
    let moment = |text: &Option<String>| text.as_deref().map(|text| moment(text, &config.site.time_zone)).transpose();
    let filter = Filter {
        lot: arguments.lot.clone(),
        camera: arguments.camera.clone(),
        line: arguments.line.clone(),
        since: moment(&arguments.since)?,
        until: moment(&arguments.until)?,
    };
    let grouping = match arguments.by {
        None => Grouping::All,
        Some(By::Hour) => Grouping::By(Step::Hour),
        Some(By::Day) => Grouping::By(Step::Day),
    };
    let totals = read(&config, &filter, grouping)?;
    if arguments.json {
        writeln!(out, "{:#}", totals.to_json())?;
    } else {
        totals.write_tables(out)?;
    }
    Ok(Exit::Success)
}

/// What `lotcount run` prints at its end.
pub fn print_all(config: &Config, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(read(config, &Filter::default(), Grouping::All)?.write_tables(out)?)
}

fn read(config: &Config, filter: &Filter, grouping: Grouping) -> Result<Totals, Failure> {
    let database = |error| Failure::new(Exit::Database, &error);
    let reader = Reader::open(&config.site.database).map_err(database)?;
    Totals::read(&reader, &config.site.name, &config.site.time_zone, filter, grouping).map_err(database)
}

/// A name that nothing has would give an empty table, which looks like no cars.
fn check_names(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let lots: Vec<&str> = config.lots.iter().map(|lot| lot.name.as_str()).collect();
    let cameras: Vec<&str> = config.cameras.iter().map(|camera| camera.name.as_str()).collect();
    let lines: Vec<&str> =
        config.cameras.iter().flat_map(|camera| &camera.lines).map(|line| line.name.as_str()).collect();
    for (what, name, known) in
        [("lot", &arguments.lot, lots), ("camera", &arguments.camera, cameras), ("line", &arguments.line, lines)]
    {
        if let Some(name) = name
            && !known.contains(&name.as_str())
        {
            let text = format!("error: there is no {what} `{name}`; configured: {}", known.join(", "));
            return Err(Failure::text(Exit::Usage, text));
        }
    }
    Ok(())
}

/// `2026-06-15`, `2026-06-15T07:00` (both local) or `2026-06-15T07:00+02:00`.
pub fn moment(text: &str, zone: &TimeZone) -> Result<UtcMicros, Failure> {
    let wrong = || {
        let text = format!("error: `{text}` is no time: write 2026-06-15, 2026-06-15T07:00 or 2026-06-15T07:00+02:00");
        Failure::text(Exit::Usage, text)
    };
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp.into());
    }
    let local = match text.parse::<Date>() {
        Ok(date) if !text.contains(['T', ' ']) => date.to_datetime(jiff::civil::Time::midnight()),
        _ => text.parse::<DateTime>().map_err(|_| wrong())?,
    };
    let zoned = zone.to_ambiguous_zoned(local).unambiguous().map_err(|_| {
        let text = format!("error: at {text} the clocks were changed: add the offset, as in {local}+02:00");
        Failure::text(Exit::Usage, text)
    })?;
    Ok(zoned.timestamp().into())
}
