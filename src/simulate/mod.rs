//! A site that could be: months of cars that come and go at the gates of a configuration, counted as well and as badly as
//! real cameras do, into a new database; and beside it the truth, so that every figure has a value that is known exactly.
//!
//! Cars follow daily and weekly profiles ([`demand`]), find their way over the lines that the site has ([`routes`]), are
//! turned away from lots that are full, and stay for a while. Each gate misses some, more while it is looked at too
//! seldom, and all while it is blind ([`failures`]). Operators correct the numbers now and then. The same site, days and
//! seed give the same rows.

mod appearance;
mod chance;
mod corrections;
mod demand;
mod failures;
mod log;
mod routes;
mod traffic;
mod truth;

use std::io;
use std::path::Path;

use serde_json::json;

use crate::config::Config;
use crate::store::{BulkWriter, SiteLayout, StoreError};

use chance::{Chance, Purpose};
use failures::{Failures, Span};
use traffic::Traffic;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Local midnights of the site.
    pub start: jiff::Zoned,
    pub end: jiff::Zoned,
    pub seed: u64,
    /// That want to come on an average day; `None`: four for each space.
    pub cars_a_day: Option<f64>,
    /// Files with a row for each car and passage, too.
    pub each_car: bool,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Simulated {
    pub cars: u64,
    pub crossings: u64,
    pub near_crossings: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the files of the truth cannot be written into {folder}")]
    Truth { folder: std::path::PathBuf, source: io::Error },
    #[error("no lot can be entered and left over the lines of this site: there is nothing to simulate")]
    NoWay,
}

/// Cars for each space and day.
const TURNOVER: f64 = 4.0;

/// Writes the database at `database`, which must not exist, and the truth into `folder`, which must hold none yet.
pub fn simulate(config: &Config, plan: &Plan, database: &Path, folder: &Path) -> Result<Simulated, SimulationError> {
    let destinations = routes::destinations(config);
    if destinations.is_empty() {
        return Err(SimulationError::NoWay);
    }
    let truth_error = |source| SimulationError::Truth { folder: folder.to_path_buf(), source };
    let writer = BulkWriter::create(database, SiteLayout::of(config))?;
    std::fs::create_dir_all(folder).map_err(truth_error)?;
    let period = Span { from: plan.start.timestamp().as_microsecond(), until: plan.end.timestamp().as_microsecond() };
    let failures = Failures::draw(period, config.cameras.len(), &mut Chance::new(plan.seed, Purpose::Failures));
    let spaces: u64 = destinations.iter().map(|destination| destination.capacity).sum();
    let cars_a_day = plan.cars_a_day.unwrap_or(spaces as f64 * TURNOVER);
    let log = log::Log::new(config, &failures, writer, plan.seed);
    let mut traffic = Traffic::begin(config, plan, period, cars_a_day, destinations, &failures, log, folder)?;
    let mut hour = plan.start.clone();
    while hour < plan.end {
        let next = hour.saturating_add(jiff::SignedDuration::from_hours(1)).min(plan.end.clone());
        traffic.hour(&hour, next.timestamp().as_microsecond()).map_err(|error| error.into_error(folder))?;
        hour = next;
    }
    let misses = traffic.miss_rates();
    let (mut summary, written) = traffic.finish(period).map_err(|error| error.into_error(folder))?;
    summary["schema"] = "lotcount.simulated/1".into();
    summary["site"] = config.site.name.as_str().into();
    summary["time_zone"] = config.site.time_zone_name.as_str().into();
    summary["start_us"] = period.from.into();
    summary["end_us"] = period.until.into();
    summary["seed"] = plan.seed.into();
    summary["cars_a_day"] = json!(cars_a_day);
    summary["miss_rates"] = misses;
    truth::write_summary(folder, &summary).map_err(truth_error)?;
    Ok(written)
}

/// Either of the two that are written.
enum WriteError {
    Store(StoreError),
    Truth(io::Error),
}

impl WriteError {
    fn into_error(self, folder: &Path) -> SimulationError {
        match self {
            Self::Store(error) => SimulationError::Store(error),
            Self::Truth(source) => SimulationError::Truth { folder: folder.to_path_buf(), source },
        }
    }
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Truth(error)
    }
}
