//! scripts/export-report, which needs no lotcount.

use std::fs::File;
use std::process::Command;

use jiff::civil::date;

use crate::site::{Site, files, said};

fn export_report(site: &Site, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/export-report"));
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").arg(site.database()).arg("Europe/Berlin");
    said(command.arg(site.path("shell")).args(arguments).output().unwrap())
}

/// Camera, line, entries, exits of every row of a file, with the start of the hour.
fn counts(text: &str, columns: [usize; 5]) -> Vec<String> {
    let rows = text.lines().skip(1).map(|row| row.trim_end().split(',').collect::<Vec<_>>());
    rows.map(|row| columns.map(|column| row[column]).join(",")).collect()
}

#[test]
fn the_script_says_what_the_program_says() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        let text = b"skipped: there is no sqlite3, so scripts/export-report is not tested\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), text);
        return;
    }
    for (first, last, hours) in [(date(2026, 3, 28), "2026-03-30", 23), (date(2026, 10, 24), "2026-10-26", 25)] {
        let site = Site::new(first, 3);
        std::fs::create_dir(site.path("shell")).unwrap();
        let first = first.to_string();
        // Until before the day after the last.
        site.exports(&["--until", &last.parse::<jiff::civil::Date>().unwrap().tomorrow().unwrap().to_string()]);
        assert_eq!(export_report(&site, &[&first, last]), (0, String::new()));
        let shell = files(&site.path("shell"));
        let names: Vec<String> = shell.keys().filter(|name| !name.starts_with('.')).cloned().collect();
        assert_eq!(names, site.names());
        for name in &names {
            let own = std::fs::read_to_string(site.path("shell").join(name)).unwrap();
            let mut expected: Vec<String> = site
                .read(name)
                .lines()
                .map(|row| row.replacen("+01:00", "", 1).replacen("+02:00", "", 1))
                .skip(1)
                .map(|row| row.split(',').collect::<Vec<_>>().join(","))
                .collect();
            expected.sort();
            let mut expected = counts(&format!("header\n{}", expected.join("\n")), [0, 2, 3, 4, 5]);
            let seconds = |row: &String| row.replacen(":00:00,", ":00,", 1);
            expected = expected.iter().map(seconds).collect();
            let mut found = counts(&own, [1, 2, 3, 4, 5]);
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{name}");
        }
        let switch = std::fs::read_to_string(site.path("shell").join(&names[1])).unwrap();
        assert_eq!(switch.lines().count(), 1 + 2 * hours, "{switch}");

        // The same night twice, and two at a time.
        assert_eq!(export_report(&site, &[&first, last]), (0, String::new()));
        assert!(files(&site.path("shell")) == shell);
        let lock = File::open(site.path("shell/.export-report.lock")).unwrap();
        lock.lock().unwrap();
        let (code, text) = export_report(&site, &[&first, last]);
        assert!(code == 9 && text.contains("still running"), "{code} {text}");
    }
}

#[test]
fn the_script_says_what_is_wrong() {
    let site = Site::new(date(2026, 6, 1), 2);
    let (code, text) = export_report(&site, &[]);
    assert!(code == 1 && text.contains("make it, or mount it") && text.lines().count() == 1, "{code} {text}");
    std::fs::create_dir(site.path("shell")).unwrap();
    let (code, text) = export_report(&site, &["yesteryear"]);
    assert!(code == 2 && text.contains("yesteryear"), "{code} {text}");
    std::fs::write(site.database(), "no database").unwrap();
    let (code, text) = export_report(&site, &["2026-06-01", "2026-06-01"]);
    assert!(code == 1 && text.contains("cannot be read"), "{code} {text}");
    let left: Vec<_> = files(&site.path("shell")).into_keys().collect();
    assert_eq!(left, [".export-report.lock"], "no part of a file stays");
}
