//! The store on real SQLite files: keys, recordings, interruptions, readers beside the writer, and the queries of
//! docs/database.md.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use lotcount::config::Config;
use lotcount::count::{CameraCounter, CountingLine, Crossing, Direction, Outcome, Rejected};
use lotcount::detect::{Class, Detection};
use lotcount::diagnostics::TomlFile;
use lotcount::geometry::{Point, Rect, Segment};
use lotcount::report::{Format, Grouping, Period, ReportDocument, Step, Totals};
use lotcount::source::{ContentHash, Recording};
use lotcount::store::{
    AdjustmentKind, Change, Filter, NewCrossing, NewNearCrossing, NewRun, Reader, RecordingState, SessionBegan,
    SessionEnded, SessionKey, StoreError, Told, Writer, adjust,
};
use lotcount::time::UtcMicros;
use lotcount::track::{Anchor, Thresholds};
use rusqlite::Connection;

const SITE: &str = r#"
[site]
name = "test"
time_zone = "Europe/Berlin"
[[lot]]
name = "main"
capacity = 10
[[lot]]
name = "deck"
[[camera]]
name = "north"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.1, 0.5]
b = [0.9, 0.5]
entry = "main"
exit = "main"
[[camera.line]]
name = "ramp"
a = [0.1, 0.6]
b = [0.9, 0.6]
entry = "deck"
exit = "deck"
other_side = "main"
"#;

fn config() -> Config {
    let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
    Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0
}

/// 2026-06-15T07:00:00Z
const SEVEN: UtcMicros = UtcMicros(1_781_506_800_000_000);

struct Site {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotcount.db");
        Self { _folder: folder, path }
    }

    fn writer(&self) -> Writer {
        self.try_writer().unwrap()
    }

    fn try_writer(&self) -> Result<Writer, StoreError> {
        Writer::begin(&self.path, &NewRun { started: SEVEN, version: "test", config_sha256: "0" }, &config())
    }

    fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    fn count(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn totals(&self) -> Vec<(String, u64, u64)> {
        let reader = Reader::open(&self.path).unwrap();
        let zone = config().site.time_zone;
        let totals = Totals::read(&reader, "test", &zone, &Filter::default(), Grouping::All).unwrap();
        let crossed = totals.rows.into_iter().filter(|row| row.entries + row.exits > 0);
        crossed.map(|row| (row.line, row.entries, row.exits)).collect()
    }
}

/// A real crossing and a real near-crossing, made by the counter itself: a car that drives over, and one that passes
/// beside the line's end.
fn outcomes() -> (Crossing, Rejected) {
    let line = CountingLine {
        name: "gate".to_owned(),
        segment: Segment::new(Point::new(200.0, 180.0), Point::new(500.0, 180.0)),
    };
    let mut counter = CameraCounter::new(640.0, 360.0, &[line], Thresholds::default(), Anchor::BottomCentre);
    let mut all = Vec::new();
    for look in 0..20 {
        let t = f64::from(look) / 6.0;
        let car = |x: f64| {
            let y = 60.0 + 80.0 * t;
            Detection { rect: Rect::new(x - 25.0, y - 45.0, x + 25.0, y), score: 0.8, class: Class::Car }
        };
        all.extend(counter.look(t, &[car(300.0), car(160.0)]));
    }
    all.extend(counter.finish());
    let crossing = all.iter().find_map(Outcome::crossing).expect("a crossing").clone();
    let rejected = all.iter().find_map(Outcome::rejected).expect("a near-crossing").clone();
    (crossing, rejected)
}

fn live(writer: &mut Writer) -> SessionKey {
    begin(writer, None)
}

fn begin(writer: &mut Writer, recording: Option<Recording>) -> SessionKey {
    static GENERATION: AtomicU64 = AtomicU64::new(1);
    let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
    let session = SessionKey { camera: "north".to_owned(), generation };
    let began = SessionBegan {
        session: session.clone(),
        began: SEVEN,
        source: "rtsp://192.0.2.1/".to_owned(),
        recording,
        config_sha256: String::new(),
        model_name: "net".to_owned(),
        model_sha256: "1".to_owned(),
    };
    writer.write(&[Change::SessionBegan(began)]).unwrap();
    session
}

