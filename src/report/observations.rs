//! What the database knows of a period, ready to be summed up by line and span.

use std::collections::{BTreeSet, HashMap};

use super::buckets::Bucket;
use super::coverage::{Coverage, Share};
use super::volumes::Volumes;
use crate::store::{CameraSpan, Filter, Gap, LineVolume, LotLine, LotVolume, QuarterCoverage, Reader, StoreError};
use crate::time::UtcMicros;

/// Entries and exits of one line, and how much of the time was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct CountRow {
    /// The local hour or day; `None`: the whole period.
    pub bucket: Option<Bucket>,
    pub camera: String,
    pub line: String,
    pub entries: u64,
    pub exits: u64,
    pub coverage: Coverage,
}

/// Of these, one class of vehicles.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassRow {
    pub class: String,
    pub counts: CountRow,
}

/// Crossings, coverage and gaps of a period.
///
/// Coverage is known by quarters of an hour, so a period that begins or ends within one is covered as if it were whole.
/// A period without a beginning (or end) begins for each camera when the database first (or last) knows of it.
pub struct Observations {
    since: Option<UtcMicros>,
    until: Option<UtcMicros>,
    /// Camera and name, in order of both.
    pub lines: Vec<(String, String)>,
    /// In order of time.
    pub gaps: Vec<Gap>,
    /// In order of time, of every line of the cameras.
    volumes: Vec<LineVolume>,
    /// In order of time, of the lots asked for.
    pub lot_volumes: Vec<LotVolume>,
    /// By camera, in order of time.
    quarters: HashMap<String, Vec<QuarterCoverage>>,
    spans: HashMap<String, CameraSpan>,
    lot_lines: Vec<LotLine>,
}

/// microseconds
pub const QUARTER_US: i64 = 900_000_000;

impl Observations {
    /// Of the lines asked for: those in service in the period, and those over which something went in it.
    pub fn read(reader: &Reader, filter: &Filter) -> Result<Self, StoreError> {
        let mut all = Self::of_every_line(reader, filter)?;
        let Self { lines, spans, volumes, gaps, .. } = &mut all;
        lines.retain(|(camera, line)| {
            spans.is_empty()
                || spans.get(camera).is_some_and(|span| is_in_service(span, filter))
                || volumes.iter().any(|volume| volume.camera == *camera && volume.line == *line)
        });
        gaps.retain(|gap| lines.iter().any(|(camera, _)| *camera == gap.camera));
        Ok(all)
    }

    /// Of the lines asked for, also those that went out of service long ago.
    pub fn of_every_line(reader: &Reader, filter: &Filter) -> Result<Self, StoreError> {
        let volumes = Volumes::read(reader, filter)?;
        let mut quarters: HashMap<String, Vec<QuarterCoverage>> = HashMap::new();
        for quarter in reader.coverage(filter)? {
            quarters.entry(quarter.camera.clone()).or_default().push(quarter);
        }
        let spans = reader.camera_spans()?.into_iter().map(|span| (span.camera.clone(), span)).collect();
        let lot_lines = reader.lot_lines()?;
        let mut lines = reader.lines()?;
        lines.retain(|(camera, line)| is_asked_for(filter, &lot_lines, camera, line));
        let gaps = reader.gaps(filter)?;
        Ok(Self {
            since: filter.since,
            until: filter.until,
            lines,
            gaps,
            volumes: volumes.lines,
            lot_volumes: volumes.lots,
            quarters,
            spans,
            lot_lines,
        })
    }

    /// Cameras of the lines, by name.
    pub fn cameras(&self) -> Vec<&str> {
        let mut cameras: Vec<&str> = self.lines.iter().map(|(camera, _)| camera.as_str()).collect();
        cameras.dedup();
        cameras
    }

    /// Cameras whose lines led into or out of the lot.
    pub fn cameras_of_lot<'a>(&'a self, lot: &'a str) -> Vec<&'a str> {
        let mut cameras = self.cameras();
        cameras.retain(|camera| self.lot_lines.iter().any(|of| of.lot == lot && of.camera == *camera));
        cameras
    }

