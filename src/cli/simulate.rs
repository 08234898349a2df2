//! `lotcount simulate`: a database of a time that never was, and the truth about it. For tests, measurements and trying
//! reports out; it is not listed in the help.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::ToSpan;
use jiff::civil::Date;

use super::{Exit, Failure, load};
use crate::simulate::{Plan, SimulationError, simulate};

#[derive(Debug, Args)]
pub struct Arguments {
    /// First local day
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// How many days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3660))]
    days: u16,
    /// Another one gives other cars
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// That want to come on an average day [default: four for each space]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    cars_a_day: Option<u32>,
    /// Where to write the truth [default: beside the database, its name with -truth]
    #[arg(long, value_name = "DIR")]
    truth: Option<PathBuf>,
    /// No files with a row for every car and passage
    #[arg(long)]
    sums_only: bool,
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    let range = |error: jiff::Error| Failure::text(Exit::Usage, format!("error: these days are out of range: {error}"));
    let zone = &config.site.time_zone;
    let after = arguments.from.checked_add(i64::from(arguments.days).days()).map_err(range)?;
    let plan = Plan {
        start: arguments.from.to_zoned(zone.clone()).map_err(range)?,
        end: after.to_zoned(zone.clone()).map_err(range)?,
        seed: arguments.seed,
        cars_a_day: arguments.cars_a_day.map(f64::from),
        each_car: !arguments.sums_only,
    };
    let database = &config.site.database;
    let folder = arguments.truth.clone().unwrap_or_else(|| {
        let mut name = database.file_stem().unwrap_or_default().to_owned();
        name.push("-truth");
        database.with_file_name(name)
    });
    let done = simulate(&config, &plan, database, &folder).map_err(|error| match &error {
        SimulationError::Store(_) => Failure::new(Exit::Database, &error),
        SimulationError::Truth { .. } => Failure::new(Exit::Failure, &error),
        SimulationError::NoWay => Failure::new(Exit::Config, &error),
    })?;
    let (days, place) = (arguments.days, database.display());
    writeln!(
        out,
        "{place}: {days} days, {} cars, {} crossings; the truth: {}",
        done.cars,
        done.crossings,
        folder.display()
    )?;
    Ok(Exit::Success)
}