fn end(writer: &mut Writer, session: SessionKey, complete: bool) {
    let reason = if complete { "complete" } else { "stopped" }.to_owned();
    let end = SessionEnded {
        session,
        ended: SEVEN,
        complete,
        reason,
        frames_read: 9,
        frames_looked_at: 3,
        frames_dropped: 0,
    };
    writer.write(&[Change::SessionEnded(end)]).unwrap();
}

/// Writes entries (+) and exits (-) at these seconds after seven o'clock, with keys from `first` on.
fn cross(writer: &mut Writer, session: &SessionKey, line: &str, first: u64, seconds: &[f64]) {
    for (index, &second) in seconds.iter().enumerate() {
        let direction = if second >= 0.0 { Direction::Entry } else { Direction::Exit };
        let crossing = Crossing { direction, ..outcomes().0 };
        let sequence = first + index as u64;
        let new = NewCrossing::new(session, sequence, line, SEVEN.plus_seconds(second.abs()), &crossing);
        writer.write(&[Change::Crossing(new)]).unwrap();
    }
}

fn recording() -> Recording {
    Recording { content: ContentHash([7; 32]), start: SEVEN, start_assumed: false }
}

#[test]
fn writing_a_row_twice_changes_nothing() {
    let site = Site::new();
    let mut writer = site.writer();
    let session = live(&mut writer);
    cross(&mut writer, &session, "gate", 1, &[1.0, -2.0]);
    cross(&mut writer, &session, "gate", 1, &[1.0, -2.0]);
    assert_eq!(site.totals(), [("gate".to_owned(), 1, 1)]);
    assert_eq!(site.count("SELECT count(*) FROM movement_detail"), 2);
}

#[test]
fn a_ramp_moves_a_car_from_one_lot_to_the_other() {
    let site = Site::new();
    let mut writer = site.writer();
    let session = live(&mut writer);
    cross(&mut writer, &session, "gate", 1, &[1.0, 2.0]);
    cross(&mut writer, &session, "ramp", 3, &[3.0]);
    let occupancy = Reader::open(&site.path).unwrap().occupancy().unwrap();
    let inside: Vec<_> = occupancy.iter().map(|lot| (lot.lot.as_str(), lot.inside, lot.capacity)).collect();
    assert_eq!(inside, [("deck", 1, None), ("main", 1, Some(10))]);
}

#[test]
fn occupancy_is_never_clamped() {
    let site = Site::new();
    let mut writer = site.writer();
    let session = live(&mut writer);
    cross(&mut writer, &session, "gate", 1, &[-1.0, -2.0]);
    assert_eq!(site.count("SELECT inside FROM occupancy WHERE lot = 'main'"), -2);
}

#[test]
fn a_process_that_dies_loses_no_committed_row() {
    let site = Site::new();
    let mut writer = site.writer();
    let session = live(&mut writer);
    cross(&mut writer, &session, "gate", 1, &[1.0, 2.0]);
    // No end of session or run is ever written.
    drop(writer);
    let mut writer = site.writer();
    let session = live(&mut writer);
    cross(&mut writer, &session, "gate", 1, &[3.0]);
    assert_eq!(site.totals(), [("gate".to_owned(), 3, 0)]);
    assert_eq!(site.count("SELECT count(*) FROM run WHERE ended_at_us IS NULL"), 2);
}

