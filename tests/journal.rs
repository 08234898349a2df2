//! What happens to counts while the database takes nothing: they wait, go into a file, and come in under their own keys.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lotcount::config::Config;
use lotcount::count::Direction;
use lotcount::diagnostics::TomlFile;
use lotcount::store::{Change, CoverageMinute, Journal, NewCrossing, NewGap, NewRun, SessionBegan, SessionKey, Writer};
use lotcount::time::UtcMicros;
use rusqlite::Connection;

const SITE: &str = r#"
[site]
name = "test"
time_zone = "UTC"
[[lot]]
name = "main"
[[camera]]
name = "north"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.1, 0.5]
b = [0.9, 0.5]
entry = "main"
exit = "main"
"#;

/// Longest that a condition may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("lotcount.db")
    }

    fn writer(&self) -> Writer {
        let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
        let config = Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0;
        let run = NewRun { started: UtcMicros(1_000_000), version: "test", config_sha256: "0" };
        Writer::begin(&self.path(), &run, &config).unwrap()
    }

    fn journal(&self) -> Journal {
        Journal::new(self.writer())
    }

    fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn count(&self, what: &str) -> i64 {
        self.sql().query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
    }

    /// Files of rows that are not in the database.
    fn files(&self) -> Vec<PathBuf> {
        let names = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect()
    }
}

fn session() -> SessionKey {
    SessionKey { camera: "north".to_owned(), generation: 1 }
}

fn began() -> Change {
    Change::SessionBegan(SessionBegan {
        session: session(),
        began: UtcMicros(2_000_000),
        source: "rtsp://192.0.2.1/".to_owned(),
        recording: None,
        config_sha256: String::new(),
        model_name: "net".to_owned(),
        model_sha256: "1".to_owned(),
    })
}

fn crossing(sequence: u64) -> Change {
    Change::Crossing(NewCrossing {
        session: session(),
        sequence,
        line: "gate".to_owned(),
        at: UtcMicros(3_000_000 + sequence as i64),
        direction: Direction::Entry,
        class: "car".to_owned(),
        rule: "both_sides".to_owned(),
        track: sequence,
        place: 0.5,
        explanation: serde_json::json!({"boxes": 7, "score_sum": 3.5}),
    })
}

fn gap(sequence: u64, until: i64) -> Change {
    Change::Gap(NewGap {
        camera: "north".to_owned(),
        sequence,
        from: UtcMicros(4_000_000),
        until: UtcMicros(until),
        reason: "stalled".to_owned(),
        detail: "no frame comes any more".to_owned(),
    })
}

fn minute(observed_us: i64) -> Change {
    Change::Coverage(CoverageMinute {
        session: session(),
        minute: UtcMicros(0),
        until: UtcMicros(2_000_000 + observed_us),
        observed_us,
        degraded_us: 0,
        frames_read: 25,
        frames_looked_at: 6,
        frames_dropped: 0,
    })
}

/// As another process does that holds the database for itself.
fn lock(path: &Path) -> Connection {
    let other = Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

#[test]
fn a_locked_database_delays_counts_and_loses_none() {
    let site = Site::new();
    let mut journal = site.journal();
    journal.record(began());
    assert_eq!(journal.flush().unwrap().len(), 1);
    let other = lock(&site.path());
    for sequence in 1..=3 {
        journal.record(crossing(sequence));
        assert!(journal.flush().unwrap().is_empty(), "nobody may show what is not in the database");
    }
    assert_eq!((journal.pending(), site.count("crossing")), (3, 0));
    assert!(journal.failing_for().is_some());
    drop(other);
    let (deadline, mut written) = (Instant::now() + PATIENCE, Vec::new());
    while written.is_empty() {
        assert!(Instant::now() < deadline, "the database is free and nothing is written");
        written = journal.flush().unwrap();
    }
    assert_eq!(written, [crossing(1), crossing(2), crossing(3)]);
    assert_eq!((journal.pending(), site.count("crossing"), site.count("movement_detail")), (0, 3, 3));
    assert!(journal.failing_for().is_none() && site.files().is_empty());
}

#[test]
fn what_cannot_be_written_by_the_end_waits_in_a_file_for_the_next_start() {
    let site = Site::new();
    let mut journal = site.journal();
    journal.record(began());
    journal.flush().unwrap();
    let other = lock(&site.path());
    for change in [crossing(1), minute(500_000), gap(1, 5_000_000), crossing(2)] {
        journal.record(change);
    }
    let run = journal.run().clone();
    let (written, unsaved) = journal.close(Duration::ZERO);
    let unsaved = unsaved.unwrap();
    assert!(written.is_empty());
    assert_eq!((unsaved.changes, site.files()), (4, vec![unsaved.file.clone().unwrap()]));
    drop(other);
    drop(site.writer());
    assert!(site.files().is_empty(), "it is in the database now");
    assert_eq!((site.count("crossing"), site.count("coverage"), site.count("session")), (2, 1, 1));
    let sql = "SELECT group_concat(seq) FROM crossing JOIN run ON run.id = run_id WHERE uid = ?1";
    let keys: String = site.sql().query_row(sql, [&run.uid], |row| row.get(0)).unwrap();
    assert_eq!(keys, "1,2", "under the keys that they were to have");
}

#[test]
fn a_file_taken_in_twice_changes_nothing() {
    let site = Site::new();
    let mut journal = site.journal();
    let other = lock(&site.path());
    [began(), crossing(1), gap(1, 5_000_000)].into_iter().for_each(|change| journal.record(change));
    let file = journal.close(Duration::ZERO).1.unwrap().file.unwrap();
    drop(other);
    let kept = std::fs::read(&file).unwrap();
    drop(site.writer());
    // The process was killed between the commit and the removal of the file.
    std::fs::write(&file, kept).unwrap();
    drop(site.writer());
    assert_eq!((site.count("crossing"), site.count("movement_detail")), (1, 1));
    assert_eq!((site.count("gap WHERE reason = 'stalled'"), site.count("run")), (1, 3));
}

#[test]
fn an_older_copy_of_the_database_takes_the_file_in_as_well() {
    let site = Site::new();
    drop(site.writer());
    let copy = std::fs::read(site.path()).unwrap();
    let mut journal = site.journal();
    [began(), crossing(1)].into_iter().for_each(|change| journal.record(change));
    journal.flush().unwrap();
    let other = lock(&site.path());
    journal.record(crossing(2));
    journal.close(Duration::ZERO).1.unwrap();
    drop(other);
    // Somebody puts the backup in place that knows nothing of this run, its session and its first crossing.
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", site.path().display()));
    }
    std::fs::write(site.path(), copy).unwrap();
    drop(site.writer());
    assert_eq!((site.count("run"), site.count("session"), site.count("crossing")), (3, 1, 1));
    assert!(site.files().is_empty());
}

