//! Coverage in every number: reports and totals of databases whose coverage and gaps are known, written by SQL.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lotcount::config::Config;
use lotcount::diagnostics::TomlFile;
use lotcount::report::{Format, Grouping, Period, ReportDocument, Step, Totals, live};
use lotcount::store::{Filter, NewRun, Reader, Writer};
use lotcount::time::UtcMicros;
use proptest::prelude::*;
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

const MINUTE: i64 = 60_000_000;
const NORTH: i64 = 1;
const RAMP: i64 = 2;

/// A database with a run and one session of each camera.
struct Site {
    _folder: tempfile::TempDir,
    path: PathBuf,
    connection: Connection,
    zone: TimeZone,
    rows: i64,
}

impl Site {
    /// Whose sessions began at this time.
    fn since(began: &str) -> Self {
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
    fn observed(&self, camera: i64, from: &str, until: &str, degraded: bool) {
        let sql = "INSERT INTO coverage VALUES (?1, ?2, ?2 + ?3, ?3, ?4, 720, 360, 1)";
        self.connection.execute_batch("BEGIN").unwrap();
        for minute in (at(from)..at(until)).step_by(MINUTE as usize) {
            let length = MINUTE.min(at(until) - minute);
            let degraded_us = if degraded { length } else { 0 };
            self.connection.execute(sql, params![camera, minute, length, degraded_us]).unwrap();
        }
        self.connection.execute_batch("COMMIT").unwrap();
    }

    fn gap(&mut self, camera: i64, from: &str, until: &str, reason: &str, detail: &str) {
        self.rows += 1;
        let sql = "INSERT INTO gap VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)";
        self.connection.execute(sql, params![camera, self.rows, at(from), at(until), reason, detail]).unwrap();
    }

    fn crossing(&mut self, camera: i64, time: &str, direction: &str) {
        self.rows += 1;
        let sql =
            "INSERT INTO crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, rule, track,
                                         place, explanation)
                   VALUES (1, ?1, ?2, ?1, ?1, ?3, ?4, 'car', 'both_sides', 1, 0.5, '{}')";
        self.connection.execute(sql, params![camera, self.rows, direction, at(time)]).unwrap();
        let delta = if direction == "entry" { 1 } else { -1 };
        let sql = "INSERT INTO movement VALUES (last_insert_rowid(), (SELECT coalesce(entry_lot_id, exit_lot_id) FROM line WHERE id = ?1), ?2)";
        self.connection.execute(sql, params![camera, delta]).unwrap();
    }

    fn report(&self, period: &str) -> ReportDocument {
        let reader = Reader::open(&self.path).unwrap();
        let span = period.parse::<Period>().unwrap().resolve(&self.zone, Timestamp::UNIX_EPOCH).unwrap();
        ReportDocument::read(&reader, "Kings Yard", &self.zone, period.to_owned(), span).unwrap()
    }

    fn totals(&self, filter: &Filter, grouping: Grouping) -> Totals {
        Totals::read(&Reader::open(&self.path).unwrap(), "Kings Yard", &self.zone, filter, grouping).unwrap()
    }
}

/// A local time in Berlin, or one with its offset.
fn at(text: &str) -> i64 {
    let zoned = || text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(TimeZone::get("Europe/Berlin").unwrap());
    let timestamp = text.parse::<Timestamp>().unwrap_or_else(|_| zoned().unwrap().timestamp());
    timestamp.as_microsecond()
}

