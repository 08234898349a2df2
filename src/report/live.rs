//! What the reporter publishes while counting goes on: totals.json and a few log lines.

use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::alerts::alerts_json;
use super::coverage::Coverage;
use super::formats::rfc3339;
use super::json::gap_json;
use super::observations::{CountRow, Observations};
use super::occupancy::{in_order, occupancy_json};
use super::publish::{PublishError, write_atomically};
use crate::alert::Alert;
use crate::store::{Filter, Gap, Occupancy, Reader, StoreError};
use crate::time::UtcMicros;

/// Vehicles in each lot, entries and exits of each line, today and ever, and how much of today was observed.
pub struct LiveTotals {
    site: String,
    at: jiff::Zoned,
    lots: Vec<(Occupancy, Coverage)>,
    lines: Vec<Line>,
    cameras: Vec<Camera>,
    /// Those that are open.
    alerts: Vec<Alert>,
}

struct Line {
    entries: u64,
    exits: u64,
    today: CountRow,
}

struct Camera {
    camera: String,
    coverage_today: Coverage,
    last_gap: Option<Gap>,
}

/// Reads everything back from the database: there is no other tally. Today is what the rows know of it: its coverage is
/// that of the time from midnight to the last moment that was written down.
pub fn totals(reader: &Reader, site: &str, zone: &TimeZone, now: UtcMicros) -> Result<LiveTotals, StoreError> {
    let at = now.to_timestamp().unwrap_or_default().to_zoned(zone.clone());
    // A zone whose day has no start has no today either: then everything since now is today, which is nothing.
    let midnight = at.start_of_day().map_or(now, |midnight| midnight.timestamp().into());
    let ever = reader.line_totals()?;
    let today = Observations::of_every_line(reader, &Filter { since: Some(midnight), ..Filter::default() })?;
    let lines = today.period_rows().into_iter().map(|today| {
        let of_line = || ever.iter().filter(|total| total.camera == today.camera && total.line == today.line);
        Line {
            entries: of_line().map(|total| total.entries).sum(),
            exits: of_line().map(|total| total.exits).sum(),
            today,
        }
    });
    let lots = in_order(reader.occupancy()?).into_iter().map(|(_, lot)| {
        let cameras = today.cameras_of_lot(&lot.lot);
        let coverage = Coverage::lowest(cameras.iter().map(|camera| today.period_coverage(camera)));
        (lot, coverage)
    });
    let mut gaps = reader.last_gaps(&Filter::default())?;
    let cameras = today.cameras().into_iter().map(|camera| Camera {
        camera: camera.to_owned(),
        coverage_today: today.period_coverage(camera),
        last_gap: gaps.iter().position(|gap| gap.camera == camera).map(|index| gaps.swap_remove(index)),
    });
    let (lines, cameras) = (lines.collect(), cameras.collect());
    let alerts = reader.open_alerts()?;
    Ok(LiveTotals { site: site.to_owned(), lines, lots: lots.collect(), cameras, alerts, at })
}

/// Replaces the file atomically.
pub fn write(path: &Path, totals: &LiveTotals) -> Result<(), PublishError> {
    write_atomically(path, format!("{:#}\n", totals.to_json()).as_bytes())
}

impl LiveTotals {
    pub fn to_json(&self) -> Value {
        json!({
            "schema": "lotcount.live/1",
            "site": self.site,
            "at": rfc3339(&self.at),
            "lots": self.lots.iter().map(|lot| lot_json(lot, self.at.time_zone())).collect::<Vec<_>>(),
            "lines": self.lines.iter().map(line_json).collect::<Vec<_>>(),
            "cameras": self.cameras.iter().map(|camera| {
                let mut json = json!({ "camera": camera.camera });
                camera.coverage_today.add_to(&mut json, "_today");
                json["last_gap"] = json!(camera.last_gap.as_ref().map(|gap| gap_json(gap, self.at.time_zone())));
                json
            }).collect::<Vec<_>>(),
            "alerts": alerts_json(&self.alerts, self.at.time_zone()),
        })
    }

    /// One line for the log.
    pub fn in_words(&self) -> String {
        let lots: Vec<String> = self
            .lots
            .iter()
            .map(|(lot, _)| {
                let capacity = lot.capacity.map(|capacity| format!("/{capacity}")).unwrap_or_default();
                let flag = lot.flag().map(|flag| format!(" ({flag})")).unwrap_or_default();
                format!("{} {}{capacity}{flag}", lot.lot, lot.inside)
            })
            .collect();
        let (entries, exits) = self.lines.iter().fold((0, 0), |sum, line| (sum.0 + line.entries, sum.1 + line.exits));
        format!("inside: {}; {entries} entries and {exits} exits in all", lots.join(", "))
    }
}

fn lot_json((lot, today): &(Occupancy, Coverage), zone: &TimeZone) -> Value {
    let mut json = occupancy_json(lot, zone);
    today.add_to(&mut json, "_today");
    json
}

fn line_json(line: &Line) -> Value {
    let today = &line.today;
    let mut json = json!({
        "camera": today.camera,
        "line": today.line,
        "entries": line.entries,
        "exits": line.exits,
        "entries_today": today.coverage.count(today.entries),
        "exits_today": today.coverage.count(today.exits),
    });
    today.coverage.add_to(&mut json, "_today");
    json
}
