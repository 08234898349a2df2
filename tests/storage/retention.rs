//! Rows become totals, and nobody who asks for totals can tell.

use std::time::Duration;

use lotcount::config::Config;
use lotcount::diagnostics::TomlFile;
use lotcount::source::{ContentHash, Recording};
use lotcount::store::{Filter, Halt, NewRun, RecordingState, Retained, StoreError, Writer, examine, retain};
use lotcount::time::UtcMicros;
use proptest::prelude::*;
use rusqlite::{Connection, params};

use crate::place::{DAY_US, Kind, MINUTE_US, Place, SEVEN, cross, rows, session};

/// 2026-06-15T00:00:00Z
const MIDNIGHT: i64 = SEVEN.0 - 7 * 60 * MINUTE_US;
/// Nobody else writes here.
const NONE: Duration = Duration::ZERO;
const QUARTER_US: i64 = 15 * MINUTE_US;
const KINDS: [Kind; 4] = [Kind::Live, Kind::Recorded, Kind::Recording, Kind::Again];

/// Everything that may not change. The order of rows is not promised without ORDER BY.
const VIEWS: [&str; 8] = [
    "SELECT * FROM line_totals ORDER BY camera, line",
    "SELECT * FROM lot_totals ORDER BY lot",
    "SELECT * FROM hourly_totals ORDER BY hour_utc, camera, line",
    "SELECT * FROM daily_totals ORDER BY day_utc, camera, line",
    "SELECT * FROM occupancy ORDER BY lot",
    "SELECT * FROM quarter_coverage ORDER BY quarter_us, camera",
    "SELECT * FROM quarter_line_volume ORDER BY quarter_us, camera, line",
    "SELECT * FROM quarter_lot_volume ORDER BY quarter_us, lot",
];

/// What is counted, seen from every side that the program and docs/database.md know.
fn told(place: &Place) -> Vec<String> {
    let sql = place.sql();
    let mut told: Vec<String> = VIEWS.iter().flat_map(|view| rows(&sql, view)).collect();
    let reader = place.reader();
    for filter in filters() {
        told.push(format!("{:?}", reader.line_volumes(&filter).unwrap()));
        told.push(format!("{:?}", reader.lot_volumes(&filter).unwrap()));
    }
    told.push(format!("{:?}", reader.occupancy().unwrap()));
    told
}

fn filters() -> Vec<Filter> {
    let name = |name: &str| Some(name.to_owned());
    let all = Filter::default();
    let mut filters = vec![all.clone()];
    filters.extend(["main", "deck", "street"].map(|lot| Filter { lot: name(lot), ..all.clone() }));
    filters.extend(["north", "south"].map(|camera| Filter { camera: name(camera), ..all.clone() }));
    filters.push(Filter { line: name("gate"), lot: name("street"), ..all.clone() });
    for (since, until) in [(3, 250), (97, 98), (200, 10_000)] {
        let quarter = |number: i64| Some(UtcMicros(MIDNIGHT + number * QUARTER_US));
        filters.push(Filter { since: quarter(since), until: quarter(until), lot: name("main"), ..all.clone() });
        filters.push(Filter { since: quarter(since), until: quarter(until), ..all.clone() });
    }
    filters
}

/// One row of any kind.
#[derive(Clone, Debug)]
enum Row {
    /// Line 1 to 4, whether it is an entry.
    Crossing(i64, bool),
    Minute,
    Near,
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![
        4 => (1..=4_i64, any::<bool>()).prop_map(|(line, entry)| Row::Crossing(line, entry || line == 4)),
        2 => Just(Row::Minute),
        1 => Just(Row::Near),
    ]
}

fn write(connection: &Connection, sessions: &[[i64; 4]; 2], row: &Row, kind: usize, at: i64) {
    match row {
        Row::Crossing(line, entry) => cross(connection, sessions[usize::from(*line == 4)][kind], *line, *entry, at),
        Row::Minute => {
            let minute = at / MINUTE_US * MINUTE_US;
            let sql = "INSERT INTO coverage VALUES (?1, ?2, ?3, 58000000, 1000000, 750, 360, 3) ON CONFLICT DO NOTHING";
            connection.execute(sql, params![sessions[0][kind], minute, minute + 58_000_000]).unwrap();
        }
        Row::Near => {
            let sql = "INSERT INTO near_crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class,
                           track, place, reason, detail, explanation)
                       SELECT 1, 1, coalesce(max(seq), 0) + 1, ?1, 1, 'entry', ?2, 'car', 1, 0.5, 'beside', '', '{}'
                       FROM near_crossing";
            connection.execute(sql, params![sessions[0][kind], at]).unwrap();
        }
    }
}

