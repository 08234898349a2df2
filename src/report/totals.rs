//! Entries and exits as `lotcount totals` shows them.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::buckets::{Bucket, Step, buckets};
use crate::store::{Filter, LineVolume, Occupancy, Reader, StoreError};
use crate::time::UtcMicros;

/// What one row of the table sums up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// The whole time asked for.
    All,
    By(Step),
}

#[derive(Clone, Debug, PartialEq)]
pub struct TotalsRow {
    /// Local start of the hour or day; `None` when everything is summed up.
    pub start: Option<Zoned>,
    pub camera: String,
    pub line: String,
    pub entries: u64,
    pub exits: u64,
}

/// Entries and exits by line, and vehicles in each lot now.
pub struct Totals {
    pub site: String,
    pub time_zone: String,
    pub rows: Vec<TotalsRow>,
    pub occupancy: Vec<Occupancy>,
}

impl Totals {
    pub fn read(
        reader: &Reader,
        site: &str,
        zone: &TimeZone,
        filter: &Filter,
        grouping: Grouping,
    ) -> Result<Self, StoreError> {
        let volumes = reader.line_volumes(filter)?;
        let mut occupancy = reader.occupancy()?;
        if let Some(lot) = &filter.lot {
            occupancy.retain(|row| row.lot == *lot);
        }
        let rows = match grouping {
            Grouping::All => sum_by_line(None, &volumes),
            Grouping::By(step) => by_step(&volumes, zone, step),
        };
        let time_zone = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(Self { site: site.to_owned(), time_zone, rows, occupancy })
    }

    pub fn to_json(&self) -> Value {
        json!({
            "schema": "lotcount.totals/1",
            "site": self.site,
            "time_zone": self.time_zone,
            "lines": self.rows.iter().map(|row| json!({
                "start": row.start.as_ref().map(local),
                "camera": row.camera,
                "line": row.line,
                "entries": row.entries,
                "exits": row.exits,
            })).collect::<Vec<_>>(),
            "lots": self.occupancy.iter().map(|lot| json!({
                "lot": lot.lot,
                "inside": lot.inside,
                "capacity": lot.capacity,
            })).collect::<Vec<_>>(),
        })
    }

    /// Two tables: lines, then lots.
    pub fn write_tables(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            writeln!(out, "Nothing has been counted yet.")?;
        } else {
            writeln!(out, "{}", self.line_table())?;
        }
        let mut lots = table(&["lot", "inside", "capacity", "available"], &[1, 2, 3]);
        for lot in &self.occupancy {
            let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
            let available = lot.capacity.map(|capacity| capacity - lot.inside);
            lots.add_row([lot.lot.clone(), lot.inside.to_string(), number(lot.capacity), number(available)]);
        }
        if !self.occupancy.is_empty() {
            writeln!(out, "{lots}")?;
        }
        Ok(())
    }

    fn line_table(&self) -> Table {
        let timed = self.rows.iter().any(|row| row.start.is_some());
        let mut lines = if timed {
            table(&["from", "camera", "line", "entries", "exits", "net"], &[3, 4, 5])
        } else {
            table(&["camera", "line", "entries", "exits", "net"], &[2, 3, 4])
        };
        for row in &self.rows {
            let mut cells: Vec<String> = row.start.iter().map(local).collect();
            let net = row.entries as i64 - row.exits as i64;
            cells.extend([
                row.camera.clone(),
                row.line.clone(),
                row.entries.to_string(),
                row.exits.to_string(),
                format!("{net:+}"),
            ]);
            lines.add_row(cells);
        }
        lines
    }
}

/// A plain table whose columns `right` hold numbers.
pub fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    for &index in right {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Local time with its offset, so that the hour that comes twice is not mistaken: `2026-10-25 02:00 +01:00`.
pub fn local(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%d %H:%M %:z").to_string()
}

fn sum_by_line(bucket: Option<&Bucket>, volumes: &[LineVolume]) -> Vec<TotalsRow> {
    let mut rows: Vec<TotalsRow> = Vec::new();
    for volume in volumes {
        let row = match rows.iter_mut().find(|row| row.camera == volume.camera && row.line == volume.line) {
            Some(row) => row,
            None => {
                let start = bucket.map(|bucket| bucket.start.clone());
                let (camera, line) = (volume.camera.clone(), volume.line.clone());
                rows.push(TotalsRow { start, camera, line, entries: 0, exits: 0 });
                rows.last_mut().expect("was pushed just above")
            }
        };
        row.entries += volume.entries;
        row.exits += volume.exits;
    }
    rows.sort_by(|a, b| (&a.camera, &a.line).cmp(&(&b.camera, &b.line)));
    rows
}

/// Volumes come in order of time, so each bucket takes the next few.
fn by_step(volumes: &[LineVolume], zone: &TimeZone, step: Step) -> Vec<TotalsRow> {
    let (Some(first), Some(last)) = (volumes.first(), volumes.last()) else { return Vec::new() };
    let start = whole(first.quarter, zone, step);
    let Some(end) = last.quarter.plus_seconds(900.0).to_timestamp() else { return Vec::new() };
    let mut rest = volumes;
    let mut rows = Vec::new();
    for bucket in start.map_or_else(Vec::new, |start| buckets(start, end, zone, step)) {
        let here = rest.iter().take_while(|volume| bucket.holds(volume.quarter)).count();
        rows.extend(sum_by_line(Some(&bucket), &rest[..here]));
        rest = &rest[here..];
    }
    rows
}

/// The start of the local hour or day that holds the moment.
fn whole(moment: UtcMicros, zone: &TimeZone, step: Step) -> Option<jiff::Timestamp> {
    let zoned = moment.to_timestamp()?.to_zoned(zone.clone());
    let start = match step {
        Step::Day => zoned.start_of_day().ok()?,
        Step::Hour => {
            // Back to the hour on the wall, by no more than was passed under this offset.
            let minutes = i64::from(zoned.minute()) * 60 + i64::from(zoned.second());
            zoned.checked_sub(jiff::SignedDuration::from_secs(minutes)).ok()?
        }
    };
    Some(start.timestamp())
}
