//! The report of a period: every line and hour, also those without a crossing.

use std::collections::HashMap;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::buckets::{Bucket, Step, buckets};
use crate::store::{Filter, Reader, StoreError};
use crate::time::UtcMicros;

/// What a report says, before it has a format. The same rows give the same document: nothing in it depends on when or
/// where it is made.
pub struct ReportDocument {
    pub site: String,
    pub time_zone: String,
    /// As asked for: `2026-06-15`.
    pub period: String,
    pub start: Zoned,
    pub end: Zoned,
    pub lots: Vec<LotRow>,
    pub lines: Vec<LineRow>,
    pub hours: Vec<HourRow>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct LotRow {
    pub lot: String,
    pub entries: u64,
    pub exits: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct LineRow {
    pub camera: String,
    pub line: String,
    pub entries: u64,
    pub exits: u64,
}

/// One line in one local hour.
#[derive(Debug, PartialEq)]
pub struct HourRow {
    pub hour: Bucket,
    pub camera: String,
    pub line: String,
    pub entries: u64,
    pub exits: u64,
}

impl ReportDocument {
    /// From `start` until before `end`, both local midnights. `period` is what to call it: a date, not `yesterday`.
    pub fn read(
        reader: &Reader,
        site: &str,
        zone: &TimeZone,
        period: String,
        (start, end): (Zoned, Zoned),
    ) -> Result<Self, StoreError> {
        let filter = Filter {
            since: Some(UtcMicros::from(start.timestamp())),
            until: Some(UtcMicros::from(end.timestamp())),
            ..Filter::default()
        };
        let mut lots: Vec<LotRow> =
            reader.lots()?.into_iter().map(|lot| LotRow { lot, entries: 0, exits: 0 }).collect();
        for volume in reader.lot_volumes(&filter)? {
            if let Some(row) = lots.iter_mut().find(|row| row.lot == volume.lot) {
                row.entries += volume.entries;
                row.exits += volume.exits;
            }
        }
        let names = reader.lines()?;
        let hours = buckets(start.timestamp(), end.timestamp(), zone, Step::Hour);
        let mut counts: HashMap<(usize, usize), (u64, u64)> = HashMap::new();
        for volume in reader.line_volumes(&filter)? {
            let hour = hours.partition_point(|hour| UtcMicros::from(hour.end.timestamp()) <= volume.quarter);
            if let Some(line) = names.iter().position(|name| (&name.0, &name.1) == (&volume.camera, &volume.line)) {
                let count = counts.entry((hour, line)).or_default();
                count.0 += volume.entries;
                count.1 += volume.exits;
            }
        }
        let count = |hour, line| counts.get(&(hour, line)).copied().unwrap_or_default();
        let lines = names.iter().enumerate().map(|(index, (camera, line))| {
            let (entries, exits) =
                (0..hours.len()).map(|hour| count(hour, index)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            LineRow { camera: camera.clone(), line: line.clone(), entries, exits }
        });
        let rows = hours.iter().enumerate().flat_map(|(index, hour)| {
            let count = &count;
            names.iter().enumerate().map(move |(line, (camera, name))| {
                let (entries, exits) = count(index, line);
                HourRow { hour: hour.clone(), camera: camera.clone(), line: name.clone(), entries, exits }
            })
        });
        Ok(Self {
            site: site.to_owned(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            period,
            lots,
            lines: lines.collect(),
            hours: rows.collect(),
            start,
            end,
        })
    }
}