fn sessions(connection: &Connection) -> [[i64; 4]; 2] {
    [1, 2].map(|camera| KINDS.map(|kind| session(connection, camera, kind, MIDNIGHT)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random rows over five days, archived up to three random days, with more rows of old days written in between, as by a
    /// clock that was set back.
    #[test]
    fn totals_are_the_same_before_and_after(
        writes in prop::collection::vec(((row(), 0..4_usize), ((0..5_i64, 0..180 * MINUTE_US), 0..3_usize)), 1..120),
        cuts in prop::collection::vec(0..7_i64, 3),
    ) {
        let place = Place::with_site();
        let open = place.sql();
        for (round, cut) in cuts.iter().enumerate() {
            let sessions = sessions(&open);
            for ((row, kind), ((day, offset), when)) in &writes {
                if *when == round {
                    write(&open, &sessions, row, *kind, MIDNIGHT + day * DAY_US + offset);
                }
            }
            let before = told(&place);
            // Two days are kept.
            let now = UtcMicros(MIDNIGHT + (cut + 2) * DAY_US + 5);
            retain(&place.path, 2, now, NONE, &Halt::never()).unwrap();
            prop_assert_eq!(told(&place), before);
            let left = rows(&open, &format!(
                "SELECT at_us FROM crossing JOIN session ON session.id = session_id
                 WHERE at_us < {0} AND (content_sha256 IS NULL OR ended_at_us < {0})", MIDNIGHT + cut * DAY_US));
            prop_assert!(left.is_empty(), "not archived: {:?}", left);
            prop_assert_eq!(retain(&place.path, 2, now, NONE, &Halt::never()).unwrap().crossings, 0);
        }
        drop(open);
        prop_assert_eq!(examine(&place.path).unwrap(), Vec::<String>::new());
    }
}

/// A day of rows, and the day on which they are older than 400 days.
fn year_old() -> (Place, UtcMicros) {
    let place = Place::with_site();
    let open = place.sql();
    let sessions = sessions(&open);
    for (kind, _) in KINDS.iter().enumerate() {
        for row in [Row::Crossing(1, true), Row::Crossing(3, false), Row::Minute, Row::Near] {
            write(&open, &sessions, &row, kind, SEVEN.0);
        }
    }
    (place, UtcMicros(MIDNIGHT + 401 * DAY_US))
}

#[test]
fn rows_go_after_keep_days_and_not_a_moment_before() {
    let (place, day) = year_old();
    let before = UtcMicros(day.0 - 1);
    assert_eq!(retain(&place.path, 400, before, NONE, &Halt::never()).unwrap(), Retained::default());
    assert_eq!(place.crossings(), 8);
    let done = retain(&place.path, 400, day, NONE, &Halt::never()).unwrap();
    // All but those of the recording that is still being counted.
    assert_eq!((done.days, done.crossings, done.near_crossings, done.coverage_rows), (1, 6, 3, 3));
    assert_eq!(place.crossings(), 2);
}

#[test]
fn an_old_recording_keeps_its_rows_from_when_it_was_counted() {
    let (place, day) = year_old();
    place.sql().execute("UPDATE session SET ended_at_us = ?1 WHERE ended_at_us IS NOT NULL", [day.0 - DAY_US]).unwrap();
    assert_eq!(retain(&place.path, 400, day, NONE, &Halt::never()).unwrap().crossings, 2);
    let later = UtcMicros(day.0 + 400 * DAY_US);
    assert_eq!(retain(&place.path, 400, later, NONE, &Halt::never()).unwrap().crossings, 4);
}

fn config() -> Config {
    let text = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"main\"\n[[camera]]\nname = \"north\"\n\
                source = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"gate\"\na = [0.1, 0.5]\nb = [0.9, 0.5]\n\
                entry = \"main\"\nexit = \"main\"\n";
    let file = TomlFile { path: "cameras.toml".into(), text: text.to_owned() };
    Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0
}

/// What `lotcount run --recount` does at its end, and what it must find at its beginning.
#[test]
fn a_recording_whose_rows_are_archived_is_still_known_and_can_be_replaced() {
    let (place, day) = year_old();
    let sql = place.sql();
    let recording = Recording { content: ContentHash([7; 32]), start: SEVEN, start_assumed: true };
    sql.execute("UPDATE session SET content_sha256 = ?1 WHERE content_sha256 = '7'", [recording.content.to_string()])
        .unwrap();
    let known = || {
        let writer = Writer::begin(&place.path, &NewRun { started: SEVEN, version: "", config_sha256: "" }, &config());
        writer.unwrap().recording_state("north", &recording).unwrap()
    };
    let before = known();
    assert!(matches!(&before, RecordingState::Counted(earlier) if earlier.crossings == 2), "{before:?}");
    retain(&place.path, 400, day, NONE, &Halt::never()).unwrap();
    assert_eq!(known(), before);
    let live_and_two_recorded = rows(&sql, "SELECT entries FROM line_totals WHERE line = 'gate'");
    assert_eq!(live_and_two_recorded, ["3"]);
    sql.execute("DELETE FROM session WHERE complete", []).unwrap();
    assert_eq!(rows(&sql, "SELECT entries FROM line_totals WHERE line = 'gate'"), ["2"], "counted twice");
    assert_eq!(rows(&sql, "SELECT count(*) FROM archived_coverage WHERE session_id IS NOT NULL"), ["1"]);
    // The new counting of it is complete: from now on its archived rows count.
    sql.execute("UPDATE session SET counts = 1", []).unwrap();
    assert_eq!(rows(&sql, "SELECT entries FROM line_totals WHERE line = 'gate'"), ["3"]);
}

#[test]
fn sessions_runs_and_gaps_that_nothing_needs_go_and_those_in_use_stay() {
    let (place, day) = year_old();
    let sql = place.sql();
    sql.execute_batch(&format!(
        "INSERT INTO run (id, uid, started_at_us, version, config_sha256) VALUES (2, 'b', 5, '', ''), (3, 'c', 6, '', '');
         INSERT INTO gap VALUES (2, 1, 1, {from}, {until}, 'stalled', ''), (1, 1, 1, {from}, {long}, 'absent', '');",
        from = SEVEN.0,
        until = SEVEN.0 + MINUTE_US,
        long = SEVEN.0 + 500 * DAY_US,
    ))
    .unwrap();
    // A live session that was killed and followed by another, and one that was ended.
    for ended in [None, Some(SEVEN.0)] {
        let id = session(&sql, 1, Kind::Live, SEVEN.0);
        sql.execute("UPDATE session SET ended_at_us = ?2 WHERE id = ?1", params![id, ended]).unwrap();
    }
    let current = session(&sql, 1, Kind::Live, SEVEN.0);
    let done = retain(&place.path, 400, day, NONE, &Halt::never()).unwrap();
    assert_eq!((done.gaps, done.sessions, done.runs), (1, 6, 1), "{done:?}");
    assert_eq!(rows(&sql, "SELECT id FROM run ORDER BY id"), ["1", "3"], "run 3 is the newest");
    assert_eq!(rows(&sql, &format!("SELECT count(*) FROM session WHERE id = {current}")), ["1"]);
    assert_eq!(rows(&sql, "SELECT reason FROM gap"), ["absent"]);
    assert_eq!(examine(&place.path).unwrap(), [""; 0]);
}

/// Reports tell time in which a camera was not in service from time in which it was blind.
#[test]
fn when_a_camera_was_first_seen_is_known_for_ever() {
    let (place, day) = year_old();
    let first = |place: &Place| place.reader().camera_spans().unwrap()[0].first;
    let before = first(&place);
    place.sql().execute("DELETE FROM session WHERE content_sha256 IS NOT NULL", []).unwrap();
    session(&place.sql(), 1, Kind::Live, day.0);
    retain(&place.path, 400, day, NONE, &Halt::never()).unwrap();
    let since = before.0..before.0 + 8 * 60 * MINUTE_US;
    assert!(since.contains(&first(&place).0), "{} is not {before}", first(&place));
}

#[test]
fn a_clock_that_is_wrong_by_ten_years_archives_a_month_at_most() {
    let place = Place::with_site();
    let open = place.sql();
    let live = session(&open, 1, Kind::Live, MIDNIGHT);
    for day in 0..60 {
        cross(&open, live, 1, true, MIDNIGHT + day * DAY_US);
    }
    let before = told(&place);
    let done = retain(&place.path, 400, UtcMicros(MIDNIGHT + 3650 * DAY_US), NONE, &Halt::never()).unwrap();
    assert_eq!((done.days, done.crossings), (31, 31));
    assert_eq!(told(&place), before);
}

/// What stays would not be what was counted.
#[test]
fn volumes_that_are_not_what_was_counted_are_found_and_their_crossings_kept() {
    for (damage, rows) in [
        ("UPDATE volume SET entries = entries + 1 WHERE line_id = 1 AND session_id IS NULL", 1),
        ("UPDATE volume SET entries = 0, exits = 1 WHERE line_id = 1 AND session_id IS NULL", 1),
        ("DELETE FROM volume WHERE line_id = 3 AND session_id IS NULL", 1),
        ("DELETE FROM crossing WHERE id IN (1, 2)", 2),
    ] {
        let (place, day) = year_old();
        place.sql().execute(damage, []).unwrap();
        let kept = place.crossings();
        let findings = examine(&place.path).unwrap();
        assert!(findings.len() == 1 && findings[0].starts_with(&format!("{rows} rows of `volume`")), "{findings:?}");
        let error = retain(&place.path, 400, day, NONE, &Halt::never()).unwrap_err();
        assert!(matches!(error, StoreError::Misfits { volumes, .. } if volumes == rows), "{error}");
        assert_eq!(place.crossings(), kept);
    }
}

#[test]
fn a_stop_ends_it_between_two_hours() {
    let (place, day) = year_old();
    let done = retain(&place.path, 400, day, NONE, &Halt::when(|| true)).unwrap();
    assert_eq!(done.crossings, 0);
}