#[test]
fn a_database_that_is_deleted_under_the_writer_is_written_back() {
    let site = Site::new();
    let mut journal = site.journal();
    [began(), crossing(1)].into_iter().for_each(|change| journal.record(change));
    journal.flush().unwrap();
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", site.path().display())).unwrap();
    }
    journal.record(crossing(2));
    assert_eq!(journal.flush().unwrap(), [crossing(2)]);
    assert_eq!((site.count("crossing"), site.count("movement_detail")), (2, 2));
    journal.record(crossing(3));
    assert!(journal.close(Duration::ZERO).1.is_none());
    assert_eq!(site.count("crossing"), 3);
}

#[test]
fn another_file_in_its_place_is_not_written_to_and_the_rows_wait_in_a_file() {
    let site = Site::new();
    let mut journal = site.journal();
    [began(), crossing(1)].into_iter().for_each(|change| journal.record(change));
    journal.flush().unwrap();
    let other = site.folder.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE precious (a); INSERT INTO precious VALUES (1)")
        .unwrap();
    for end in ["-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", site.path().display())).unwrap();
    }
    std::fs::rename(&other, site.path()).unwrap();
    journal.record(crossing(2));
    let error = journal.flush().unwrap_err();
    assert!(error.to_string().contains("another file"), "{error}");
    assert_eq!(journal.close(Duration::ZERO).1.unwrap().changes, 1);
    assert_eq!((site.count("precious"), site.files().len()), (1, 1));
}

#[test]
fn a_file_that_cannot_be_read_stays_and_harms_nobody() {
    let site = Site::new();
    drop(site.writer());
    let file = site.folder.path().join("lotcount.db.unsaved-0-1.jsonl");
    std::fs::write(&file, "{\"schema\":").unwrap();
    drop(site.writer());
    assert_eq!(site.files(), [file]);
}

#[test]
fn the_time_between_two_runs_is_a_gap() {
    // From the end of what was observed, or, when no coverage was written before the kill, from the session's beginning.
    for (recorded, from) in [(vec![began(), minute(500_000)], 2_500_000), (vec![began()], 2_000_000)] {
        let site = Site::new();
        let mut journal = site.journal();
        recorded.into_iter().for_each(|change| journal.record(change));
        journal.flush().unwrap();
        // Killed.
        drop(journal);
        let later = NewRun { started: UtcMicros(90_000_000), version: "test", config_sha256: "0" };
        let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
        drop(Writer::begin(&site.path(), &later, &Config::from_file(file).unwrap().0).unwrap());
        let sql = "SELECT from_us, until_us, reason FROM gap";
        let gap: (i64, i64, String) =
            site.sql().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        assert_eq!(gap, (from, 90_000_000, "not-running".to_owned()));
    }
}

#[test]
fn a_gap_and_a_minute_grow_and_never_shrink() {
    let site = Site::new();
    let mut journal = site.journal();
    for change in [began(), gap(1, 6_000_000), minute(900_000), gap(1, 5_000_000), minute(400_000), gap(1, 7_000_000)] {
        journal.record(change);
    }
    journal.flush().unwrap();
    let until: i64 = site.sql().query_row("SELECT until_us FROM gap", [], |row| row.get(0)).unwrap();
    let observed: i64 = site.sql().query_row("SELECT observed_us FROM coverage", [], |row| row.get(0)).unwrap();
    assert_eq!((until, observed), (7_000_000, 900_000));
}
