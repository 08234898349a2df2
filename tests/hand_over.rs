//! The snippets of docs/hand-over.md, each run as it stands there on a site of which everything is known. Those for pandas and
//! DuckDB need a Python that has them: LOTCOUNT_HAND_OVER_PYTHON, or python3. Without it they are skipped, loudly.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use lotcount::config::Config;
use lotcount::diagnostics::TomlFile;
use lotcount::report::{Format, Period, ReportDocument};
use lotcount::simulate::{Plan, simulate};
use lotcount::store::{Filter, Reader};

const SITE: &str = r#"
site = { name = "s", time_zone = "Europe/Berlin" }
lot = [{ name = "main", capacity = 30 }]
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

const FIRST: Date = date(2026, 3, 27);
const DAYS: i64 = 5;

struct Place {
    folder: tempfile::TempDir,
    /// Day, entries, exits, as counted; the clocks change on the third day.
    days: Vec<(String, u64, u64)>,
}

/// A database with its daily files in `reports`.
static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("lotcount.db");
    let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
    let (config, _) = Config::from_file(file).unwrap();
    let zone = &config.site.time_zone;
    let midnight = |day: i64| FIRST.checked_add(day.days()).unwrap().to_zoned(zone.clone()).unwrap();
    let plan = Plan { start: midnight(0), end: midnight(DAYS), seed: 3, cars_a_day: None, each_car: false };
    simulate(&config, &plan, &database, &folder.path().join("truth")).unwrap();
    std::fs::create_dir(folder.path().join("reports")).unwrap();
    let reader = Reader::open(&database).unwrap();
    let mut days = Vec::new();
    for day in (0..DAYS).map(|day| midnight(day).date()) {
        let span = Period::Day(day).resolve(zone, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let (since, until) = (Some(span.0.timestamp().into()), Some(span.1.timestamp().into()));
        let volumes = reader.line_volumes(&Filter { since, until, ..Filter::default() }).unwrap();
        let sums = volumes.iter().fold((0, 0), |sum, volume| (sum.0 + volume.entries, sum.1 + volume.exits));
        days.push((day.to_string(), sums.0, sums.1));
        let mut bytes = Vec::new();
        let document = ReportDocument::read(&reader, "s", zone, day.to_string(), span).unwrap();
        document.write(Format::Csv, &mut bytes).unwrap();
        std::fs::write(folder.path().join(format!("reports/{day}.csv")), bytes).unwrap();
    }
    assert!(days.iter().all(|(_, entries, exits)| *entries > 50 && *exits > 50), "{days:?}");
    Place { folder, days }
});

/// Snippets of one language, in the order of the page.
fn snippets(language: &str) -> Vec<&'static str> {
    let page = include_str!("../docs/hand-over.md");
    let mut parts = page.split("\n```");
    parts.next();
    let snippets = parts.step_by(2).filter_map(|part| part.strip_prefix(language)?.strip_prefix('\n'));
    snippets.collect()
}

fn run(command: &mut Command) -> String {
    let output = command.current_dir(PLACE.folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && text.is_empty(), "{command:?}: {text}");
    String::from_utf8(output.stdout).unwrap()
}

/// Lines of numbers after the header, without carriage returns.
fn rows(text: &str) -> Vec<String> {
    text.lines().skip(1).map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn local_days() -> Vec<String> {
    PLACE.days.iter().map(|(day, entries, exits)| format!("{day},{entries},{exits}")).collect()
}

fn skip(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}, so the snippets of docs/hand-over.md for it are not run");
}

#[test]
fn snippets_for_sqlite3() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        return skip("there is no sqlite3 (apt-get install sqlite3)");
    }
    let all = snippets("sh");
    assert_eq!(all.len(), 3);
    let said: Vec<String> = all.iter().map(|snippet| run(Command::new("sh").args(["-euc", snippet]))).collect();
    let sum = |rows: &[String], column: usize| -> u64 {
        rows.iter().map(|row| row.split(',').nth(column).unwrap().parse::<u64>().unwrap()).sum()
    };
    let entries: u64 = PLACE.days.iter().map(|day| day.1).sum();
    assert_eq!(sum(&rows(&said[0]), 1), entries);
    let quarters = rows(&said[1]);
    assert_eq!(sum(&quarters, 2), entries);
    assert!(
        quarters.iter().all(|row| row.ends_with(",1.0") || row.contains(",0.") || row.ends_with(',')),
        "{quarters:?}"
    );
    assert_eq!(rows(&said[2]), local_days());
}

/// One that can import the module.
fn python(module: &str) -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("LOTCOUNT_HAND_OVER_PYTHON").unwrap_or("python3".into()));
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    match found {
        Ok(output) if output.status.success() => Some(python),
        _ => {
            skip(&format!("{} has no {module} (LOTCOUNT_HAND_OVER_PYTHON names another one)", python.display()));
            None
        }
    }
}

fn python_snippets(python: &Path, module: &str) -> Vec<String> {
    let imports = format!("import {module}\n");
    let all = snippets("python").into_iter().filter(|snippet| snippet.contains(&imports));
    all.map(|snippet| run(Command::new(python).args(["-W", "error", "-c", snippet]))).collect()
}

#[test]
fn snippets_for_pandas() {
    let Some(python) = python("pandas") else { return };
    let said = python_snippets(&python, "pandas");
    assert_eq!(said.len(), 2);
    assert_eq!(rows(&said[0]), local_days());
    let busiest = rows(&said[1]);
    assert_eq!(busiest.len(), 5, "{busiest:?}");
    assert!(busiest.iter().all(|row| row.contains("day ")), "{busiest:?}");
}

#[test]
fn snippets_for_duckdb() {
    let Some(python) = python("duckdb") else { return };
    let said = python_snippets(&python, "duckdb");
    assert_eq!(said.len(), 2);
    assert_eq!(rows(&said[0]), local_days());
    let sums = |of: fn(&(String, u64, u64)) -> u64| PLACE.days.iter().map(of).sum::<u64>();
    let steps = DAYS * 24 - 1;
    let expected = format!("[({steps}, {}, {})]", sums(|day| day.1), sums(|day| day.2));
    assert_eq!(said[1].trim(), expected);
    assert!(PLACE.folder.path().join("reports.parquet").exists());
}