    /// From the first to the last moment that the database knows of, where the period does not say.
    pub fn known(&self) -> Option<(UtcMicros, UtcMicros)> {
        let spans = || self.cameras().into_iter().filter_map(|camera| self.spans.get(camera));
        let first = spans().map(|span| span.first).chain(self.volumes.first().map(|volume| volume.quarter)).min();
        let last = self.volumes.last().map(|volume| UtcMicros(volume.quarter.0 + QUARTER_US));
        let last = spans().map(|span| span.last).chain(last).max();
        Some((self.since.or(first)?, self.until.or(last)?))
    }

    /// Every line in the whole period.
    pub fn period_rows(&self) -> Vec<CountRow> {
        self.rows(None, &self.volumes, |camera| self.period_coverage(camera))
    }

    /// Every line in one local hour or day.
    pub fn bucket_rows(&self, bucket: &Bucket) -> Vec<CountRow> {
        let (start, end) = (UtcMicros::from(bucket.start.timestamp()), UtcMicros::from(bucket.end.timestamp()));
        let volumes = self.volumes_between(start, end);
        self.rows(Some(bucket), volumes, |camera| self.coverage(camera, start, end))
    }

    /// Every line and class that crossed it in the period, in the whole period.
    pub fn period_class_rows(&self, lines: &[CountRow]) -> Vec<ClassRow> {
        self.class_rows(&self.classes(), lines, &self.volumes)
    }

    /// ... and in one step. `classes` are those of the period, `lines` the rows of the step.
    pub fn bucket_class_rows(&self, classes: &[Vec<String>], lines: &[CountRow], bucket: &Bucket) -> Vec<ClassRow> {
        let (start, end) = (UtcMicros::from(bucket.start.timestamp()), UtcMicros::from(bucket.end.timestamp()));
        self.class_rows(classes, lines, self.volumes_between(start, end))
    }

    /// The classes that crossed each line in the period, in the order of the lines.
    pub fn classes(&self) -> Vec<Vec<String>> {
        let of_line = |(camera, line): &(String, String)| {
            let of_line = self.volumes.iter().filter(|volume| volume.camera == *camera && volume.line == *line);
            let classes: BTreeSet<&str> = of_line.map(|volume| volume.class.as_str()).collect();
            classes.into_iter().map(str::to_owned).collect()
        };
        self.lines.iter().map(of_line).collect()
    }

    fn class_rows(&self, classes: &[Vec<String>], lines: &[CountRow], volumes: &[LineVolume]) -> Vec<ClassRow> {
        let row = |line: &CountRow, class: &String| {
            let of_class = || {
                volumes
                    .iter()
                    .filter(|volume| volume.class == *class && volume.camera == line.camera && volume.line == line.line)
            };
            let counts = CountRow {
                entries: of_class().map(|volume| volume.entries).sum(),
                exits: of_class().map(|volume| volume.exits).sum(),
                ..line.clone()
            };
            ClassRow { class: class.clone(), counts }
        };
        lines
            .iter()
            .zip(classes)
            .flat_map(|(line, classes)| classes.iter().map(move |class| row(line, class)))
            .collect()
    }

    /// Vehicles over all lines of one camera in each microsecond that it saw; 0 where it saw nothing.
    pub fn rate(&self, camera: &str) -> f64 {
        let observed: u64 = self.quarters(camera).iter().map(|quarter| quarter.observed_us).sum();
        let of_camera = self.volumes.iter().filter(|volume| volume.camera == camera);
        let crossings: u64 = of_camera.map(|volume| volume.entries + volume.exits).sum();
        if observed == 0 { 0.0 } else { crossings as f64 / observed as f64 }
    }

    /// When these cameras were first and last heard of, from rows of any time.
    pub fn heard_of(&self, cameras: &[&str]) -> Option<(UtcMicros, UtcMicros)> {
        let spans = || cameras.iter().filter_map(|camera| self.spans.get(*camera));
        Some((spans().map(|span| span.first).min()?, spans().map(|span| span.last).max()?))
    }

    /// What one camera saw, quarter by quarter; those of which it saw nothing are left out.
    pub fn quarters_of(&self, camera: &str) -> &[QuarterCoverage] {
        self.quarters(camera)
    }

