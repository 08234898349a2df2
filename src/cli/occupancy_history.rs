//! `lotcount occupancy history`: what was told, and how far the count was from it.

use std::io::Write;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Failure;
use super::occupancy::database;
use crate::config::Config;
use crate::count::{Drift, Observation};
use crate::report::{local, observation, table};
use crate::store::{Adjustment, Filter, Reader};

pub fn show(config: &Config, lot: Option<String>, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let reader = Reader::open(&config.site.database).map_err(database)?;
    let adjustments = reader.adjustments(&Filter { lot, ..Filter::default() }).map_err(database)?;
    let zone = &config.site.time_zone;
    if json {
        let rows: Vec<Value> = adjustments.iter().map(|row| row_json(row, zone)).collect();
        writeln!(
            out,
            "{:#}",
            json!({ "schema": "lotcount.adjustments/1", "site": config.site.name, "adjustments": rows })
        )?;
        return Ok(());
    }
    if adjustments.is_empty() {
        writeln!(out, "Nobody told the true number of vehicles yet: lotcount occupancy set")?;
        return Ok(());
    }
    let mut rows = table(&["at", "lot", "kind", "counted", "inside", "crossings", "by", "why"], &[3, 4, 5]);
    for row in &adjustments {
        rows.add_row(cells(row, zone));
    }
    writeln!(out, "{rows}")?;
    write_drift(&adjustments, out)
}

fn moment(row: &Adjustment, zone: &TimeZone) -> jiff::Zoned {
    row.at.to_timestamp().unwrap_or_default().to_zoned(zone.clone())
}

fn cells(row: &Adjustment, zone: &TimeZone) -> [String; 8] {
    let inside = if row.kind.is_absolute() { row.after.to_string() } else { format!("{:+}", row.amount) };
    [
        local(&moment(row, zone)),
        row.lot.clone(),
        row.kind.name().to_owned(),
        row.counted.map_or(String::new(), |counted| counted.to_string()),
        inside,
        row.crossings.map_or(String::new(), |crossings| crossings.to_string()),
        row.who.clone(),
        row.why.clone(),
    ]
}

fn row_json(row: &Adjustment, zone: &TimeZone) -> Value {
    json!({
        "at": moment(row, zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "at_us": row.at.0,
        "lot": row.lot,
        "kind": row.kind.name(),
        "counted": row.counted,
        "effect": row.effect,
        "amount": row.amount,
        "before": row.before,
        "after": row.after,
        "crossings": row.crossings,
        "days": observation(row).map(|found| (found.days * 1000.0).round() / 1000.0),
        "who": row.who,
        "why": row.why,
        "recorded_us": row.recorded.0,
    })
}

/// One line for each lot whose true number was told twice or more.
fn write_drift(adjustments: &[Adjustment], out: &mut dyn Write) -> Result<(), Failure> {
    let mut lots: Vec<&str> = adjustments.iter().map(|row| row.lot.as_str()).collect();
    lots.sort_unstable();
    lots.dedup();
    for lot in lots {
        let of_lot = adjustments.iter().filter(|row| row.lot == lot);
        let found: Vec<Observation> = of_lot.filter_map(observation).collect();
        let drift = Drift::measured(&found);
        if let (Some(day), Some(thousand)) = (drift.per_day(), drift.per_thousand_crossings()) {
            writeln!(
                out,
                "{lot}: counted {:+} in all, {day:+.1} a day, {thousand:+.1} per 1,000 crossings, over {:.1} days",
                drift.error, drift.days
            )?;
        }
    }
    Ok(())
}