#[test]
fn a_recording_counts_once_and_a_recount_replaces_it() {
    let site = Site::new();
    let mut writer = site.writer();
    assert_eq!(writer.recording_state("north", &recording()).unwrap(), RecordingState::New);
    let first = begin(&mut writer, Some(recording()));
    cross(&mut writer, &first, "gate", 1, &[1.0, 2.0]);
    assert_eq!(site.totals(), [("gate".to_owned(), 2, 0)], "the first counting counts from its first row");
    end(&mut writer, first, true);
    drop(writer);

    let mut writer = site.writer();
    let RecordingState::Counted(earlier) = writer.recording_state("north", &recording()).unwrap() else { panic!() };
    assert_eq!(earlier.to_string(), "was counted before, by run 1 on 2026-06-15T07:00:00Z: 2 crossings");
    let again = begin(&mut writer, Some(recording()));
    cross(&mut writer, &again, "gate", 1, &[1.0, 2.0, 3.0]);
    assert_eq!(site.totals(), [("gate".to_owned(), 2, 0)], "until it is complete the old rows count");
    end(&mut writer, again, true);
    assert_eq!(site.totals(), [("gate".to_owned(), 3, 0)]);
    assert_eq!(site.count("SELECT count(*) FROM session"), 1);
    assert_eq!(site.count("SELECT count(*) FROM crossing"), 3);
    assert_eq!(site.count("SELECT count(*) FROM movement_detail"), 3);
}

#[test]
fn an_interrupted_recording_ends_with_the_rows_of_an_uninterrupted_one() {
    let site = Site::new();
    // Killed, then stopped, then complete.
    let mut writer = site.writer();
    let killed = begin(&mut writer, Some(recording()));
    cross(&mut writer, &killed, "gate", 1, &[1.0, 2.0]);
    drop(writer);
    let mut writer = site.writer();
    assert_eq!(writer.recording_state("north", &recording()).unwrap(), RecordingState::Interrupted);
    let stopped = begin(&mut writer, Some(recording()));
    cross(&mut writer, &stopped, "gate", 1, &[1.0]);
    end(&mut writer, stopped, false);
    drop(writer);
    let mut writer = site.writer();
    assert_eq!(writer.recording_state("north", &recording()).unwrap(), RecordingState::Interrupted);
    let complete = begin(&mut writer, Some(recording()));
    cross(&mut writer, &complete, "gate", 1, &[1.0, 2.0, -3.0]);
    assert_eq!(site.totals(), [("gate".to_owned(), 2, 0)], "the first attempt counts until a complete one is there");
    end(&mut writer, complete, true);
    assert_eq!(site.totals(), [("gate".to_owned(), 2, 1)]);
    assert_eq!(site.count("SELECT count(*) FROM session"), 1);
}

#[test]
fn recordings_are_told_apart_by_content_camera_and_start() {
    let site = Site::new();
    let mut writer = site.writer();
    let session = begin(&mut writer, Some(recording()));
    end(&mut writer, session, true);
    let state = |recording: Recording| writer.recording_state("north", &recording).unwrap();
    assert_eq!(state(Recording { content: ContentHash([8; 32]), ..recording() }), RecordingState::New);
    assert_eq!(state(Recording { start: SEVEN.plus_seconds(1.0), ..recording() }), RecordingState::New);
    let assumed = Recording { start: SEVEN.plus_seconds(1.0), start_assumed: true, ..recording() };
    assert!(matches!(state(assumed), RecordingState::Counted(_)), "without a start the content decides");
    assert_eq!(writer.recording_state("south", &recording()).unwrap(), RecordingState::New);
}

#[test]
fn only_one_process_writes_and_any_number_reads() {
    let site = Site::new();
    let mut writer = site.writer();
    let error = site.try_writer().err().unwrap();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    let session = live(&mut writer);
    let reader = Reader::open(&site.path).unwrap();
    cross(&mut writer, &session, "gate", 1, &[1.0]);
    assert_eq!(reader.line_volumes(&Filter::default()).unwrap()[0].entries, 1, "a reader sees what was committed");
    drop(writer);
    site.writer();
}

