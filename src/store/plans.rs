//! A test on how SQLite finds what reports ask for: by index, whatever is asked, so that a report of a day takes as long with
//! ten years of rows as with one.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::date;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::{Filter, Reader};
use crate::config::Config;
use crate::diagnostics::TomlFile;
use crate::report::{Grouping, Period, ReportDocument, Totals};
use crate::simulate::{Plan, simulate};

const SITE: &str = r#"
site = { name = "s", time_zone = "Europe/Berlin" }
lot = [{ name = "main", capacity = 20 }]
[[camera]]
name = "north"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.0, 0.5]
b = [1.0, 0.5]
entry = "main"
exit = "main"
"#;

/// Tables that grow with every car or minute. What grows with the quarters of an hour only may be read as a whole where all
/// of it is asked for.
const LARGE: [&str; 3] = ["crossing", "near_crossing", "coverage"];

thread_local! {
    static ASKED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        let sql = statement.expanded_sql().unwrap_or_else(|| statement.sql().into_owned());
        ASKED.with_borrow_mut(|asked| _ = asked.insert(sql));
    }
}

fn database(folder: &Path) -> Config {
    let file = TomlFile { path: folder.join("cameras.toml"), text: SITE.to_owned() };
    let (config, _) = Config::from_file(file).unwrap();
    let midnight = |day| date(2026, 6, day).to_zoned(config.site.time_zone.clone()).unwrap();
    let plan = Plan { start: midnight(1), end: midnight(12), seed: 1, cars_a_day: None, each_car: false };
    simulate(&config, &plan, &config.site.database, &folder.join("truth")).unwrap();
    config
}

/// Lines of the plan of a statement that read all rows of a large table.
fn scans(connection: &Connection, sql: &str) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = plan.query_map([], |row| row.get::<_, String>(3)).unwrap().map(Result::unwrap);
    let is_scan =
        |line: &String| LARGE.iter().any(|table| line.split(" USING ").next() == Some(&format!("SCAN {table}")));
    // From the end of an index, as far as some rows at most.
    let is_cut = sql.contains("ORDER BY crossing.at_us DESC LIMIT");
    lines.filter(is_scan).filter(|line| !is_cut || !line.contains("USING COVERING INDEX crossing_by_time")).collect()
}

#[test]
fn no_report_reads_all_crossings_or_all_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let config = database(folder.path());
    let zone = &config.site.time_zone;
    let reader = Reader::open(&config.site.database).unwrap();
    reader.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
    for period in ["2026-06-05", "2026-06"] {
        let span = period.parse::<Period>().unwrap().resolve(zone, jiff::Timestamp::UNIX_EPOCH).unwrap();
        ReportDocument::read(&reader, "s", zone, period.to_owned(), span).unwrap();
    }
    reader.occupancy().unwrap();
    Totals::read(&reader, "s", zone, &Filter::default(), Grouping::All).unwrap();
    reader.latest_run().unwrap();
    reader.latest_crossings(50).unwrap();
    reader.crossings_written_last(50).unwrap();
    reader.crossings_after(0, 50).unwrap();
    reader.latest_sight("north").unwrap();
    let asked = ASKED.take();
    assert!(asked.len() > 8, "{asked:?}");
    let sql = Connection::open(&config.site.database).unwrap();
    for question in &asked {
        let found = scans(&sql, question);
        assert!(found.is_empty(), "{found:?} by {question}");
    }
    // It would find one.
    assert_eq!(scans(&sql, "SELECT count(*) FROM crossing").len(), 1);
    assert_eq!(scans(&sql, "SELECT sum(observed_us) FROM coverage").len(), 1);
}
