//! The report of a period: every lot, line, camera, class and step, also those without a crossing, and how much of it was
//! observed.

use jiff::Zoned;
use jiff::tz::{Offset, TimeZone};

use super::buckets::{Bucket, Step, buckets};
use super::coverage::Coverage;
use super::figures;
use super::lots::{BusiestHour, LotFigures, LotRow, Lots};
use super::observations::{ClassRow, CountRow, Observations};
use crate::alert::Alert;
use crate::store::{Adjustment, Filter, Gap, QuarterCoverage, Reader, StoreError};
use crate::time::UtcMicros;

/// What a report says, before it has a format. The same rows give the same document: nothing in it depends on when or
/// where it is made. What lies beyond the last moment that the rows know of was not observed.
pub struct ReportDocument {
    pub site: String,
    pub time_zone: String,
    /// From when on which offset from UTC was in force: more than one where the clocks were changed.
    pub offsets: Vec<(Zoned, Offset)>,
    /// As asked for: `2026-06-15`.
    pub period: String,
    /// Of an export, which may be written again when rows come late.
    pub revision: Option<u32>,
    pub start: Zoned,
    pub end: Zoned,
    pub step: Step,
    /// Each after the one that it lies within.
    pub lots: Vec<LotRow>,
    pub lines: Vec<LineRow>,
    pub cameras: Vec<CameraRow>,
    pub classes: Vec<ClassRow>,
    /// In order of time; of lots, lines and classes those of one step follow one another in the order of above.
    pub lot_steps: Vec<LotFigures>,
    /// The same in steps that a chart can show.
    pub chart_steps: Vec<LotFigures>,
    pub chart_step: Step,
    pub steps: Vec<CountRow>,
    pub class_steps: Vec<ClassRow>,
    /// All lines together by local hour, for the day of the week.
    pub hours: Vec<HourRow>,
    /// By camera, in the order of `cameras`: what it saw of each quarter of an hour, those left out of which it saw nothing.
    pub quarters: Vec<Vec<QuarterCoverage>>,
    /// Cut to the period, in order of time.
    pub gaps: Vec<Gap>,
    pub adjustments: Vec<Adjustment>,
    /// That lasted in the period, in order of their beginning. What ended after it was open at its end.
    pub alerts: Vec<Alert>,
}

/// One line in the whole period.
#[derive(Clone, Debug, PartialEq)]
pub struct LineRow {
    pub counts: CountRow,
    pub busiest: Option<BusiestHour>,
}

/// All lines of the site in one local hour.
#[derive(Clone, Debug, PartialEq)]
pub struct HourRow {
    pub hour: Bucket,
    pub entries: u64,
    pub exits: u64,
    /// The lowest of the cameras.
    pub coverage: Coverage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraRow {
    pub camera: String,
    /// Over all its lines.
    pub entries: u64,
    pub exits: u64,
    pub coverage: Coverage,
    pub frames_read: u64,
    pub frames_looked_at: u64,
    pub frames_dropped: u64,
}

impl ReportDocument {
    /// From `start` until before `end`, both local midnights, in steps that suit its length. `period` is what to call it: a
    /// date, not `yesterday`.
    pub fn read(
        reader: &Reader,
        site: &str,
        zone: &TimeZone,
        period: String,
        (start, end): (Zoned, Zoned),
    ) -> Result<Self, StoreError> {
        let days = start.date().until(end.date()).map_or(0, |span| i64::from(span.get_days()));
        Self::read_by(reader, site, zone, period, (start, end), Step::for_days(days))
    }

