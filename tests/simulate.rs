//! A simulated site, of which everything is known: what views and readers say is exactly the simulator's own truth.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::civil::Date;
use lotcount::config::Config;
use lotcount::diagnostics::TomlFile;
use lotcount::report::{Period, ReportDocument};
use lotcount::simulate::{Plan, Simulated, SimulationError, simulate};
use lotcount::store::{Filter, Reader, StoreError};
use lotcount::time::UtcMicros;
use rusqlite::Connection;
use serde_json::Value;

/// A car park whose deck is reached over a ramp from the main lot only; both make up the site.
const SITE: &str = r#"
site = { name = "simulated", time_zone = "Europe/Berlin" }
lot = [
    { name = "site" },
    { name = "main", capacity = 60, within = "site" },
    { name = "deck", capacity = 30, within = "site", reset = [{ at = "02:30", days = ["sun"], overnight = 2 }] },
]
[[camera]]
name = "north"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.0, 0.5]
b = [1.0, 0.5]
entry = "main"
exit = "main"
[[camera.line]]
name = "back door"
a = [0.0, 0.9]
b = [1.0, 0.9]
exit = "main"
[[camera]]
name = "ramp"
source = "rtsp://192.0.2.2/"
[[camera.line]]
name = "ramp"
a = [0.0, 0.5]
b = [1.0, 0.5]
entry = "deck"
exit = "deck"
other_side = "main"
"#;

const QUARTER_US: i64 = 900_000_000;
/// The clocks go forward on the third day.
const FIRST: Date = Date::constant(2026, 3, 27);
const DAYS: i64 = 16;

/// The one that is only read.
static ONE: LazyLock<Site> = LazyLock::new(|| Site::new(1));

struct Site {
    folder: tempfile::TempDir,
    config: Config,
    written: Simulated,
}

impl Site {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
        let (config, _) = Config::from_file(file).unwrap_or_else(|report| panic!("{report}"));
        let plan = plan(&config, seed);
        let written =
            simulate(&config, &plan, &folder.path().join("lotcount.db"), &folder.path().join("truth")).unwrap();
        Self { folder, config, written }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("lotcount.db")
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.database()).unwrap()
    }

    fn sql(&self) -> Connection {
        Connection::open(self.database()).unwrap()
    }

    /// Rows of a file of the truth, by the names of the columns.
    fn truth(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let path = self.folder.path().join("truth").join(name);
        csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
    }

    fn summary(&self) -> Value {
        serde_json::from_slice(&fs::read(self.folder.path().join("truth/truth.json")).unwrap()).unwrap()
    }
}

fn plan(config: &Config, seed: u64) -> Plan {
    let midnight = |day: Date| day.to_zoned(config.site.time_zone.clone()).unwrap();
    let end = midnight(FIRST.checked_add(jiff::Span::new().days(DAYS)).unwrap());
    Plan { start: midnight(FIRST), end, seed, cars_a_day: None, each_car: true }
}

fn number(row: &BTreeMap<String, String>, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} in {row:?}"))
}

