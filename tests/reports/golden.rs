//! Each kind of day in each format, compared with tests/reports/golden.

use std::path::{Path, PathBuf};

use lotcount::report::{Format, ReportDocument, SheetName};
use lotcount::store::AdjustmentKind;

use crate::site::{GATE, Profile, RAMP, Site};
use crate::workbook;

const BERLIN: &str = "Europe/Berlin";

/// Both cameras saw all of it.
fn whole_day(day: &str) -> Site {
    let mut site = Site::since(day, BERLIN);
    site.observed_all_day(day);
    site.traffic(day, "north-gate", "gate", &GATE, |_| true);
    site.traffic(day, "ramp-cam", "ramp", &RAMP, |_| true);
    site
}

pub fn normal_day() -> ReportDocument {
    let mut site = whole_day("2026-06-15");
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-15T00:00", 4, "counted by hand at midnight");
    site.report("2026-06-15", None)
}

pub fn spring_day() -> ReportDocument {
    whole_day("2026-03-29").report("2026-03-29", None)
}

pub fn autumn_day() -> ReportDocument {
    let mut profile: Profile = GATE;
    // The hour that comes twice has a vehicle each time.
    profile[2] = (1, 0);
    let mut site = Site::since("2026-10-25", BERLIN);
    site.observed_all_day("2026-10-25");
    site.traffic("2026-10-25", "north-gate", "gate", &profile, |_| true);
    site.traffic("2026-10-25", "ramp-cam", "ramp", &RAMP, |_| true);
    site.report("2026-10-25", None)
}

/// The gate was blind from nine until half past eleven; nothing is known of the ramp after six in the evening.
pub fn day_with_a_gap() -> ReportDocument {
    let mut site = Site::since("2026-06-15", BERLIN);
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-15T00:00", 4, "counted by hand at midnight");
    site.observed("north-gate", "2026-06-15T00:00", "2026-06-15T09:00");
    site.gap("north-gate", "2026-06-15T09:00", "2026-06-15T11:30", "stalled", "no frame within 5 s");
    site.observed("north-gate", "2026-06-15T11:30", "2026-06-16T00:00");
    site.observed("ramp-cam", "2026-06-15T00:00", "2026-06-15T18:00");
    site.traffic("2026-06-15", "north-gate", "gate", &GATE, |hour| !(9..12).contains(&hour));
    site.traffic("2026-06-15", "ramp-cam", "ramp", &RAMP, |hour| hour < 18);
    site.report("2026-06-15", None)
}

pub fn day_with_adjustments() -> ReportDocument {
    let mut site = whole_day("2026-06-15");
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-15T05:00", 0, "empty: the night watch looked");
    site.adjustment(AdjustmentKind::Set, "=Deck", "2026-06-15T05:00", 0, "empty: the night watch looked");
    site.adjustment(AdjustmentKind::Adjust, "=Deck", "2026-06-15T10:20", 3, "+3 that came over the pavement");
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-15T13:07", 41, "=counted by hand, \"twice\"");
    site.report("2026-06-15", None)
}

pub fn empty_day() -> ReportDocument {
    let mut site = Site::since("2026-06-14", BERLIN);
    site.observed_all_day("2026-06-14");
    site.report("2026-06-14", None)
}

/// A week, in days, with a Sunday on which the machine was off.
pub fn week() -> ReportDocument {
    let mut site = Site::since("2026-06-15", BERLIN);
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-15T00:00", 4, "counted by hand at midnight");
    for day in 15..21 {
        let day = format!("2026-06-{day}");
        site.observed_all_day(&day);
        site.traffic(&day, "north-gate", "gate", &GATE, |_| true);
        site.traffic(&day, "ramp-cam", "ramp", &RAMP, |_| true);
        site.adjustment(AdjustmentKind::Reset, "Yard", &format!("{day}T04:00"), 2, "as configured: every day at 04:00");
    }
    for camera in ["north-gate", "ramp-cam"] {
        site.gap(camera, "2026-06-21T00:00", "2026-06-22T00:00", "not-running", "lotcount was not running");
    }
    site.report("2026-W25", None)
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports/golden").join(name)
}

fn compare(name: &str, found: &str) {
    let path = path(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if found != expected {
        let line = found.lines().zip(expected.lines()).position(|(one, other)| one != other);
        let line = line.unwrap_or(found.lines().count().min(expected.lines().count()));
        let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
        panic!(
            "{name}, line {}:\n found    {}\n expected {}\nlook at it, then UPDATE_GOLDEN=1",
            line + 1,
            at(found),
            at(&expected)
        );
    }
}

fn written(document: &ReportDocument, format: Format) -> String {
    let mut bytes = Vec::new();
    document.write(format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn every_format(name: &str, document: &ReportDocument) {
    compare(&format!("{name}.txt"), &written(document, Format::Text));
    compare(&format!("{name}.json"), &written(document, Format::Json));
    compare(&format!("{name}.html"), &written(document, Format::Html));
    let mut tables = String::new();
    for sheet in SheetName::ALL {
        let mut bytes = Vec::new();
        document.write_csv(sheet, &mut bytes).unwrap();
        tables.push_str(&format!("# {sheet}\n{}", String::from_utf8(bytes).unwrap()));
    }
    compare(&format!("{name}.csv"), &tables);
    compare(&format!("{name}.xlsx.txt"), &workbook::cells(document));
}

#[test]
fn a_normal_day() {
    every_format("normal-day", &normal_day());
}

#[test]
fn the_day_of_23_hours() {
    every_format("spring-day", &spring_day());
}

#[test]
fn the_day_of_25_hours() {
    every_format("autumn-day", &autumn_day());
}

#[test]
fn a_day_with_a_gap() {
    every_format("gap-day", &day_with_a_gap());
}

#[test]
fn a_day_with_adjustments() {
    every_format("adjusted-day", &day_with_adjustments());
}

#[test]
fn an_empty_day() {
    every_format("empty-day", &empty_day());
}

#[test]
fn a_week_with_a_heat_map() {
    every_format("week", &week());
}