#[test]
fn files_that_are_no_database_of_ours_are_left_as_they_are() {
    let site = Site::new();
    std::fs::write(&site.path, b"this is a letter, not a database, and it is long enough to be read as one".repeat(9))
        .unwrap();
    let before = std::fs::read(&site.path).unwrap();
    assert!(matches!(site.try_writer().err().unwrap(), StoreError::NotADatabase { .. }));
    assert!(matches!(Reader::open(&site.path).err().unwrap(), StoreError::NotADatabase { .. }));
    assert_eq!(std::fs::read(&site.path).unwrap(), before);
    assert!(matches!(Reader::open(Path::new("no/such.db")).err().unwrap(), StoreError::Missing { .. }));
    std::fs::remove_file(&site.path).unwrap();
    drop(site.writer());
    site.sql().pragma_update(None, "user_version", 99).unwrap();
    for error in [site.try_writer().err().unwrap(), Reader::open(&site.path).err().unwrap()] {
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    }
}

#[test]
fn a_line_that_is_moved_becomes_a_new_version_and_old_crossings_keep_theirs() {
    let site = Site::new();
    let mut writer = site.writer();
    let session = live(&mut writer);
    cross(&mut writer, &session, "gate", 1, &[1.0]);
    drop(writer);
    drop(site.writer());
    assert_eq!(site.count("SELECT count(*) FROM line"), 2, "an unchanged line stays one row");
    let mut moved = config();
    moved.cameras[0].lines[0].segment.a.x = 0.2;
    Writer::begin(&site.path, &NewRun { started: SEVEN, version: "test", config_sha256: "1" }, &moved).unwrap();
    assert_eq!(site.count("SELECT count(*) FROM line WHERE name = 'gate'"), 2);
    assert_eq!(site.count("SELECT ax = 0.1 FROM crossing JOIN line ON line.id = line_id"), 1);
}

/// Ten crossings of the first documented day, two near-crossings, coverage and a gap.
fn filled() -> Site {
    let site = Site::new();
    let mut writer = site.writer();
    let session = live(&mut writer);
    cross(&mut writer, &session, "gate", 1, &[10.0, 20.0, -30.0, 40.0, 3700.0, 3800.0, -3900.0]);
    cross(&mut writer, &session, "ramp", 8, &[50.0, 60.0, -4000.0]);
    let rejected = outcomes().1;
    for sequence in [11, 12] {
        let near = NewNearCrossing::new(&session, sequence, "gate", SEVEN, &rejected);
        writer.write(&[Change::NearCrossing(near)]).unwrap();
    }
    // Two hours and a half were observed, ten minutes of them with too few looks.
    for minute in 0..150 {
        let degraded_us = if minute < 10 { 60_000_000 } else { 0 };
        let from = SEVEN.0 + minute * 60_000_000;
        let sql = "INSERT INTO coverage VALUES (1, ?1, ?1 + 60000000, 60000000, ?2, 720, 360, 1)";
        site.sql().execute(sql, [from, degraded_us]).unwrap();
    }
    let sql = "INSERT INTO gap VALUES (1, 1, 1, ?1, ?1 + 451000000, 'stalled', 'no frame within 5 s')";
    site.sql().execute(sql, [SEVEN.0 + 9_000_000_000]).unwrap();
    let told = Told {
        lot: "deck".to_owned(),
        kind: AdjustmentKind::Set,
        at: SEVEN.plus_seconds(3600.0),
        number: 3,
        who: "me".to_owned(),
        why: "counted on foot".to_owned(),
        recorded: SEVEN,
    };
    adjust(&site.path, &told).unwrap();
    site
}

