//! Coverage in every number: reports and totals of databases whose coverage and gaps are known.

mod sentences;
mod site;
mod sums;

use lotcount::report::{Format, Grouping, Step, live};
use lotcount::store::{Filter, Reader};
use lotcount::time::UtcMicros;

use site::{NORTH, RAMP, Site, at, written};

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
Kings Yard, 2026-06-15 (Europe/Berlin, UTC+02:00)
2026-06-15 00:00 +02:00 to 2026-06-16 00:00 +02:00

┌──────┬─────────┬─────────┬───────┬──────────┬─────────┬──────────┐
│ lot  ┆ opening ┆ entries ┆ exits ┆ adjusted ┆ closing ┆ coverage │
╞══════╪═════════╪═════════╪═══════╪══════════╪═════════╪══════════╡
│ deck ┆       0 ┆       0 ┆     1 ┆        0 ┆      -1 ┆  *87.5 % │
│ main ┆       0 ┆       4 ┆     0 ┆        0 ┆       4 ┆  *87.5 % │
└──────┴─────────┴─────────┴───────┴──────────┴─────────┴──────────┘

┌──────┬──────┬──────┬──────┬──────┬───────┬────────────┬──────────┬───────────┐
│ lot  ┆ mean ┆ used ┆ peak ┆ used ┆ at    ┆       stay ┆ turnover ┆ busiest   │
╞══════╪══════╪══════╪══════╪══════╪═══════╪════════════╪══════════╪═══════════╡
│ deck ┆ -0.6 ┆    - ┆    0 ┆    - ┆ 00:00 ┆ below-zero ┆        - ┆ 09:00: 1  │
│      ┆      ┆      ┆      ┆      ┆       ┆            ┆          ┆ (observed │
│      ┆      ┆      ┆      ┆      ┆       ┆            ┆          ┆ *100.0 %) │
│ main ┆  2.4 ┆  2 % ┆    4 ┆  3 % ┆ 14:45 ┆    14 h 26 ┆     0.03 ┆ 07:00: 2  │
│      ┆      ┆      ┆      ┆      ┆       ┆        min ┆          ┆ (observed │
│      ┆      ┆      ┆      ┆      ┆       ┆            ┆          ┆ 0.0 %)    │
└──────┴──────┴──────┴──────┴──────┴───────┴────────────┴──────────┴───────────┘

deck: below zero: more exits than entries were counted
deck: never set: counted from 0 on
main: never set: counted from 0 on

┌────────────┬──────┬─────────┬───────┬─────┬──────────┐
│ camera     ┆ line ┆ entries ┆ exits ┆ net ┆ coverage │
╞════════════╪══════╪═════════╪═══════╪═════╪══════════╡
│ north-gate ┆ gate ┆       3 ┆     0 ┆  +3 ┆   99.4 % │
│ ramp-cam   ┆ ramp ┆       0 ┆     1 ┆  -1 ┆  *87.5 % │
└────────────┴──────┴─────────┴───────┴─────┴──────────┘

over all lines: car 3 entries, 1 exits

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

#[test]
fn a_quiet_day_has_no_table_of_hours() {
    let site = Site::since("2026-06-15T00:00");
    site.observed(NORTH, "2026-06-15T00:00", "2026-06-16T00:00", false);
    site.observed(RAMP, "2026-06-15T00:00", "2026-06-15T22:00", false);
    let text = written(&site.report("2026-06-15"), Format::Text);
    assert!(text.contains("│ 22:00 +02:00    ┆") && text.contains("│ to 24:00 +02:00 ┆"), "{text}");
    site.observed(RAMP, "2026-06-15T22:00", "2026-06-16T00:00", false);
    let text = written(&site.report("2026-06-15"), Format::Text);
    assert!(!text.contains("│ from") && text.contains("\nleft out: without a car"), "{text}");
}

/// A computer without a clock of its own counts in 1970 until it is told the time.
#[test]
fn decades_that_never_were_are_no_blind_hours() {
    let mut site = Site::since("1970-01-02T00:00");
    site.observed(NORTH, "1970-01-02T00:00", "1970-01-02T00:10", false);
    site.gap(NORTH, "1970-01-02T00:10", "2026-06-15T07:30", "clock-set", "the computer's clock was set forward");
    site.observed(NORTH, "2026-06-15T07:30", "2026-06-15T09:00", false);
    let filter = Filter { camera: Some("north-gate".to_owned()), ..Filter::default() };
    let hours = site.totals(&filter, Grouping::By(Step::Hour));
    let starts: Vec<_> = hours.rows.iter().map(|row| row.bucket.as_ref().unwrap().start.to_string()).collect();
    assert_eq!(starts.len(), 3, "{starts:?}");
    let started = |row: usize, hour: &str| starts[row].starts_with(hour);
    assert!(started(0, "1970-01-02T00") && started(1, "2026-06-15T07") && started(2, "2026-06-15T08"), "{starts:?}");
}
