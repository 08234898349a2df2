//! A report as JSON, `lotcount.report/2`: docs/report.schema.json says what it holds.

use serde_json::{Value, json};

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::alerts::alerts_json;
use super::coverage::Coverage;
use super::document::{CameraRow, LineRow, ReportDocument};
use super::formats::rfc3339;
use super::lots::{BusiestHour, LotFigures, LotRow};
use super::observations::{ClassRow, CountRow};
use crate::store::{Adjustment, Gap};
use crate::time::UtcMicros;

impl ReportDocument {
    pub fn to_json(&self) -> Value {
        let complete = self.complete().map_or(Coverage::Unknown, |share| Coverage::new(share, false));
        let offset = |(from, offset): &(Zoned, jiff::tz::Offset)| json!({ "from": rfc3339(from), "offset": rfc3339(&from.with_time_zone(offset.to_time_zone()))[19..] });
        let mut json = json!({
            "schema": "lotcount.report/2",
            "site": self.site,
            "time_zone": self.time_zone,
            "utc_offsets": self.offsets.iter().map(offset).collect::<Vec<_>>(),
            "period": self.period,
            "start": rfc3339(&self.start),
            "end": rfc3339(&self.end),
            "step": self.step.name(),
        });
        if let Some(revision) = self.revision {
            json["revision"] = revision.into();
        }
        complete.add_to(&mut json, "");
        let zone = self.start.time_zone();
        json["lots"] = self.lots.iter().map(|row| lot(row, zone)).collect();
        json["lines"] = self.lines.iter().map(line).collect();
        json["cameras"] = self.cameras.iter().map(camera).collect();
        json["classes"] = self.classes.iter().map(class).collect();
        json["steps"] = json!({
            "lots": self.lot_steps.iter().map(lot_figures).collect::<Vec<_>>(),
            "lines": self.steps.iter().map(counts).collect::<Vec<_>>(),
            "cameras": self.camera_steps().iter().map(counts).collect::<Vec<_>>(),
            "classes": self.class_steps.iter().map(class).collect::<Vec<_>>(),
        });
        json["gaps"] = self.gaps.iter().map(|row| gap_json(row, zone)).collect();
        json["adjustments"] = self.adjustments.iter().map(|row| adjustment(row, zone)).collect();
        json["alerts"] = alerts_json(&self.alerts, zone);
        json
    }
}

fn span(json: &mut Value, bucket: &Option<super::buckets::Bucket>) {
    if let Some(bucket) = bucket {
        json["start"] = rfc3339(&bucket.start).into();
        json["end"] = rfc3339(&bucket.end).into();
    }
}

/// One lot in one step, or the first part of what is said of it in the whole period.
fn lot_figures(row: &LotFigures) -> Value {
    let LotFigures { bucket, lot, entries, exits, inside, coverage } = row;
    let mut json = json!({});
    span(&mut json, bucket);
    json["lot"] = lot.as_str().into();
    json["entries"] = coverage.count(*entries).into();
    json["exits"] = coverage.count(*exits).into();
    let inside = inside.as_ref();
    json["opening"] = json!(inside.map(|inside| inside.opening));
    json["adjusted"] = json!(inside.map(|inside| inside.adjusted));
    json["closing"] = json!(inside.map(|inside| inside.closing));
    json["mean"] = json!(inside.map(|inside| hundredths(inside.mean)));
    json["lowest"] = json!(inside.map(|inside| inside.lowest));
    json["peak"] = json!(inside.map(|inside| inside.peak));
    json["peak_at"] = json!(inside.map(|inside| rfc3339(&inside.peak_at)));
    json["utilization"] = json!(inside.and_then(|inside| inside.utilization).map(ten_thousandths));
    json["peak_utilization"] = json!(inside.and_then(|inside| inside.peak_utilization).map(ten_thousandths));
    coverage.add_to(&mut json, "");
    json
}

fn lot(row: &LotRow, zone: &TimeZone) -> Value {
    let mut json = lot_figures(&row.figures);
    json["within"] = json!(row.within);
    json["capacity"] = json!(row.capacity);
    json["mean_stay_s"] = json!(row.stay.ok().map(|us| us / 1_000_000));
    json["no_stay"] = json!(row.stay.err().map(|why| why.name()));
    json["turnover"] = json!(row.turnover.map(ten_thousandths));
    json["busiest_hour"] = busiest(&row.busiest);
    json["told_at"] = json!(row.told.and_then(|told| moment(told, zone)));
    json["band"] = json!(row.band.last().map(|band| json!({
        "at": moment(band.at, zone), "low": band.low.ceil() as i64, "high": band.high.floor() as i64,
    })));
    json["remarks"] = json!(row.remarks());
    json
}

fn busiest(hour: &Option<BusiestHour>) -> Value {
    let Some(BusiestHour { hour, volume, coverage }) = hour else { return Value::Null };
    let mut json = json!({ "start": rfc3339(&hour.start), "end": rfc3339(&hour.end), "volume": volume });
    coverage.add_to(&mut json, "");
    json
}

/// A line (or a camera) in one step or in the whole period.
fn counts(row: &CountRow) -> Value {
    let mut json = json!({});
    span(&mut json, &row.bucket);
    json["camera"] = row.camera.as_str().into();
    if !row.line.is_empty() {
        json["line"] = row.line.as_str().into();
    }
    json["entries"] = row.coverage.count(row.entries).into();
    json["exits"] = row.coverage.count(row.exits).into();
    row.coverage.add_to(&mut json, "");
    json
}

fn line(row: &LineRow) -> Value {
    let mut json = counts(&row.counts);
    json["busiest_hour"] = busiest(&row.busiest);
    json
}

fn class(row: &ClassRow) -> Value {
    let mut json = counts(&row.counts);
    json["class"] = row.class.as_str().into();
    json
}

fn camera(row: &CameraRow) -> Value {
    let mut json = json!({
        "camera": row.camera,
        "entries": row.coverage.count(row.entries),
        "exits": row.coverage.count(row.exits),
    });
    row.coverage.add_to(&mut json, "");
    json["frames_read"] = row.frames_read.into();
    json["frames_looked_at"] = row.frames_looked_at.into();
    json["frames_dropped"] = row.frames_dropped.into();
    json
}

/// A stretch of time in which a camera was not observed.
pub fn gap_json(gap: &Gap, zone: &TimeZone) -> Value {
    json!({
        "camera": gap.camera,
        "from": moment(gap.from, zone),
        "until": moment(gap.until, zone),
        "reason": gap.reason,
        "detail": gap.detail,
    })
}

fn adjustment(row: &Adjustment, zone: &TimeZone) -> Value {
    json!({
        "at": moment(row.at, zone),
        "lot": row.lot,
        "kind": row.kind.name(),
        "effect": row.effect,
        "counted": row.counted,
        "told": row.kind.is_absolute().then_some(row.after),
        "who": row.who,
        "why": row.why,
        "recorded_at": moment(row.recorded, zone),
    })
}

fn moment(at: UtcMicros, zone: &TimeZone) -> Option<String> {
    at.to_timestamp().map(|at| rfc3339(&at.to_zoned(zone.clone())))
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn ten_thousandths(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}
