//! Rows that come when their day was exported already, and files that are not as they were left.

use jiff::civil::{Date, date};

use crate::site::{Site, files, midnight};

const FIRST: Date = date(2026, 6, 1);
const ALL: [&str; 2] = ["--until", "2026-06-06"];

#[test]
fn a_day_that_changes_gets_a_revision_and_the_earlier_one_is_kept() {
    let site = Site::new(FIRST, 5);
    site.exports(&ALL);
    let before = site.files();
    site.late_car(midnight(date(2026, 6, 2)) + 40_000_000_000);
    site.exports(&ALL);
    let after = site.files();
    let changed: Vec<&String> = after.keys().filter(|name| after[*name] != before[*name]).collect();
    assert_eq!(changed, ["2026-06-02.csv"]);
    let text = site.read("2026-06-02.csv");
    assert!(text.lines().skip(1).all(|row| row.ends_with(",2")), "{text}");
    let earlier = files(&site.out().join("earlier"));
    assert_eq!(earlier.keys().collect::<Vec<_>>(), ["2026-06-02.r1.csv"]);
    assert!(earlier["2026-06-02.r1.csv"].0 == before["2026-06-02.csv"].0);

    site.exports(&ALL);
    assert_eq!(site.files(), after, "the same rows");
    site.late_car(midnight(date(2026, 6, 2)) + 41_000_000_000);
    site.exports(&ALL);
    assert!(site.read("2026-06-02.csv").contains(",3\n"));
    assert_eq!(files(&site.out().join("earlier")).len(), 2);
}

#[test]
fn only_the_latest_days_are_looked_at_again() {
    let site = Site::new(FIRST, 5);
    site.exports(&ALL);
    let before = site.files();
    site.late_car(midnight(date(2026, 6, 2)) + 40_000_000_000);
    site.exports(&["--until", "2026-06-06", "--amend-days", "3"]);
    assert_eq!(site.files(), before);
    site.exports(&["--until", "2026-06-06", "--amend-days", "4"]);
    assert_ne!(site.files(), before);
}

#[test]
fn files_that_were_taken_away_stay_away_until_their_day_changes() {
    let site = Site::new(FIRST, 5);
    site.exports(&ALL);
    for name in site.names() {
        std::fs::remove_file(site.out().join(name)).unwrap();
    }
    site.exports(&ALL);
    assert!(site.names().is_empty(), "whoever collects them has them");
    site.late_car(midnight(date(2026, 6, 4)) + 40_000_000_000);
    site.exports(&ALL);
    assert_eq!(site.names(), ["2026-06-04.csv"]);
    assert!(site.read("2026-06-04.csv").contains(",2\n"));
    site.exports(&["--day", "2026-06-03"]);
    assert!(site.read("2026-06-03.csv").contains(",1\n"));
}

#[test]
fn a_file_of_somebody_else_is_kept_aside() {
    let site = Site::new(FIRST, 5);
    std::fs::write(site.out().join("2026-06-03.csv"), "mine\n").unwrap();
    site.exports(&ALL);
    assert!(site.read("2026-06-03.csv").starts_with("start,end,"));
    let earlier = files(&site.out().join("earlier"));
    let (name, (bytes, _)) = earlier.first_key_value().unwrap();
    assert!(name.starts_with("2026-06-03.found-") && bytes == b"mine\n", "{name}");
}
