//! Entries and exits as `lotcount totals` shows them.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::alerts::{alerts_json, write_alerts};
use super::buckets::{Bucket, Step, buckets};
use super::coverage::Coverage;
use super::observations::{CountRow, Observations};
use super::occupancy::{in_order, occupancy_json, zoned};
use super::tables::{bucket_table, line_table, local, table, write_left_out, write_legend};
use crate::alert::Alert;
use crate::store::{Filter, Gap, Occupancy, Reader, StoreError};
use crate::time::UtcMicros;

/// The reason of gaps that the computer's clock left out when it was put forward.
const CLOCK_SET: &str = "clock-set";

/// What one row of the table sums up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// The whole time asked for.
    All,
    By(Step),
}

/// Entries and exits by line, and vehicles in each lot now.
pub struct Totals {
    pub site: String,
    pub time_zone: String,
    zone: TimeZone,
    pub rows: Vec<CountRow>,
    /// Vehicles in each lot now, each lot followed by its parts, and how well its cameras observed the time asked for.
    pub lots: Vec<(Occupancy, Coverage)>,
    /// How many lots each of them lies within.
    depths: Vec<usize>,
    /// Those that are open, of the lot or camera asked for.
    pub alerts: Vec<Alert>,
}

impl Totals {
    pub fn read(
        reader: &Reader,
        site: &str,
        zone: &TimeZone,
        filter: &Filter,
        grouping: Grouping,
    ) -> Result<Self, StoreError> {
        let observations = Observations::read(reader, filter)?;
        let asked = |lot: &Occupancy| filter.lot.as_ref().is_none_or(|asked| lot.lot == *asked);
        let lots = in_order(reader.occupancy()?).into_iter().filter(|(_, lot)| asked(lot));
        let (depths, lots): (Vec<usize>, Vec<_>) = lots
            .map(|(depth, lot)| {
                let cameras = observations.cameras_of_lot(&lot.lot);
                let coverage = Coverage::lowest(cameras.iter().map(|camera| observations.period_coverage(camera)));
                (depth, (lot, coverage))
            })
            .unzip();
        let rows = match grouping {
            Grouping::All => observations.period_rows(),
            Grouping::By(step) => spans(&observations, filter, zone, step)
                .iter()
                .flat_map(|bucket| observations.bucket_rows(bucket))
                .collect(),
        };
        let time_zone = zone.iana_name().unwrap_or("UTC").to_owned();
        // As the lots: those of now, whatever time is asked for.
        let mut alerts = reader.alerts(&Filter { since: None, until: None, ..filter.clone() })?;
        alerts.retain(|alert| alert.ended.is_none());
        Ok(Self { site: site.to_owned(), time_zone, zone: zone.clone(), rows, lots, depths, alerts })
    }

    pub fn to_json(&self) -> Value {
        let line = |row: &CountRow| {
            let mut json = json!({
                "start": row.bucket.as_ref().map(|bucket| local(&bucket.start)),
                "camera": row.camera,
                "line": row.line,
                "entries": row.coverage.count(row.entries),
                "exits": row.coverage.count(row.exits),
            });
            row.coverage.add_to(&mut json, "");
            json
        };
        let lot = |(lot, coverage): &(Occupancy, Coverage)| {
            let mut json = occupancy_json(lot, &self.zone);
            coverage.add_to(&mut json, "");
            json
        };
        json!({
            "schema": "lotcount.totals/1",
            "site": self.site,
            "time_zone": self.time_zone,
            "lines": self.rows.iter().map(line).collect::<Vec<_>>(),
            "lots": self.lots.iter().map(lot).collect::<Vec<_>>(),
            "alerts": alerts_json(&self.alerts, &self.zone),
        })
    }

    /// Tables: lines, then lots, then what is open of alerts.
    pub fn write_tables(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            writeln!(out, "Nothing has been counted yet.")?;
        } else if self.rows.iter().any(|row| row.bucket.is_some()) {
            let buckets = bucket_table(&self.rows, local);
            if !buckets.is_empty() {
                writeln!(out, "{buckets}")?;
            }
            write_left_out(&self.rows, out)?;
        } else {
            writeln!(out, "{}", line_table(&self.rows))?;
        }
        if !self.lots.is_empty() {
            writeln!(out, "{}", self.lot_table())?;
        }
        write_alerts(&self.alerts, &self.zone, out)?;
        let lots = self.lots.iter().map(|(_, coverage)| *coverage);
        write_legend(&self.rows.iter().map(|row| row.coverage).chain(lots).collect::<Vec<_>>(), out)
    }

    fn lot_table(&self) -> comfy_table::Table {
        let flagged = self.lots.iter().any(|(lot, _)| lot.flag().is_some());
        let header = ["lot", "inside", "capacity", "available", "since", "coverage", "flag"];
        let columns = if flagged { 7 } else { 6 };
        let mut lots = table(&header[..columns], &[1, 2, 3, 5]);
        for ((lot, coverage), depth) in self.lots.iter().zip(&self.depths) {
            let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
            let row = [
                format!("{}{}", "  ".repeat(*depth), lot.lot),
                lot.inside.to_string(),
                number(lot.capacity),
                number(lot.available()),
                lot.since.map_or("-".to_owned(), |since| local(&zoned(since, &self.zone))),
                coverage.in_words(),
                lot.flag().unwrap_or_default().to_owned(),
            ];
            lots.add_row(row.into_iter().take(columns));
        }
        lots
    }
}

/// The local hours or days of the period, whole ones where the filter leaves its beginning or end open.
fn spans(observations: &Observations, filter: &Filter, zone: &TimeZone, step: Step) -> Vec<Bucket> {
    let known = || {
        let (first, last) = observations.known()?;
        let start = match filter.since {
            Some(since) => since.to_timestamp()?,
            None => holding(first, zone, step)?.0,
        };
        let end = match filter.until {
            Some(until) => until.to_timestamp()?,
            // The last moment itself is no longer part of what is known.
            None => holding(UtcMicros(last.0 - 1).max(first), zone, step)?.1,
        };
        let mut spans = buckets(start, end, zone, step);
        // A computer that began in 1970 until it was told the time has not been blind for decades.
        let never_was: Vec<&Gap> = observations.gaps.iter().filter(|gap| gap.reason == CLOCK_SET).collect();
        spans.retain(|bucket| !never_was.iter().any(|gap| bucket.is_within(gap.from, gap.until)));
        Some(spans)
    };
    known().unwrap_or_default()
}

/// Start and end of the local hour or day that holds the moment.
fn holding(moment: UtcMicros, zone: &TimeZone, step: Step) -> Option<(Timestamp, Timestamp)> {
    let day = moment.to_timestamp()?.to_zoned(zone.clone()).start_of_day().ok()?;
    // A day more than is needed: the last bucket is cut.
    let after = day.checked_add(2.days()).ok()?.timestamp();
    let bucket = buckets(day.timestamp(), after, zone, step).into_iter().find(|bucket| bucket.holds(moment))?;
    Some((bucket.start.timestamp(), bucket.end.timestamp()))
}