#[test]
fn the_documented_queries_answer() {
    let site = filled();
    let document = include_str!("../docs/database.md");
    let queries: Vec<&str> = document.split("```sql\n").skip(1).map(|part| part.split("```").next().unwrap()).collect();
    let gate = outcomes().0;
    let score_sum = serde_json::to_value(&gate.explanation).unwrap()["score_sum"].clone();
    let expected: [&[&str]; 15] = [
        &["north|gate|5|2", "north|ramp|2|1"],
        &["main|2|10|8", "deck|2|NULL|NULL"],
        &["deck|2|1|1", "main|6|4|2"],
        &["2026-06-15T07:00Z|6", "2026-06-15T08:00Z|4"],
        &["north|gate|5|2", "north|ramp|2|1"],
        &[
            "2026-06-15T08:06:40.000Z|north|ramp|exit|car",
            "2026-06-15T08:05:00.000Z|north|gate|exit|car",
            "2026-06-15T08:03:20.000Z|north|gate|entry|car",
        ],
        &["1781506800000000|0", "1781510400000000|2"],
        &["car|7"],
        &[],
        &[],
        &["north|2026-06-15|10.4|10"],
        &["2026-06-15T09:30:00.000Z|north|451|stalled|no frame within 5 s"],
        &["north|gate|2|1", "north|ramp|0|1"],
        &["2026-06-15T08:00:00.000Z|deck|opening|2|1|me|counted on foot"],
        &["main|NULL|2|NULL", "deck|NULL|2|2026-06-15T08:00:00Z"],
    ];
    assert_eq!(queries.len(), expected.len());
    let connection = site.sql();
    for (index, (query, expected)) in queries.iter().zip(expected).enumerate() {
        let rows = rows(&connection, query);
        match index {
            8 => assert_eq!(rows, [format!("both_sides|{}|{score_sum}", gate.explanation.boxes)]),
            9 => assert_eq!(rows, [format!("{}|2", outcomes().1.reason.name())]),
            _ => assert_eq!(rows, expected, "{query}"),
        }
    }
}