    fn rows(
        &self,
        bucket: Option<&Bucket>,
        volumes: &[LineVolume],
        coverage: impl Fn(&str) -> Coverage,
    ) -> Vec<CountRow> {
        let mut rows: Vec<CountRow> = Vec::with_capacity(self.lines.len());
        for (camera, line) in &self.lines {
            let known = rows.last().filter(|row| row.camera == *camera).map(|row| row.coverage);
            let of_line = || volumes.iter().filter(|volume| volume.camera == *camera && volume.line == *line);
            rows.push(CountRow {
                bucket: bucket.cloned(),
                camera: camera.clone(),
                line: line.clone(),
                entries: of_line().map(|volume| volume.entries).sum(),
                exits: of_line().map(|volume| volume.exits).sum(),
                coverage: known.unwrap_or_else(|| coverage(camera)),
            });
        }
        rows
    }

    /// Of one camera in the whole period.
    pub fn period_coverage(&self, camera: &str) -> Coverage {
        let span = self.spans.get(camera);
        let since = self.since.map(|since| floor(since.0)).or(span.map(|span| span.first.0));
        let until = self.until.map(|until| ceiling(until.0)).or(span.map(|span| span.last.0));
        // Without a span there is no coverage either.
        let length = since.zip(until).map_or(0, |(since, until)| until.saturating_sub(since));
        covered(self.quarters(camera), &self.volumes, camera, length)
    }

    /// Of one camera in a part of the period.
    pub fn coverage(&self, camera: &str, start: UtcMicros, end: UtcMicros) -> Coverage {
        let (since, until) = (floor(start.0), ceiling(end.0));
        let quarters = between(self.quarters(camera), |quarter| quarter.quarter.0, since, until);
        covered(quarters, self.volumes_between(start, end), camera, until - since)
    }

    fn quarters(&self, camera: &str) -> &[QuarterCoverage] {
        self.quarters.get(camera).map_or(&[], Vec::as_slice)
    }

    fn volumes_between(&self, start: UtcMicros, end: UtcMicros) -> &[LineVolume] {
        between(&self.volumes, |volume| volume.quarter.0, floor(start.0), end.0)
    }

    /// Frames of one camera in the whole period: read, looked at, dropped.
    pub fn frames(&self, camera: &str) -> [u64; 3] {
        let sum = |of: fn(&QuarterCoverage) -> u64| self.quarters(camera).iter().map(of).sum();
        [
            sum(|quarter| quarter.frames_read),
            sum(|quarter| quarter.frames_looked_at),
            sum(|quarter| quarter.frames_dropped),
        ]
    }
}

/// What these quarters and crossings say of a span of that length, microseconds.
fn covered(quarters: &[QuarterCoverage], volumes: &[LineVolume], camera: &str, length: i64) -> Coverage {
    let share = Share {
        observed_us: quarters.iter().map(|quarter| quarter.observed_us).sum(),
        degraded_us: quarters.iter().map(|quarter| quarter.degraded_us).sum(),
        length_us: u64::try_from(length).unwrap_or(0),
    };
    Coverage::new(share, volumes.iter().any(|volume| volume.camera == camera))
}

fn is_asked_for(filter: &Filter, lot_lines: &[LotLine], camera: &str, line: &str) -> bool {
    let is = |wanted: &Option<String>, name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    let leads = |lot: &str| lot_lines.iter().any(|of| of.lot == lot && of.camera == camera && of.line == line);
    is(&filter.camera, camera) && is(&filter.line, line) && filter.lot.as_deref().is_none_or(leads)
}

/// A camera is in service from its first to its last row, and on without end when it took part in the latest run.
fn is_in_service(span: &CameraSpan, filter: &Filter) -> bool {
    filter.until.is_none_or(|until| span.first < until)
        && (span.in_latest_run || filter.since.is_none_or(|since| span.last >= since))
}

/// Those of a list in order of time whose quarter begins from `start` until before `end`.
fn between<T>(all: &[T], time: impl Fn(&T) -> i64, start: i64, end: i64) -> &[T] {
    let first = all.partition_point(|item| time(item) < start);
    let after = all.partition_point(|item| time(item) < end);
    &all[first..after.max(first)]
}

/// The start of the quarter of an hour that holds this moment.
fn floor(us: i64) -> i64 {
    us.div_euclid(QUARTER_US) * QUARTER_US
}

/// The end of the quarter of an hour that ends at this moment or holds it.
fn ceiling(us: i64) -> i64 {
    floor(us + QUARTER_US - 1)
}