    /// The same in steps of another length.
    pub fn read_by(
        reader: &Reader,
        site: &str,
        zone: &TimeZone,
        period: String,
        (start, end): (Zoned, Zoned),
        step: Step,
    ) -> Result<Self, StoreError> {
        let (since, until) = (UtcMicros::from(start.timestamp()), UtcMicros::from(end.timestamp()));
        let filter = Filter { since: Some(since), until: Some(until), ..Filter::default() };
        let observations = Observations::read(reader, &filter)?;
        let in_steps = |step| buckets(start.timestamp(), end.timestamp(), zone, step);
        let (parts, hours) = (in_steps(step), in_steps(Step::Hour));
        let (chart_step, chart_parts) = chart_steps(step, in_steps);
        let lots = Lots::read(reader, &observations, (&start, &end), &parts, &chart_parts)?;
        let lines = observations.period_rows();
        let by_hour: Vec<Vec<CountRow>> = hours.iter().map(|hour| observations.bucket_rows(hour)).collect();
        let by_step = || parts.iter().map(|part| observations.bucket_rows(part));
        let by_step: Vec<Vec<CountRow>> = if step == Step::Hour { by_hour.clone() } else { by_step().collect() };
        let classes = observations.classes();
        let of_step = |(part, rows): (&Bucket, &Vec<CountRow>)| observations.bucket_class_rows(&classes, rows, part);
        let cut = |gap: &Gap| Gap { from: gap.from.max(since), until: gap.until.min(until), ..gap.clone() };
        Ok(Self {
            site: site.to_owned(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            offsets: offsets(&start, &end),
            period,
            revision: None,
            step,
            lots: lots.rows,
            lot_steps: lots.steps,
            chart_steps: lots.chart_steps,
            chart_step,
            classes: observations.period_class_rows(&lines),
            class_steps: parts.iter().zip(&by_step).flat_map(of_step).collect(),
            cameras: camera_rows(&observations, &lines),
            quarters: observations.cameras().into_iter().map(|name| observations.quarters_of(name).to_vec()).collect(),
            lines: lines.into_iter().enumerate().map(|(index, counts)| line_row(counts, index, &by_hour)).collect(),
            steps: by_step.into_iter().flatten().collect(),
            hours: hours.into_iter().zip(&by_hour).map(|(hour, rows)| hour_row(hour, rows)).collect(),
            alerts: reader.alerts(&filter)?.into_iter().map(|alert| alert.as_of(until)).collect(),
            gaps: observations.gaps.iter().map(cut).collect(),
            adjustments: lots.adjustments,
            start,
            end,
        })
    }

    /// microseconds
    pub fn length_us(&self) -> u64 {
        let length = self.end.timestamp().as_microsecond() - self.start.timestamp().as_microsecond();
        u64::try_from(length).unwrap_or(0)
    }

    /// Each camera in each step, in the order of the steps.
    pub fn camera_steps(&self) -> Vec<CountRow> {
        let mut rows: Vec<CountRow> = Vec::new();
        for line in &self.steps {
            match rows.last_mut() {
                Some(row) if row.camera == line.camera && row.bucket == line.bucket => {
                    row.entries += line.entries;
                    row.exits += line.exits;
                }
                _ => rows.push(CountRow { line: String::new(), ..line.clone() }),
            }
        }
        rows
    }
}

/// The finest steps, from this one on, of which a chart can show all.
fn chart_steps(step: Step, in_steps: impl Fn(Step) -> Vec<Bucket>) -> (Step, Vec<Bucket>) {
    const MOST: usize = 170;
    let coarser = [Step::Quarter, Step::Hour, Step::Day, Step::Week].into_iter().filter(|coarser| *coarser >= step);
    let few = coarser.map(|step| (step, in_steps(step))).find(|(_, parts)| parts.len() <= MOST);
    few.unwrap_or_else(|| (Step::Month, in_steps(Step::Month)))
}

fn line_row(counts: CountRow, index: usize, by_hour: &[Vec<CountRow>]) -> LineRow {
    let hours = by_hour.iter().map(|rows| &rows[index]);
    let busiest = figures::busiest(hours.map(|row| (row, row.entries + row.exits)))
        .and_then(|(row, volume)| Some(BusiestHour { hour: row.bucket.clone()?, volume, coverage: row.coverage }));
    LineRow { counts, busiest }
}

fn hour_row(hour: Bucket, rows: &[CountRow]) -> HourRow {
    HourRow {
        hour,
        entries: rows.iter().map(|row| row.entries).sum(),
        exits: rows.iter().map(|row| row.exits).sum(),
        coverage: Coverage::lowest(rows.iter().map(|row| row.coverage)),
    }
}

fn camera_rows(observations: &Observations, lines: &[CountRow]) -> Vec<CameraRow> {
    let row = |camera: &str| {
        let [frames_read, frames_looked_at, frames_dropped] = observations.frames(camera);
        let of_camera = || lines.iter().filter(|line| line.camera == camera);
        CameraRow {
            camera: camera.to_owned(),
            entries: of_camera().map(|line| line.entries).sum(),
            exits: of_camera().map(|line| line.exits).sum(),
            coverage: observations.period_coverage(camera),
            frames_read,
            frames_looked_at,
            frames_dropped,
        }
    };
    observations.cameras().into_iter().map(row).collect()
}

fn offsets(start: &Zoned, end: &Zoned) -> Vec<(Zoned, Offset)> {
    let zone = start.time_zone();
    let mut offsets = vec![(start.clone(), start.offset())];
    for change in zone.following(start.timestamp()).take_while(|change| change.timestamp() < end.timestamp()) {
        if offsets.last().is_some_and(|last| last.1 != change.offset()) {
            offsets.push((change.timestamp().to_zoned(zone.clone()), change.offset()));
        }
    }
    offsets
}