fn rows(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cell = |index| {
            Ok(match row.get_ref(index)? {
                rusqlite::types::ValueRef::Null => "NULL".to_owned(),
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                rusqlite::types::ValueRef::Real(number) => number.to_string(),
                other => other.as_str()?.to_owned(),
            })
        };
        Ok((0..columns).map(cell).collect::<Result<Vec<_>, rusqlite::Error>>()?.join("|"))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn filters_and_local_hours() {
    let site = filled();
    let reader = Reader::open(&site.path).unwrap();
    let zone = config().site.time_zone;
    let by_hour = |filter: &Filter| -> Vec<String> {
        let totals = Totals::read(&reader, "test", &zone, filter, Grouping::By(Step::Hour)).unwrap();
        totals
            .rows
            .iter()
            .filter(|row| row.entries + row.exits > 0)
            .map(|row| {
                format!(
                    "{} {} +{} -{}",
                    row.bucket.as_ref().unwrap().start.strftime("%H:%M"),
                    row.line,
                    row.entries,
                    row.exits
                )
            })
            .collect()
    };
    assert_eq!(
        by_hour(&Filter::default()),
        ["09:00 gate +3 -1", "09:00 ramp +2 -0", "10:00 gate +2 -1", "10:00 ramp +0 -1"]
    );
    let main = Filter { lot: Some("deck".to_owned()), ..Filter::default() };
    assert_eq!(by_hour(&main), ["09:00 ramp +2 -0", "10:00 ramp +0 -1"]);
    let since = Filter { since: Some(SEVEN.plus_seconds(3750.0)), line: Some("gate".to_owned()), ..Filter::default() };
    assert_eq!(by_hour(&since), ["10:02 gate +1 -1"]);
    let nowhere = Filter { camera: Some("south".to_owned()), ..Filter::default() };
    assert!(by_hour(&nowhere).is_empty());
}

fn report(site: &Site, period: &str, zone: &str) -> ReportDocument {
    let reader = Reader::open(&site.path).unwrap();
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    let span = period.parse::<Period>().unwrap().resolve(&zone, jiff::Timestamp::UNIX_EPOCH).unwrap();
    ReportDocument::read(&reader, "test", &zone, period.to_owned(), span).unwrap()
}

fn text(document: &ReportDocument, format: Format) -> String {
    let mut bytes = Vec::new();
    document.write(format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_report_has_every_hour_and_the_same_bytes_each_time() {
    let site = filled();
    let document = report(&site, "2026-06-15", "Europe/Berlin");
    let csv = text(&document, Format::Csv);
    assert_eq!(csv.lines().count(), 1 + 24 * 2);
    for row in [
        "start,end,camera,line,entries,exits,coverage,degraded",
        "2026-06-15T09:00:00+02:00,2026-06-15T10:00:00+02:00,north,gate,3,1,1.0000,0.1666",
        "2026-06-15T11:00:00+02:00,2026-06-15T12:00:00+02:00,north,ramp,0,0,0.5000,0.0000",
        "2026-06-15T12:00:00+02:00,2026-06-15T13:00:00+02:00,north,ramp,,,0.0000,0.0000",
    ] {
        assert!(csv.lines().any(|line| line == row), "no {row} in {csv}");
    }
    let json: serde_json::Value = serde_json::from_str(&text(&document, Format::Json)).unwrap();
    assert_eq!(json["schema"], "lotcount.report/2");
    let holds = |row: &serde_json::Value, expected: serde_json::Value| {
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(row[key], *value, "{key} of {row}");
        }
    };
    holds(
        &json["lines"][0],
        serde_json::json!({
            "camera": "north", "line": "gate", "entries": 5, "exits": 2, "coverage": 0.1041, "degraded": 0.0069,
        }),
    );
    holds(
        &json["lots"][1],
        serde_json::json!({
            "lot": "main", "entries": 6, "exits": 4, "opening": 0, "adjusted": 0, "closing": 2, "coverage": 0.1041,
            "degraded": 0.0069,
        }),
    );
    assert_eq!(json["steps"]["lines"][0]["entries"], serde_json::Value::Null);
    for format in [Format::Csv, Format::Json, Format::Text, Format::Html] {
        assert_eq!(text(&document, format), text(&report(&site, "2026-06-15", "Europe/Berlin"), format));
    }
}

/// On both days on which the clocks change, in three zones: one crossing in every quarter of an hour of four UTC days;
/// nothing is lost, doubled, or put into an hour that did not exist.
#[test]
fn local_days_of_23_and_25_hours_sum_up_to_utc() {
    for (zone, days) in [
        ("Europe/Berlin", ["2026-03-29", "2026-10-25"]),
        ("America/New_York", ["2026-03-08", "2026-11-01"]),
        ("Australia/Lord_Howe", ["2026-10-04", "2026-04-05"]),
    ] {
        for day in days {
            let site = Site::new();
            let mut writer = site.writer();
            let session = live(&mut writer);
            let middle: jiff::Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
            let first = middle.as_second() - 2 * 86_400;
            let crossing = outcomes().0;
            let all: Vec<Change> = (0..4 * 96)
                .map(|quarter: i64| {
                    let at = UtcMicros((first + quarter * 900) * 1_000_000);
                    Change::Crossing(NewCrossing::new(&session, quarter as u64 + 1, "gate", at, &crossing))
                })
                .collect();
            writer.write(&all).unwrap();
            let document = report(&site, day, zone);
            let minutes = (document.end.timestamp().as_second() - document.start.timestamp().as_second()) / 60;
            assert_ne!(minutes, 24 * 60, "{zone} {day} is no day of change");
            let entries: u64 = document.steps.iter().map(|row| row.entries).sum();
            assert_eq!(entries as i64, minutes / 15, "{zone} {day}");
            assert_eq!(document.lines[0].counts.entries, entries, "{zone} {day}");
            for row in document.steps.iter().filter(|row| row.line == "gate") {
                let hour = row.bucket.as_ref().unwrap();
                let length = hour.end.timestamp().as_second() - hour.start.timestamp().as_second();
                assert_eq!(row.entries as i64, length / 900, "{zone} {day} {}", hour.start);
            }
        }
    }
}
