//! What the reporter publishes while counting goes on: totals.json and a few log lines.

use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::formats::rfc3339;
use super::publish::{PublishError, write_atomically};
use crate::store::{Filter, LineVolume, Occupancy, Reader, StoreError};
use crate::time::UtcMicros;

/// Vehicles in each lot, and entries and exits of each line, today and ever.
pub struct LiveTotals {
    site: String,
    at: jiff::Zoned,
    lots: Vec<Occupancy>,
    lines: Vec<Line>,
}

struct Line {
    camera: String,
    line: String,
    entries: u64,
    exits: u64,
    entries_today: u64,
    exits_today: u64,
}

/// Reads everything back from the database: there is no other tally.
pub fn totals(reader: &Reader, site: &str, zone: &TimeZone, now: UtcMicros) -> Result<LiveTotals, StoreError> {
    let at = now.to_timestamp().unwrap_or_default().to_zoned(zone.clone());
    // A zone whose day has no start has no today either: then everything since now is today, which is nothing.
    let midnight = at.start_of_day().map_or(now, |midnight| midnight.timestamp().into());
    let ever = reader.line_volumes(&Filter::default())?;
    let lines = reader.lines()?.into_iter().map(|(camera, line)| {
        let sum = |since: Option<UtcMicros>, of: fn(&LineVolume) -> u64| {
            ever.iter()
                .filter(|volume| volume.camera == camera && volume.line == line)
                .filter(|volume| since.is_none_or(|since| volume.quarter >= since))
                .map(of)
                .sum()
        };
        Line {
            entries: sum(None, |volume| volume.entries),
            exits: sum(None, |volume| volume.exits),
            entries_today: sum(Some(midnight), |volume| volume.entries),
            exits_today: sum(Some(midnight), |volume| volume.exits),
            camera: camera.clone(),
            line: line.clone(),
        }
    });
    Ok(LiveTotals { site: site.to_owned(), lines: lines.collect(), lots: reader.occupancy()?, at })
}

/// Replaces the file atomically.
pub fn write(path: &Path, totals: &LiveTotals) -> Result<(), PublishError> {
    write_atomically(path, format!("{:#}\n", totals.to_json()).as_bytes())
}

impl LiveTotals {
    fn to_json(&self) -> Value {
        json!({
            "schema": "lotcount.live/1",
            "site": self.site,
            "at": rfc3339(&self.at),
            "lots": self.lots.iter().map(|lot| json!({
                "lot": lot.lot,
                "inside": lot.inside,
                "capacity": lot.capacity,
                "available": lot.capacity.map(|capacity| capacity - lot.inside),
            })).collect::<Vec<_>>(),
            "lines": self.lines.iter().map(|line| json!({
                "camera": line.camera,
                "line": line.line,
                "entries": line.entries,
                "exits": line.exits,
                "entries_today": line.entries_today,
                "exits_today": line.exits_today,
            })).collect::<Vec<_>>(),
        })
    }

    /// One line for the log.
    pub fn in_words(&self) -> String {
        let lots: Vec<String> = self
            .lots
            .iter()
            .map(|lot| match lot.capacity {
                Some(capacity) => format!("{} {}/{capacity}", lot.lot, lot.inside),
                None => format!("{} {}", lot.lot, lot.inside),
            })
            .collect();
        let (entries, exits) = self.lines.iter().fold((0, 0), |sum, line| (sum.0 + line.entries, sum.1 + line.exits));
        format!("inside: {}; {entries} entries and {exits} exits in all", lots.join(", "))
    }
}
