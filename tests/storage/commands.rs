//! `lotcount db` as an operator types it.
#![cfg(all(feature = "onnx", feature = "video"))]

use std::process::{Command, Output};

use lotcount::store::{Halt, WriterLock, examine};

use crate::place::{Place, SEVEN, entries};

/// A site with a database of 40 crossings, two backups, and two more crossings since.
fn site() -> Place {
    let place = Place::with_site();
    let line = "[[camera.line]]\nname = \"gate\"\na = [0.1, 0.5]\nb = [0.9, 0.5]\nentry = \"main\"\nexit = \"main\"\n";
    let text = format!(
        "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"main\"\n[[camera]]\nname = \"north\"\n\
         source = \"rtsp://192.0.2.1/\"\nmodel = \"{}/models/lotcount-s\"\n{line}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::write(place.file("cameras.toml"), text).unwrap();
    entries(&place.sql(), 30);
    place.backups.make(&place.path, SEVEN, &Halt::never()).unwrap();
    entries(&place.sql(), 10);
    place.backups.make(&place.path, SEVEN.plus_seconds(60.0), &Halt::never()).unwrap();
    entries(&place.sql(), 2);
    place
}

fn lotcount(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lotcount"));
    command.arg("db").args(arguments).arg("--config").arg(place.file("cameras.toml")).env_remove("LOTCOUNT_LOG");
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn check_tells_sizes_and_findings() {
    let place = site();
    let (code, out, err) = lotcount(&place, &["check"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for part in ["lotcount.db: sound\n", "schema: 7 of 7\n", "crossing 42,", "20260615T070100Z.db (2 in all)\n"] {
        assert!(out.contains(part), "{part} is missing:\n{out}");
    }
    let mut bytes = std::fs::read(&place.path).unwrap();
    // A page of rows, none of the schema.
    let page: usize = place
        .sql()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'crossing_by_time'", [], |row| row.get(0))
        .unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xA5);
    std::fs::write(&place.path, &bytes).unwrap();
    let (code, out, _) = lotcount(&place, &["check"]);
    assert_eq!(code, 5, "{out}");
    assert!(out.contains(": 1 finding\n") && out.contains("restores the last backup"), "{out}");
    assert_eq!(std::fs::read(&place.path).unwrap(), bytes, "checking changed it");
    std::fs::write(&place.path, "no database at all").unwrap();
    let (code, out, _) = lotcount(&place, &["check"]);
    assert_eq!(code, 5, "{out}");
    std::fs::remove_file(&place.path).unwrap();
    let (code, _, err) = lotcount(&place, &["check"]);
    assert!(code == 5 && err.contains("there is no database") && err.lines().count() == 1, "{err}");
}

#[test]
fn check_finds_sums_that_are_not_what_the_rows_say() {
    let place = site();
    place.sql().execute("INSERT INTO coverage VALUES (1, 0, 1, 59000000, 0, 720, 360, 1)", []).unwrap();
    assert_eq!(examine(&place.path).unwrap(), [""; 0]);
    place.sql().execute("UPDATE coverage_sum SET observed_us = observed_us + 1 WHERE quarter_us = 0", []).unwrap();
    place.sql().execute("UPDATE volume SET entries = entries + 1", []).unwrap();
    let (code, out, _) = lotcount(&place, &["check"]);
    assert_eq!(code, 5, "{out}");
    for table in ["volume` are not what the crossings", "coverage_sum` are not what the minutes"] {
        assert!(out.contains(table), "{table} is missing:\n{out}");
    }
}

#[test]
fn backup_goes_on_while_another_writes() {
    let place = site();
    let _lock = WriterLock::take(&place.path).unwrap();
    let writing = place.sql();
    writing.execute_batch("BEGIN IMMEDIATE; DELETE FROM crossing").unwrap();
    let (code, out, err) = lotcount(&place, &["backup"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("42 crossings; inside: deck 0, main 42, street 0"), "{out}");
    assert_eq!(place.backup_names().len(), 3);
    let file = place.file("usb stick.db");
    let (code, out, _) = lotcount(&place, &["backup", "--to", file.to_str().unwrap()]);
    assert!(code == 0 && file.exists(), "{out}");
    let (code, _, err) = lotcount(&place, &["backup", "--to", "/nowhere/at/all.db"]);
    assert!(code == 5 && err.contains("/nowhere/at cannot be found"), "{err}");
}

#[test]
fn restore_takes_the_latest_or_a_file_and_keeps_what_was_there() {
    let place = site();
    let (code, out, err) = lotcount(&place, &["restore", "latest"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("40 crossings") && out.contains("was set aside as"), "{out}");
    assert_eq!(place.crossings(), 40);
    let first = place.backups.path().join("lotcount-20260615T070000Z.db");
    let (code, out, _) = lotcount(&place, &["restore", first.to_str().unwrap()]);
    assert_eq!((code, place.crossings()), (0, 30), "{out}");
    let (_, out, _) = lotcount(&place, &["check"]);
    assert_eq!(out.matches("set aside earlier: ").count(), 2, "{out}");

    let (code, _, err) = lotcount(&place, &["restore", place.file("cameras.toml").to_str().unwrap()]);
    assert!(code == 5 && err.contains("cameras.toml is no sound copy of a database"), "{err}");
    let _lock = WriterLock::take(&place.path).unwrap();
    let (code, _, err) = lotcount(&place, &["restore", "latest"]);
    assert!(code == 5 && err.contains("another lotcount is writing"), "{err}");
    assert_eq!(place.crossings(), 30);
}

#[test]
fn restore_without_a_backup_says_so() {
    let place = site();
    std::fs::remove_dir_all(place.backups.path()).unwrap();
    let (code, _, err) = lotcount(&place, &["restore", "latest"]);
    assert!(code == 5 && err.contains("there is no backup in"), "{err}");
    assert_eq!(place.crossings(), 42);
}
