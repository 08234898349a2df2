//! A database whose coverage and gaps are written by SQL.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lotcount::config::Config;
use lotcount::diagnostics::TomlFile;
use lotcount::report::{Format, Grouping, Period, ReportDocument, Totals};
use lotcount::store::{Filter, NewRun, Reader, Writer};
use lotcount::time::UtcMicros;
use rusqlite::{Connection, params};

const SITE: &str = r#"
[site]
name = "Kings Yard"
time_zone = "Europe/Berlin"
[[lot]]
name = "main"
capacity = 120
[[lot]]
name = "deck"
[[camera]]
name = "north-gate"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.1, 0.5]
b = [0.9, 0.5]
entry = "main"
exit = "main"
[[camera]]
name = "ramp-cam"
source = "rtsp://192.0.2.2/"
[[camera.line]]
name = "ramp"
a = [0.1, 0.6]
b = [0.9, 0.6]
entry = "deck"
exit = "deck"
other_side = "main"
"#;

pub const MINUTE: i64 = 60_000_000;
pub const NORTH: i64 = 1;
pub const RAMP: i64 = 2;

/// A database with a run and one session of each camera.
pub struct Site {
    _folder: tempfile::TempDir,
    pub path: PathBuf,
    pub connection: Connection,
    pub zone: TimeZone,
    rows: i64,
}

impl Site {
    /// Whose sessions began at this time.
    pub fn since(began: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotcount.db");
        let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
        let config = Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0;
        let run = NewRun { started: UtcMicros(0), version: "test", config_sha256: "0" };
        drop(Writer::begin(&path, &run, &config).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "synchronous", "off").unwrap();
        for camera in [NORTH, RAMP] {
            let sql = "INSERT INTO session (id, run_id, camera_id, generation, began_at_us, counts, source, model_name, model_sha256)
                       VALUES (?1, 1, ?1, 1, ?2, 1, '', '', '')";
            connection.execute(sql, params![camera, at(began)]).unwrap();
        }
        Self { _folder: folder, path, connection, zone: TimeZone::get("Europe/Berlin").unwrap(), rows: 0 }
    }

    /// The camera observed these minutes in full, or `degraded`.
    pub fn observed(&self, camera: i64, from: &str, until: &str, degraded: bool) {
        let sql = "INSERT INTO coverage VALUES (?1, ?2, ?2 + ?3, ?3, ?4, 720, 360, 1)";
        self.connection.execute_batch("BEGIN").unwrap();
        for minute in (at(from)..at(until)).step_by(MINUTE as usize) {
            let length = MINUTE.min(at(until) - minute);
            let degraded_us = if degraded { length } else { 0 };
            self.connection.execute(sql, params![camera, minute, length, degraded_us]).unwrap();
        }
        self.connection.execute_batch("COMMIT").unwrap();
    }

    pub fn gap(&mut self, camera: i64, from: &str, until: &str, reason: &str, detail: &str) {
        self.rows += 1;
        let sql = "INSERT INTO gap VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)";
        self.connection.execute(sql, params![camera, self.rows, at(from), at(until), reason, detail]).unwrap();
    }

    pub fn crossing(&mut self, camera: i64, time: &str, direction: &str) {
        self.rows += 1;
        let sql =
            "INSERT INTO crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, rule, track,
                                         place, explanation)
                   VALUES (1, ?1, ?2, ?1, ?1, ?3, ?4, 'car', 'both_sides', 1, 0.5, '{}')";
        self.connection.execute(sql, params![camera, self.rows, direction, at(time)]).unwrap();
    }

    pub fn report(&self, period: &str) -> ReportDocument {
        let reader = Reader::open(&self.path).unwrap();
        let span = period.parse::<Period>().unwrap().resolve(&self.zone, Timestamp::UNIX_EPOCH).unwrap();
        ReportDocument::read(&reader, "Kings Yard", &self.zone, period.to_owned(), span).unwrap()
    }

    pub fn totals(&self, filter: &Filter, grouping: Grouping) -> Totals {
        Totals::read(&Reader::open(&self.path).unwrap(), "Kings Yard", &self.zone, filter, grouping).unwrap()
    }
}

/// A local time in Berlin, or one with its offset.
pub fn at(text: &str) -> i64 {
    let zoned = || text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(TimeZone::get("Europe/Berlin").unwrap());
    let timestamp = text.parse::<Timestamp>().unwrap_or_else(|_| zoned().unwrap().timestamp());
    timestamp.as_microsecond()
}

pub fn written(document: &ReportDocument, format: Format) -> String {
    let mut bytes = Vec::new();
    document.write(format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}
