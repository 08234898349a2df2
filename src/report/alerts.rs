//! Alerts as people and programs want them: one place for totals, reports and `lotcount alerts`.

use std::io::{self, Write};

use comfy_table::Table;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::document::ReportDocument;
use super::formats::rfc3339;
use super::sheet::{Cell, Sheet};
use super::tables::{local, table, wrapped};
use crate::alert::{Alert, Subject};
use crate::time::UtcMicros;

/// Characters of a line of a sentence in the table.
const WIDTH: usize = 60;

/// A row for each alert, in the order given.
pub fn alert_table(alerts: &[Alert], zone: &TimeZone) -> Table {
    let mut table = table(&["began", "ended", "level", "alert", "of", "why"], &[]);
    let moment = |at: UtcMicros| at.to_timestamp().map_or(String::new(), |at| local(&at.to_zoned(zone.clone())));
    for alert in alerts {
        table.add_row([
            moment(alert.began),
            alert.ended.map_or("open".to_owned(), moment),
            alert.kind.level().word().to_owned(),
            alert.kind.word().to_owned(),
            alert.subject.to_string(),
            wrapped(&alert.detail, WIDTH),
        ]);
    }
    table
}

/// The part of totals and reports that shows alerts; nothing when there are none.
pub fn write_alerts(alerts: &[Alert], zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    if alerts.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", alert_table(alerts, zone))
}

impl ReportDocument {
    pub(super) fn alert_sheet(&self) -> Sheet {
        let columns = [
            ("began", "Began"),
            ("ended", "Ended"),
            ("level", "Level"),
            ("kind", "Alert"),
            ("lot", "Lot"),
            ("camera", "Camera"),
            ("line", "Line"),
            ("detail", "Why"),
            ("ended_detail", "Why it ended"),
        ];
        let mut sheet = Sheet::new("alerts", "Alerts", &columns);
        for alert in &self.alerts {
            let (lot, camera, line) = names(&alert.subject);
            let name = |name: Option<&str>| Cell::some(name, Cell::text);
            sheet.add([
                Cell::Moment(self.local(alert.began)),
                Cell::some(alert.ended, |ended| Cell::Moment(self.local(ended))),
                Cell::text(alert.kind.level().word()),
                Cell::text(alert.kind.word()),
                name(lot),
                name(camera),
                name(line),
                Cell::text(&alert.detail),
                Cell::some(alert.ended_detail.as_deref(), Cell::text),
            ]);
        }
        sheet
    }
}

/// The lot, the camera and the line that it is about.
fn names(subject: &Subject) -> (Option<&str>, Option<&str>, Option<&str>) {
    match subject {
        Subject::Lot(lot) => (Some(lot), None, None),
        Subject::Camera(camera) => (None, Some(camera), None),
        Subject::Line { camera, line } => (None, Some(camera), Some(line)),
    }
}

/// Local times with their offset; null for what it is not about, and for the end of one that is open.
fn alert_json(alert: &Alert, zone: &TimeZone) -> Value {
    let moment = |at: UtcMicros| at.to_timestamp().map(|at| rfc3339(&at.to_zoned(zone.clone())));
    let (lot, camera, line) = names(&alert.subject);
    json!({
        "id": alert.id,
        "key": alert.key,
        "kind": alert.kind.word(),
        "level": alert.kind.level().word(),
        "lot": lot,
        "camera": camera,
        "line": line,
        "began": moment(alert.began),
        "ended": alert.ended.and_then(moment),
        "detail": alert.detail,
        "ended_detail": alert.ended_detail,
    })
}

pub fn alerts_json(alerts: &[Alert], zone: &TimeZone) -> Value {
    alerts.iter().map(|alert| alert_json(alert, zone)).collect()
}