fn written(document: &ReportDocument, format: Format) -> String {
    let mut bytes = Vec::new();
    document.write(format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// An ordinary day: both cameras from midnight on, one gap at each, a degraded quarter, and an hour of the morning blind.
fn ordinary_day() -> Site {
    let mut site = Site::since("2026-06-15T00:00");
    site.observed(NORTH, "2026-06-15T00:00", "2026-06-15T14:02:10", false);
    site.gap(NORTH, "2026-06-15T14:02:10", "2026-06-15T14:10", "stalled", "no frame within 5 s");
    site.observed(NORTH, "2026-06-15T14:10", "2026-06-16T00:00", false);
    site.observed(RAMP, "2026-06-15T00:00", "2026-06-15T06:00", false);
    site.gap(RAMP, "2026-06-15T06:00", "2026-06-15T09:00", "refused", "the camera takes no connection");
    site.observed(RAMP, "2026-06-15T09:00", "2026-06-15T09:15", true);
    site.observed(RAMP, "2026-06-15T09:15", "2026-06-16T00:00", false);
    for time in ["07:10", "07:20", "14:30"] {
        site.crossing(NORTH, &format!("2026-06-15T{time}"), "entry");
    }
    site.crossing(RAMP, "2026-06-15T09:05", "exit");
    site
}

const ORDINARY_DAY: &str = "\
Kings Yard, 2026-06-15 (Europe/Berlin)
2026-06-15 00:00 +02:00 to 2026-06-16 00:00 +02:00

┌──────┬─────────┬───────┬─────┬──────────┐
│ lot  ┆ entries ┆ exits ┆ net ┆ coverage │
╞══════╪═════════╪═══════╪═════╪══════════╡
│ deck ┆       0 ┆     1 ┆  -1 ┆  *87.5 % │
│ main ┆       3 ┆     0 ┆  +3 ┆  *87.5 % │
└──────┴─────────┴───────┴─────┴──────────┘

┌────────────┬──────┬─────────┬───────┬─────┬──────────┐
│ camera     ┆ line ┆ entries ┆ exits ┆ net ┆ coverage │
╞════════════╪══════╪═════════╪═══════╪═════╪══════════╡
│ north-gate ┆ gate ┆       3 ┆     0 ┆  +3 ┆   99.4 % │
│ ramp-cam   ┆ ramp ┆       0 ┆     1 ┆  -1 ┆  *87.5 % │
└────────────┴──────┴─────────┴───────┴─────┴──────────┘

┌─────────────────┬────────────┬──────┬─────────┬───────┬──────────┐
│ from            ┆ camera     ┆ line ┆ entries ┆ exits ┆ coverage │
╞═════════════════╪════════════╪══════╪═════════╪═══════╪══════════╡
│ 06:00 +02:00    ┆ ramp-cam   ┆ ramp ┆   blind ┆ blind ┆    0.0 % │
│ to 09:00 +02:00 ┆            ┆      ┆         ┆       ┆          │
│ 07:00 +02:00    ┆ north-gate ┆ gate ┆       2 ┆     0 ┆  100.0 % │
│ 09:00 +02:00    ┆ ramp-cam   ┆ ramp ┆       0 ┆     1 ┆ *100.0 % │
│ 14:00 +02:00    ┆ north-gate ┆ gate ┆       1 ┆     0 ┆   86.9 % │
└─────────────────┴────────────┴──────┴─────────┴───────┴──────────┘
left out: without a car, observed for 99 % or more
blind: not observed; how many cars there were is not known, it is not 0
*: for a part of it there were too few looks to trust the counts

complete for 93.4 % of the period (mean of 2 cameras; least: ramp-cam 87.5 %); 2
gaps: ramp-cam 06:00:00-09:00:00 refused: the camera takes no connection;
north-gate 14:02:10-14:10:00 stalled: no frame within 5 s
";

#[test]
fn a_report_says_what_was_not_seen() {
    let text = written(&ordinary_day().report("2026-06-15"), Format::Text);
    assert_eq!(text, ORDINARY_DAY, "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

/// Name, rows of the night of 15 June, and what the report of that day says at its end.
#[test]
fn a_table_of_sentences() {
    type Fill = fn(&mut Site);
    let cases: [(&str, &str, Fill, &str); 7] = [
        (
            "full",
            "2026-06-15",
            |site| {
                site.observed(NORTH, "2026-06-15T00:00", "2026-06-16T00:00", false);
                site.observed(RAMP, "2026-06-15T00:00", "2026-06-16T00:00", false);
            },
            "complete for 100.0 % of the period (mean of 2 cameras; least: north-gate 100.0 %); no gaps",
        ),
        (
            "nothing, and nobody knows why",
            "2026-06-15",
            |_| {},
            "complete for 0.0 % of the period (mean of 2 cameras; least: north-gate 0.0 %); \
             observed: north-gate 0 s of 24 h, ramp-cam 0 s of 24 h",
        ),
        (
            "a recording each",
            "2026-06-15",
            |site| {
                site.observed(NORTH, "2026-06-15T07:00", "2026-06-15T07:01:20", false);
                site.observed(RAMP, "2026-06-15T07:00", "2026-06-15T12:00", false);
            },
            "complete for 10.4 % of the period (mean of 2 cameras; least: north-gate <0.1 %); \
             observed: north-gate 1 min 20 s of 24 h, ramp-cam 5 h of 24 h",
        ),
        (
            "a gap over midnight, seen from the day on which it began",
            "2026-06-15",
            |site| {
                site.observed(NORTH, "2026-06-15T00:00", "2026-06-15T23:58", false);
                site.gap(NORTH, "2026-06-15T23:58", "2026-06-16T00:04", "dropped", "the camera closed the connection");
                site.observed(RAMP, "2026-06-15T00:00", "2026-06-16T00:00", false);
            },
            "complete for 99.9 % of the period (mean of 2 cameras; least: north-gate 99.8 %); \
             1 gap: north-gate 23:58:00-24:00:00 dropped: the camera closed the connection",
        ),
        (
            "... from the day on which it ended",
            "2026-06-16",
            |site| {
                site.gap(NORTH, "2026-06-15T23:58", "2026-06-16T00:04", "dropped", "the camera closed the connection");
                site.observed(NORTH, "2026-06-16T00:04", "2026-06-17T00:00", false);
                site.observed(RAMP, "2026-06-16T00:00", "2026-06-17T00:00", false);
            },
            "complete for 99.8 % of the period (mean of 2 cameras; least: north-gate 99.7 %); \
             1 gap: north-gate 00:00:00-00:04:00 dropped: the camera closed the connection",
        ),
        (
            "... from its week",
            "2026-W25",
            |site| {
                site.observed(NORTH, "2026-06-15T00:00", "2026-06-15T23:58", false);
                site.gap(NORTH, "2026-06-15T23:58", "2026-06-16T00:04", "dropped", "the camera closed the connection");
                site.gap(NORTH, "2026-06-16T01:00", "2026-06-17T00:00", "refused", "no route to the camera");
                site.gap(NORTH, "2026-06-18T01:00", "2026-06-18T02:00", "black", "nothing but black");
            },
            "complete for 7.1 % of the period (mean of 2 cameras; least: ramp-cam 0.0 %); \
             3 gaps: north-gate 2026-06-16 01:00:00-24:00:00 refused: no route to the camera; \
             north-gate 2026-06-18 01:00:00-02:00:00 black: nothing but black; \
             north-gate 2026-06-15 23:58:00 to 2026-06-16 00:04:00 dropped: the camera closed the connection; \
             observed: north-gate 23 h 58 min of 7 d, ramp-cam 0 s of 7 d",
        ),
        (
            "the night in which an hour comes twice",
            "2026-10-25",
            |site| {
                site.observed(NORTH, "2026-10-25T00:00", "2026-10-25T02:50:00+02:00", false);
                site.gap(
                    NORTH,
                    "2026-10-25T02:50:00+02:00",
                    "2026-10-25T02:10:00+01:00",
                    "frozen",
                    "one picture for 60 s",
                );
                site.observed(NORTH, "2026-10-25T02:10:00+01:00", "2026-10-26T00:00", false);
                site.observed(RAMP, "2026-10-25T00:00", "2026-10-26T00:00", false);
            },
            "complete for 99.3 % of the period (mean of 2 cameras; least: north-gate 98.6 %); \
             1 gap: north-gate 02:50:00+02:00-02:10:00+01:00 frozen: one picture for 60 s",
        ),
    ];
    for (name, period, fill, sentence) in cases {
        let mut site = Site::since("2026-06-15T00:00");
        fill(&mut site);
        assert_eq!(site.report(period).completeness(), sentence, "{name}");
    }
}

#[test]
fn ten_gaps_are_named_and_the_rest_summed_up() {
    let mut site = Site::since("2026-06-15T00:00");
    for hour in 0..13 {
        let (from, until) = (format!("2026-06-15T{hour:02}:00"), format!("2026-06-15T{hour:02}:{:02}", 20 - hour));
        site.gap(NORTH, &from, &until, "dropped", "gone");
    }
    let sentence = site.report("2026-06-15").completeness();
    assert!(sentence.contains("13 gaps: north-gate 00:00:00-00:20:00 dropped: gone; "), "{sentence}");
    assert_eq!(sentence.matches("dropped: gone").count(), 10, "{sentence}");
    assert!(sentence.contains("; and 3 more: total 27 min; observed: "), "{sentence}");
}

#[test]
fn rows_from_before_coverage_was_kept_stay_numbers() {
    let mut site = Site::since("2026-06-15T00:00");
    site.crossing(NORTH, "2026-06-15T07:10", "entry");
    let document = site.report("2026-06-15");
    let csv = written(&document, Format::Csv);
    assert!(csv.contains("T08:00:00+02:00,north-gate,gate,1,0,,\n"), "{csv}");
    assert!(csv.contains("T08:00:00+02:00,ramp-cam,ramp,,,0.0000,0.0000\n"), "{csv}");
    let text = written(&document, Format::Text);
    assert!(text.contains("unknown: counted by a version that did not keep coverage"), "{text}");
    let end = "complete for 0.0 % of the period; not known of north-gate; observed: ramp-cam 0 s of 24 h";
    assert_eq!(document.completeness(), end);
    // A database that no run of this version has touched yet.
    site.connection
        .execute_batch("DROP VIEW quarter_coverage; DROP VIEW gap_detail; DROP TABLE coverage; DROP TABLE gap; PRAGMA user_version = 1")
        .unwrap();
    let csv = written(&site.report("2026-06-15"), Format::Csv);
    assert!(csv.contains("T08:00:00+02:00,north-gate,gate,1,0,,\n"), "{csv}");
}

#[test]
fn a_camera_that_was_taken_down_makes_no_later_report_incomplete() {
    let mut site = Site::since("2026-06-15T00:00");
    site.observed(NORTH, "2026-06-15T00:00", "2026-06-16T00:00", false);
    site.observed(RAMP, "2026-06-15T00:00", "2026-06-15T12:00", false);
    site.connection
        .execute_batch(
            "INSERT INTO run VALUES (2, 0, NULL, 'test', '0', 'second'); UPDATE session SET run_id = 2 WHERE id = 1",
        )
        .unwrap();
    let cameras = |period: &str| site.report(period).cameras.iter().map(|row| row.camera.clone()).collect::<Vec<_>>();
    assert_eq!(cameras("2026-06-14"), [] as [&str; 0], "neither was known yet");
    assert_eq!(cameras("2026-06-15"), ["north-gate", "ramp-cam"]);
    assert_eq!(
        cameras("2026-06-16"),
        ["north-gate"],
        "only the one that took part in the latest run may still be there"
    );
    site.crossing(RAMP, "2026-06-16T07:10", "entry");
    assert_eq!(site.report("2026-06-16").cameras.len(), 2, "what was counted is shown");
}

#[test]
fn totals_carry_the_coverage_of_the_time_asked_for() {
    let site = ordinary_day();
    let json = site.totals(&Filter::default(), Grouping::All).to_json();
    assert_eq!(json["lines"][0]["coverage"], 0.9945);
    assert_eq!(json["lines"][1]["degraded"], 0.0104);
    assert_eq!(json["lots"][1]["coverage"], 0.875, "the ramp leads into main too");
    let filter = Filter {
        since: Some(UtcMicros(at("2026-06-15T08:00"))),
        until: Some(UtcMicros(at("2026-06-15T10:00"))),
        camera: Some("ramp-cam".to_owned()),
        ..Filter::default()
    };
    let hours = site.totals(&filter, Grouping::By(Step::Hour)).to_json();
    let row = |entries: Option<u64>, coverage: f64, degraded: f64| (serde_json::json!(entries), coverage, degraded);
    let found: Vec<_> = hours["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["exits"].clone(), row["coverage"].as_f64().unwrap(), row["degraded"].as_f64().unwrap()))
        .collect();
    assert_eq!(found, [row(None, 0.0, 0.0), row(Some(1), 1.0, 0.25)]);
    // Without a beginning and an end: whole hours round everything that is known.
    let all = site.totals(&Filter::default(), Grouping::By(Step::Hour));
    assert_eq!(all.rows.len(), 2 * 24);
    let mut text = Vec::new();
    all.write_tables(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("to 2026-06-15 09:00 +02:00") && text.contains("left out"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn totals_json_says_how_much_of_today_was_seen_so_far() {
    let mut site = ordinary_day();
    site.observed(NORTH, "2026-06-16T00:00", "2026-06-16T06:00", false);
    site.gap(RAMP, "2026-06-16T00:00", "2026-06-16T06:00", "refused", "the camera takes no connection");
    let now = UtcMicros(at("2026-06-16T06:00:30"));
    let reader = Reader::open(&site.path).unwrap();
    let totals = live::totals(&reader, "Kings Yard", &site.zone, now).unwrap();
    let path = site.path.with_file_name("totals.json");
    live::write(&path, &totals).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let line = &json["lines"][0];
    assert_eq!((&line["entries"], &line["entries_today"]), (&3.into(), &0.into()), "seen and empty");
    assert_eq!(line["coverage_today"], 1.0);
    assert_eq!(json["lines"][1]["entries_today"], serde_json::Value::Null, "blind");
    assert_eq!(json["lots"][0]["coverage_today"], 0.0);
    assert_eq!(json["cameras"][1]["last_gap"]["reason"], "refused");
    assert_eq!(json["cameras"][1]["last_gap"]["until"], "2026-06-16T06:00:00+02:00");
    assert_eq!(json["cameras"][0]["last_gap"]["reason"], "stalled");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever was observed when: hours, days and the whole period tell the same time, on days of 23, 24 and 25 hours.
    #[test]
    fn buckets_sum_up_to_the_period(
        day in prop::sample::select(&["2026-03-29", "2026-06-15", "2026-10-25"]),
        stretches in prop::collection::vec((0..1560i64, 1..200i64, any::<bool>()), 0..8),
    ) {
        let site = Site::since(&format!("{day}T00:00"));
        let midnight = at(&format!("{day}T00:00"));
        let mut minutes = std::collections::BTreeMap::new();
        for (first, length, degraded) in stretches {
            minutes.extend((first..first + length).map(|minute| (minute, degraded)));
        }
        site.connection.execute_batch("BEGIN").unwrap();
        for (minute, degraded) in &minutes {
            let sql = "INSERT INTO coverage VALUES (1, ?1, ?1 + 60000000, 59000000, ?2, 720, 360, 1)";
            let degraded = if *degraded { 59_000_000 } else { 0 };
            site.connection.execute(sql, params![midnight + minute * MINUTE, degraded]).unwrap();
        }
        site.connection.execute_batch("COMMIT").unwrap();
        let document = site.report(day);
        let length = i64::try_from(document.length_us()).unwrap();
        let expected = minutes.keys().filter(|minute| **minute * MINUTE < length).count() as u64 * 59_000_000;
        let sums = |rows: &[lotcount::report::CountRow]| {
            let shares = rows.iter().filter(|row| row.line == "gate").filter_map(|row| row.coverage.observed());
            shares.fold((0, 0), |sum, share| (sum.0 + share.observed_us, sum.1 + share.degraded_us))
        };
        prop_assert_eq!(sums(&document.hours).0, expected);
        prop_assert_eq!(sums(&document.hours), sums(&document.lines));
        let lengths = document.hours.iter().filter(|row| row.line == "gate").map(|row| {
            let hour = row.bucket.as_ref().unwrap();
            hour.end.timestamp().as_microsecond() - hour.start.timestamp().as_microsecond()
        });
        prop_assert_eq!(lengths.sum::<i64>(), length);
        let filter = Filter {
            since: Some(UtcMicros(midnight)), until: Some(UtcMicros(midnight + length)), ..Filter::default()
        };
        for grouping in [Grouping::All, Grouping::By(Step::Hour), Grouping::By(Step::Day)] {
            prop_assert_eq!(sums(&site.totals(&filter, grouping).rows), sums(&document.lines));
        }
    }
}
