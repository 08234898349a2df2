//! `lotcount alerts`: what an operator has to be told, for people and for monitoring.

use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::totals::moment;
use super::{Exit, Failure, load};
use crate::report::{alert_table, alerts_json};
use crate::store::{Filter, Reader};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only alerts that have not ended; the exit code is 10 when there is one, for monitoring
    #[arg(long)]
    open: bool,
    /// Only alerts that lasted at or after this time: a date, a local date and time, or one with an offset
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    let zone = &config.site.time_zone;
    let since = arguments.since.as_deref().map(|text| moment(text, zone)).transpose()?;
    let database = |error| Failure::new(Exit::Database, &error);
    let reader = Reader::open(&config.site.database).map_err(database)?;
    let mut alerts = reader.alerts(&Filter { since, ..Filter::default() }).map_err(database)?;
    if arguments.open {
        alerts.retain(|alert| alert.ended.is_none());
    }
    let exit = if arguments.open && !alerts.is_empty() { Exit::AlertOpen } else { Exit::Success };
    let written = if arguments.json {
        let json = json!({
            "schema": "lotcount.alerts/1",
            "site": config.site.name,
            "time_zone": config.site.time_zone_name,
            "alerts": alerts_json(&alerts, zone),
        });
        writeln!(out, "{json:#}")
    } else if alerts.is_empty() {
        writeln!(out, "{}", if arguments.open { "No alert is open." } else { "There was no alert." })
    } else {
        writeln!(out, "{}", alert_table(&alerts, zone))
    };
    match written.map_err(Failure::from) {
        // Monitoring asks for the code; whether somebody reads on is less.
        Err(_) if exit != Exit::Success => Ok(exit),
        written => written.map(|()| exit),
    }
}