/// Every row of a query: words, then numbers.
fn rows<const WORDS: usize, const NUMBERS: usize>(
    sql: &Connection,
    query: &str,
) -> Vec<([String; WORDS], [i64; NUMBERS])> {
    let mut statement = sql.prepare(query).unwrap();
    let rows = statement.query_map([], |row| {
        Ok((
            std::array::from_fn(|index| row.get(index).unwrap()),
            std::array::from_fn(|index| row.get(WORDS + index).unwrap()),
        ))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn volumes_are_what_was_counted() {
    let site = &*ONE;
    let sql = site.sql();
    let mut expected: Vec<([String; 3], [i64; 3])> = site
        .truth("line_quarters.csv")
        .iter()
        .map(|row| {
            let words = ["camera", "line", "class"].map(|column| row[column].clone());
            (words, ["quarter_us", "entries", "exits"].map(|column| number(row, column)))
        })
        .filter(|(_, [_, entries, exits])| entries + exits > 0)
        .collect();
    expected.sort();
    let mut found = rows(
        &sql,
        "SELECT camera.name, line.name, class, part_us / 900000000 * 900000000 AS quarter, sum(entries), sum(exits)
         FROM volume JOIN line ON line.id = line_id JOIN camera ON camera.id = camera_id GROUP BY 1, 2, 3, 4",
    );
    found.sort();
    assert!(expected.len() > 4_000, "{}", expected.len());
    assert_eq!(found, expected);

    let lots = site.truth("lot_quarters.csv");
    let mut expected: Vec<([String; 1], [i64; 3])> = lots
        .iter()
        .map(|row| ([row["lot"].clone()], ["quarter_us", "entries", "exits"].map(|column| number(row, column))))
        .filter(|(_, [_, entries, exits])| entries + exits > 0)
        .collect();
    expected.sort();
    let mut found = rows(&sql, "SELECT lot, quarter_us, entries, exits FROM quarter_lot_volume");
    found.sort();
    assert_eq!(found, expected);

    let crossings = i64::try_from(site.written.crossings).unwrap();
    assert_eq!(rows::<0, 1>(&sql, "SELECT count(*) FROM crossing")[0].1, [crossings]);
    assert_eq!(site.summary()["passages"]["counted"], crossings);
}

#[test]
fn occupancy_is_exact_at_every_quarter_of_an_hour() {
    let site = &*ONE;
    let reader = site.reader();
    let lots = site.truth("lot_quarters.csv");
    assert_eq!(lots.len() as i64, 3 * (DAYS * 96 - 4));
    for row in &lots {
        let end = UtcMicros(number(row, "quarter_us") + QUARTER_US);
        let found = reader.occupancy_at(&row["lot"], UtcMicros(end.0 - 1)).unwrap();
        assert_eq!(found, Some(number(row, "inside")), "{row:?}");
    }
    // The site is its parts, really; as counted, each is corrected by itself.
    for quarter in lots.chunks(3) {
        let inside = |lot: usize| number(&quarter[lot], "inside_true");
        assert_eq!(inside(0), inside(1) + inside(2), "{quarter:?}");
    }
    let summary = site.summary();
    for (lot, truth) in reader.occupancy().unwrap().iter().zip(["deck", "main", "site"]) {
        let expected = summary["lots"].as_array().unwrap().iter().find(|lot| lot["lot"] == truth).unwrap();
        assert_eq!((lot.lot.as_str(), lot.inside), (truth, expected["inside"].as_i64().unwrap()));
    }
}

#[test]
fn corrections_have_moved_what_they_were_to_move() {
    let site = &*ONE;
    let corrections = site.truth("adjustments.csv");
    let found = site.reader().adjustments(&Filter::default()).unwrap();
    assert_eq!(found.len(), corrections.len());
    let kinds: Vec<&str> = found.iter().map(|adjustment| adjustment.kind.name()).collect();
    assert!(["opening", "set", "adjust", "reset"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    for (row, adjustment) in corrections.iter().zip(&found) {
        assert_eq!((adjustment.lot.as_str(), adjustment.at.0), (row["lot"].as_str(), number(row, "at_us")));
        assert_eq!(adjustment.effect, number(row, "after") - number(row, "before"), "{row:?}");
        if adjustment.kind.is_absolute() {
            assert_eq!(adjustment.counted, Some(number(row, "before")), "{row:?}");
            assert_eq!(adjustment.before, number(row, "before"), "as it was recorded: {row:?}");
            let told = if row["kind"] == "reset" { 2 } else { number(row, "truth") };
            assert_eq!(number(row, "after"), told, "{row:?}");
        }
    }
    // Cars are missed: there is something to correct.
    assert!(found.iter().filter(|adjustment| adjustment.kind.name() == "set" && adjustment.effect != 0).count() > 2);
}

#[test]
fn coverage_and_gaps_are_what_was_seen() {
    let site = &*ONE;
    let reader = site.reader();
    let found: Vec<(i64, String, i64, i64)> = reader
        .coverage(&Filter::default())
        .unwrap()
        .into_iter()
        .map(|row| (row.quarter.0, row.camera, row.observed_us as i64, row.degraded_us as i64))
        .collect();
    let mut expected: Vec<(i64, String, i64, i64)> = site
        .truth("coverage_quarters.csv")
        .iter()
        .map(|row| {
            let number = |column: &str| number(row, column);
            (number("quarter_us"), row["camera"].clone(), number("observed_us"), number("degraded_us"))
        })
        .filter(|(_, _, observed, _)| *observed > 0)
        .collect();
    expected.sort();
    assert_eq!(found, expected);
    assert!(expected.iter().any(|row| row.2 < QUARTER_US) && expected.iter().any(|row| row.3 > 0));

    let mut gaps: Vec<(String, i64, i64, String)> = site
        .truth("gaps.csv")
        .iter()
        .map(|row| (row["camera"].clone(), number(row, "from_us"), number(row, "until_us"), row["reason"].clone()))
        .collect();
    gaps.sort();
    let mut found: Vec<(String, i64, i64, String)> = reader
        .gaps(&Filter::default())
        .unwrap()
        .into_iter()
        .map(|gap| (gap.camera, gap.from.0, gap.until.0, gap.reason))
        .collect();
    found.sort();
    assert!(gaps.len() > 4);
    assert_eq!(found, gaps);
}

#[test]
fn the_truth_agrees_with_itself() {
    let site = &*ONE;
    let (summary, cars, passages) = (site.summary(), site.truth("cars.csv"), site.truth("passages.csv"));
    assert_eq!(summary["cars"], cars.len());
    assert_eq!(site.written.cars, cars.len() as u64);
    let came = cars.iter().filter(|car| !car["entered_us"].is_empty()).count();
    let went = cars.iter().filter(|car| !car["left_us"].is_empty()).count();
    let of_site = &summary["lots"][0];
    assert_eq!((of_site["lot"].as_str(), of_site["exits_true"].as_u64()), (Some("site"), Some(went as u64)));
    // Some are between the gate and the deck at the end.
    let entered = of_site["entries_true"].as_u64().unwrap() as usize;
    assert!((came..came + 3).contains(&entered), "{entered} entered, {came} parked");
    assert!(cars.iter().all(|car| {
        let time = |column: &str| car[column].parse::<i64>().ok();
        time("entered_us").zip(time("left_us")).is_none_or(|(came, went)| came < went)
    }));
    for outcome in ["counted", "missed", "blind"] {
        let number = passages.iter().filter(|passage| passage["outcome"] == outcome).count();
        assert!(number > 0, "{outcome}");
        assert_eq!(summary["passages"][outcome], number);
    }
    assert!(summary["turned_away"].as_u64().unwrap() > 0, "the lots were never full");
    assert!(passages.iter().any(|passage| passage["line"] == "back door"));
}

#[test]
fn reports_of_days_are_the_sums_of_the_truth() {
    let site = &*ONE;
    let (reader, zone) = (site.reader(), &site.config.site.time_zone);
    let lots = site.truth("lot_quarters.csv");
    let mut day = FIRST;
    for _ in 0..DAYS {
        let span = Period::Day(day).resolve(zone, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let (start, end) = (span.0.timestamp().as_microsecond(), span.1.timestamp().as_microsecond());
        let document = ReportDocument::read(&reader, "simulated", zone, day.to_string(), span).unwrap();
        assert_eq!(document.lots.len(), 3);
        for row in document.lots.iter().map(|row| &row.figures) {
            let is_lot = |lot: &&BTreeMap<String, String>| lot["lot"] == row.lot;
            let of_day: Vec<_> =
                lots.iter().filter(is_lot).filter(|lot| (start..end).contains(&number(lot, "quarter_us"))).collect();
            let sum = |column: &str| of_day.iter().map(|lot| number(lot, column)).sum::<i64>();
            assert_eq!((row.entries as i64, row.exits as i64), (sum("entries"), sum("exits")), "{day} {}", row.lot);
            let inside = row.inside.as_ref().unwrap();
            let before = lots.iter().filter(is_lot).rfind(|lot| number(lot, "quarter_us") < start);
            let opening = before.map_or(0, |lot| number(lot, "inside"));
            let closing = number(of_day.last().unwrap(), "inside");
            let expected = (opening, sum("adjusted"), closing);
            assert_eq!((inside.opening, inside.adjusted, inside.closing), expected, "{day} {}", row.lot);
        }
        let gaps = site.truth("gaps.csv");
        let touching = gaps.iter().filter(|gap| number(gap, "from_us") < end && number(gap, "until_us") > start);
        assert_eq!(document.gaps.len(), touching.count(), "{day}");
        day = day.tomorrow().unwrap();
    }
}

#[test]
fn a_seed_gives_the_same_rows_and_another_gives_others() {
    let (same, other) = (Site::new(1), Site::new(2));
    let bytes = |site: &Site, name: &str| fs::read(site.folder.path().join(name)).unwrap();
    for name in ["lotcount.db", "truth/truth.json", "truth/passages.csv", "truth/cars.csv", "truth/adjustments.csv"] {
        assert!(bytes(&ONE, name) == bytes(&same, name), "{name}");
        assert!(bytes(&ONE, name) != bytes(&other, name), "{name}");
    }
}

#[test]
fn a_database_that_is_there_is_left_alone() {
    let site = &*ONE;
    let before = fs::read(site.database()).unwrap();
    let again = simulate(&site.config, &plan(&site.config, 2), &site.database(), Path::new("/nowhere"));
    assert!(matches!(again, Err(SimulationError::Store(StoreError::Exists { .. }))), "{again:?}");
    assert!(fs::read(site.database()).unwrap() == before);
    let mut config = site.config.clone();
    config.cameras.iter_mut().flat_map(|camera| &mut camera.lines).for_each(|line| line.exit = None);
    let nowhere = simulate(&config, &plan(&config, 1), &site.folder.path().join("new.db"), Path::new("/nowhere"));
    assert!(matches!(nowhere, Err(SimulationError::NoWay)), "{nowhere:?}");
    assert!(!site.folder.path().join("new.db").exists());
}
