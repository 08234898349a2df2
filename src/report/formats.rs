//! A report as text for people, CSV for spreadsheets, JSON for programs.

use std::io::{self, Write};

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::alerts::{alerts_json, write_alerts};
use super::coverage::Coverage;
use super::document::{CameraRow, LotRow, ReportDocument};
use super::observations::CountRow;
use super::tables::{
    bucket_table, counts, line_table, local, local_time, table, wrapped, write_left_out, write_legend,
};
use crate::store::Gap;
use crate::time::UtcMicros;

/// Characters of a line of text.
const WIDTH: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Csv,
    Json,
}

impl ReportDocument {
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => self.write_text(out),
            Format::Csv => self.write_csv(out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &self.to_json())?;
                writeln!(out)
            }
        }
    }

    /// One row per line and local hour. Times carry their offset from UTC; an empty cell is not known.
    fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["start", "end", "camera", "line", "entries", "exits", "coverage", "degraded"])?;
        let count = |count: Option<u64>| count.map_or(String::new(), |count| count.to_string());
        let share = |share: Option<f64>| share.map_or(String::new(), |share| format!("{share:.4}"));
        for row in &self.hours {
            let Some(hour) = &row.bucket else { continue };
            csv.write_record([
                &rfc3339(&hour.start),
                &rfc3339(&hour.end),
                &no_formula(&row.camera),
                &no_formula(&row.line),
                &count(row.coverage.count(row.entries)),
                &count(row.coverage.count(row.exits)),
                &share(row.coverage.share()),
                &share(row.coverage.degraded()),
            ])?;
        }
        csv.flush()
    }

    fn to_json(&self) -> Value {
        let complete = self.complete().map_or(Coverage::Unknown, |share| Coverage::new(share, false));
        let mut json = json!({
            "schema": "lotcount.report/1",
            "site": self.site,
            "time_zone": self.time_zone,
            "period": self.period,
            "start": rfc3339(&self.start),
            "end": rfc3339(&self.end),
        });
        complete.add_to(&mut json, "");
        json["lots"] = self.lots.iter().map(lot_json).collect();
        json["lines"] = self.lines.iter().map(count_json).collect();
        json["hours"] = self.hours.iter().map(count_json).collect();
        json["cameras"] = self.cameras.iter().map(camera_json).collect();
        json["gaps"] = self.gaps.iter().map(|gap| gap_json(gap, self.start.time_zone())).collect();
        json["alerts"] = alerts_json(&self.alerts, self.start.time_zone());
        json
    }

    /// Sums first, then the hours that say something, then how complete all this is.
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}, {} ({})", self.site, self.period, self.time_zone)?;
        writeln!(out, "{} to {}\n", local(&self.start), local(&self.end))?;
        let mut lots = table(&["lot", "entries", "exits", "net", "coverage"], &[1, 2, 3, 4]);
        for row in &self.lots {
            let counts = counts(row.entries, row.exits, &row.coverage);
            lots.add_row([row.lot.clone()].into_iter().chain(counts));
        }
        writeln!(out, "{lots}\n")?;
        if !self.lines.is_empty() {
            writeln!(out, "{}\n", line_table(&self.lines))?;
        }
        let one_day = self.start.date().tomorrow().ok() == Some(self.end.date());
        let hours = bucket_table(&self.hours, if one_day { local_time } else { local });
        if !hours.is_empty() {
            writeln!(out, "{hours}")?;
        }
        write_left_out(&self.hours, out)?;
        let rows = self.lines.iter().chain(&self.hours).map(|row| row.coverage);
        write_legend(&rows.chain(self.lots.iter().map(|row| row.coverage)).collect::<Vec<_>>(), out)?;
        if !self.alerts.is_empty() {
            writeln!(out)?;
            write_alerts(&self.alerts, self.start.time_zone(), out)?;
        }
        writeln!(out, "\n{}", wrapped(&self.completeness(), WIDTH))
    }
}

fn lot_json(row: &LotRow) -> Value {
    let coverage = row.coverage;
    let mut json = json!({
        "lot": row.lot, "entries": coverage.count(row.entries), "exits": coverage.count(row.exits),
    });
    coverage.add_to(&mut json, "");
    json
}

/// A line, in one hour or in the whole period.
fn count_json(row: &CountRow) -> Value {
    let mut json = json!({});
    if let Some(hour) = &row.bucket {
        json["start"] = rfc3339(&hour.start).into();
        json["end"] = rfc3339(&hour.end).into();
    }
    json["camera"] = row.camera.as_str().into();
    json["line"] = row.line.as_str().into();
    json["entries"] = row.coverage.count(row.entries).into();
    json["exits"] = row.coverage.count(row.exits).into();
    row.coverage.add_to(&mut json, "");
    json
}

fn camera_json(row: &CameraRow) -> Value {
    let mut json = json!({ "camera": row.camera });
    row.coverage.add_to(&mut json, "");
    json["frames_read"] = row.frames_read.into();
    json["frames_looked_at"] = row.frames_looked_at.into();
    json["frames_dropped"] = row.frames_dropped.into();
    json
}

/// A stretch of time in which a camera was not observed.
pub fn gap_json(gap: &Gap, zone: &TimeZone) -> Value {
    let moment = |at: UtcMicros| at.to_timestamp().map(|at| rfc3339(&at.to_zoned(zone.clone())));
    json!({
        "camera": gap.camera,
        "from": moment(gap.from),
        "until": moment(gap.until),
        "reason": gap.reason,
        "detail": gap.detail,
    })
}

/// `2026-10-25T02:00:00+01:00`
pub fn rfc3339(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A spreadsheet would run a cell that begins so as a formula; an apostrophe makes it text.
fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_become_formulas() {
        assert_eq!(no_formula("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(no_formula("gate"), "gate");
    }
}
