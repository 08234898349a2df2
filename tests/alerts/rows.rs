//! What the database makes of edges, and how a publisher reads them.

use lotcount::alert::{Edge, Kind, NewAlert, Subject};
use lotcount::config::Config;
use lotcount::diagnostics::TomlFile;
use lotcount::store::{Filter, NewRun, Reader, StoreError, Writer, write_alerts};
use lotcount::time::UtcMicros;
use rusqlite::Connection;

const SITE: &str = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"main\"\n[[camera]]\nname = \"north\"\n\
    source = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"gate\"\na = [0.2, 0.5]\nb = [0.8, 0.5]\nentry = \"main\"\n";

struct Database {
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
    run: String,
    _writer: Writer,
}

impl Database {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotcount.db");
        let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
        let config = Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0;
        let run = NewRun { started: at(0), version: "test", config_sha256: "0" };
        let writer = Writer::begin(&path, &run, &config).unwrap();
        let run = writer.run().uid.clone();
        Self { _folder: folder, path, run, _writer: writer }
    }

    /// The keys of what was new.
    fn write(&self, edges: &[Edge]) -> Vec<String> {
        let written = write_alerts(&self.path, &self.run, edges).unwrap();
        let key = |edge: Edge| match edge {
            Edge::Began(new) => format!("+{}", new.key),
            Edge::Ended { key, .. } => format!("-{key}"),
        };
        written.into_iter().map(key).collect()
    }

    fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }
}

fn at(second: i64) -> UtcMicros {
    UtcMicros(second * 1_000_000)
}

fn lot() -> Subject {
    Subject::Lot("main".to_owned())
}

fn line() -> Subject {
    Subject::Line { camera: "north".to_owned(), line: "gate".to_owned() }
}

fn began(kind: Kind, subject: Subject, second: i64) -> Edge {
    let key = format!("{} {subject} {second}", kind.word());
    Edge::Began(NewAlert { key, kind, subject, began: at(second), detail: "began".to_owned() })
}

fn ended(kind: Kind, subject: Subject, began: i64, second: i64) -> Edge {
    let key = format!("{} {subject} {began}", kind.word());
    Edge::Ended { key, kind, subject, at: at(second), detail: "ended".to_owned() }
}

#[test]
fn twice_is_once_and_an_alert_ends_once() {
    let database = Database::new();
    let both = [began(Kind::Full, lot(), 1), began(Kind::SilentLine, line(), 1)];
    assert_eq!(database.write(&both), ["+full main 1", "+silent-line north/gate 1"]);
    assert_eq!(database.write(&both), [""; 0]);
    assert_eq!(database.write(&[began(Kind::Full, lot(), 2)]), [""; 0], "it is open already");
    let end = ended(Kind::Full, lot(), 1, 5);
    assert_eq!(database.write(std::slice::from_ref(&end)), ["-full main 1"]);
    assert_eq!(database.write(&[end, ended(Kind::Full, lot(), 1, 9)]), [""; 0]);
    assert_eq!(database.write(&[began(Kind::Full, lot(), 1)]), [""; 0], "it was there");
    assert_eq!(database.write(&[began(Kind::Full, lot(), 6)]), ["+full main 6"]);
    assert_eq!(database.write(&[began(Kind::Full, Subject::Lot("another".to_owned()), 6)]), [""; 0], "no such lot yet");

    let reader = Reader::open(&database.path).unwrap();
    let latest = reader.latest_alerts().unwrap();
    assert_eq!(
        latest.iter().map(|alert| alert.key.as_str()).collect::<Vec<_>>(),
        ["silent-line north/gate 1", "full main 6"]
    );
    assert_eq!(reader.open_alerts().unwrap(), latest);
    assert_eq!(latest[0].subject, line());
    let all = reader.alerts(&Filter::default()).unwrap();
    assert_eq!((all[0].ended, all[0].ended_detail.as_deref()), (Some(at(5)), Some("ended")));
}

#[test]
fn alerts_of_a_period_are_those_that_lasted_in_it() {
    let database = Database::new();
    database.write(&[began(Kind::Full, lot(), 10), began(Kind::SilentLine, line(), 20)]);
    database.write(&[ended(Kind::Full, lot(), 10, 30)]);
    let reader = Reader::open(&database.path).unwrap();
    let found =
        |filter: &Filter| reader.alerts(filter).unwrap().iter().map(|alert| alert.kind.word()).collect::<Vec<_>>();
    let period = |since, until| Filter { since: Some(at(since)), until: Some(at(until)), ..Filter::default() };
    assert_eq!(found(&period(0, 10)), [""; 0]);
    assert_eq!(found(&period(0, 11)), ["full"]);
    assert_eq!(found(&period(25, 26)), ["full", "silent-line"]);
    assert_eq!(found(&period(30, 31)), ["silent-line"], "it ended before");
    assert_eq!(found(&Filter { lot: Some("main".to_owned()), ..Filter::default() }), ["full"]);
    assert_eq!(found(&Filter { camera: Some("north".to_owned()), ..Filter::default() }), ["silent-line"]);
    assert_eq!(found(&Filter { line: Some("ramp".to_owned()), ..Filter::default() }), [""; 0]);
}

/// As docs/alerts.md tells publishers.
#[test]
fn a_publisher_that_keeps_the_last_id_sees_every_edge_once() {
    let database = Database::new();
    let sql = database.sql();
    let mut seen = 0;
    let mut news = || {
        let mut statement = sql
            .prepare("SELECT id, edge || ' ' || kind || ' ' || detail FROM alert_detail WHERE id > ?1 ORDER BY id")
            .unwrap();
        let rows = statement.query_map([seen], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows: Vec<(i64, String)> = rows.map(Result::unwrap).collect();
        seen = rows.last().map_or(seen, |row| row.0);
        rows.into_iter().map(|row| row.1).collect::<Vec<_>>()
    };
    database.write(&[began(Kind::Full, lot(), 1), began(Kind::SilentLine, line(), 1)]);
    assert_eq!(news(), ["began full began", "began silent-line began"]);
    database.write(&[ended(Kind::Full, lot(), 1, 2), began(Kind::Full, lot(), 3)]);
    assert_eq!(news(), ["ended full ended", "began full began"]);
    assert_eq!(news(), [""; 0]);
    // Rows that go by their age take no id with them that comes again.
    database.sql().execute_batch("PRAGMA foreign_keys = on; DELETE FROM alert").unwrap();
    database.write(&[began(Kind::Full, lot(), 9)]);
    assert_eq!(news(), ["began full began"]);
}

#[test]
fn no_row_is_changed_and_no_other_database_written_to() {
    let database = Database::new();
    database.write(&[began(Kind::Full, lot(), 1)]);
    database.write(&[ended(Kind::Full, lot(), 1, 2)]);
    for sql in ["UPDATE alert SET ended_at_us = 9", "UPDATE alert SET ended_at_us = NULL, ended_detail = NULL"] {
        let error = database.sql().execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("an alert ends once"), "{error}");
    }
    let found = write_alerts(&database.path, "another run", &[began(Kind::Full, lot(), 5)]);
    assert!(matches!(found, Err(StoreError::Replaced { .. })), "{found:?}");
    let nowhere = database.path.with_file_name("nowhere.db");
    assert!(write_alerts(&nowhere, &database.run, &[began(Kind::Full, lot(), 5)]).is_err());
    assert!(!nowhere.exists());
}
