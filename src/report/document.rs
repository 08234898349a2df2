//! The report of a period: every line and hour, also those without a crossing, and how much of it was observed.

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::buckets::{Step, buckets};
use super::coverage::Coverage;
use super::observations::{CountRow, Observations};
use crate::alert::Alert;
use crate::store::{Filter, Gap, Reader, StoreError};
use crate::time::UtcMicros;

/// What a report says, before it has a format. The same rows give the same document: nothing in it depends on when or
/// where it is made. What lies beyond the last moment that the rows know of was not observed.
pub struct ReportDocument {
    pub site: String,
    pub time_zone: String,
    /// As asked for: `2026-06-15`.
    pub period: String,
    pub start: Zoned,
    pub end: Zoned,
    pub lots: Vec<LotRow>,
    pub lines: Vec<CountRow>,
    pub hours: Vec<CountRow>,
    pub cameras: Vec<CameraRow>,
    /// Cut to the period, in order of time.
    pub gaps: Vec<Gap>,
    /// That lasted in the period, in order of their beginning.
    pub alerts: Vec<Alert>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct LotRow {
    pub lot: String,
    pub entries: u64,
    pub exits: u64,
    /// The lowest of the cameras whose lines lead into or out of it.
    pub coverage: Coverage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraRow {
    pub camera: String,
    pub coverage: Coverage,
    pub frames_read: u64,
    pub frames_looked_at: u64,
    pub frames_dropped: u64,
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
        let (since, until) = (UtcMicros::from(start.timestamp()), UtcMicros::from(end.timestamp()));
        let filter = Filter { since: Some(since), until: Some(until), ..Filter::default() };
        let observations = Observations::read(reader, &filter)?;
        let hours = buckets(start.timestamp(), end.timestamp(), zone, Step::Hour);
        let cut = |gap: &Gap| Gap { from: gap.from.max(since), until: gap.until.min(until), ..gap.clone() };
        Ok(Self {
            site: site.to_owned(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            period,
            lots: lots(reader, &observations, &filter)?,
            lines: observations.period_rows(),
            hours: hours.iter().flat_map(|hour| observations.bucket_rows(hour)).collect(),
            cameras: observations.cameras().into_iter().map(|camera| camera_row(&observations, camera)).collect(),
            alerts: reader.alerts(&filter)?,
            gaps: observations.gaps.iter().map(cut).collect(),
            start,
            end,
        })
    }

    /// microseconds
    pub fn length_us(&self) -> u64 {
        let length = self.end.timestamp().as_microsecond() - self.start.timestamp().as_microsecond();
        u64::try_from(length).unwrap_or(0)
    }
}

fn lots(reader: &Reader, observations: &Observations, filter: &Filter) -> Result<Vec<LotRow>, StoreError> {
    let volumes = reader.lot_volumes(filter)?;
    let row = |lot: String| {
        let cameras = observations.cameras_of_lot(&lot);
        let coverage = Coverage::lowest(cameras.iter().map(|camera| observations.period_coverage(camera)));
        let of_lot = || volumes.iter().filter(|volume| volume.lot == lot);
        let (entries, exits) = of_lot().fold((0, 0), |sum, volume| (sum.0 + volume.entries, sum.1 + volume.exits));
        LotRow { lot, entries, exits, coverage }
    };
    Ok(reader.lots()?.into_iter().map(|lot| row(lot.name)).collect())
}

fn camera_row(observations: &Observations, camera: &str) -> CameraRow {
    let [frames_read, frames_looked_at, frames_dropped] = observations.frames(camera);
    let coverage = observations.period_coverage(camera);
    CameraRow { camera: camera.to_owned(), coverage, frames_read, frames_looked_at, frames_dropped }
}
