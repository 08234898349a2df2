//! `lotcount occupancy` while nothing is counted.

use std::time::Instant;

use lotcount::count::Direction::{Entry, Exit};
use rusqlite::Connection;

use crate::program::{Folder, PATIENCE};
use crate::site::{MIDNIGHT, SECOND, Site, parsed};

const CONFIG: &str = r#"
[site]
name = "yard"
time_zone = "Europe/Berlin"
[[lot]]
name = "yard"
[[lot]]
name = "deck"
within = "yard"
capacity = 3
[[camera]]
name = "north"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.1, 0.5]
b = [0.9, 0.5]
entry = "deck"
exit = "deck"
"#;

/// With three entries and one exit, half an hour after midnight.
fn counted() -> Folder {
    let folder = Folder::with(CONFIG);
    let mut site = Site::with(&parsed(CONFIG));
    for (second, direction) in [(1, Entry), (2, Entry), (3, Exit), (4, Entry)] {
        site.cross("gate", direction, MIDNIGHT + (1800 + second) * SECOND);
    }
    site.sql().execute("VACUUM INTO ?1", [folder.database().to_str().unwrap()]).unwrap();
    folder
}

#[test]
fn what_is_told_is_shown_with_its_history() {
    let folder = counted();
    let text = folder.succeeds(&["occupancy"]);
    assert!(text.contains("never") && text.contains("unknown"), "{text}");
    let at = "2026-06-15T02:30:02.5";
    let told = folder.succeeds(&["occupancy", "set", "deck", "6", "--reason", "on foot", "--at", at]);
    assert_eq!(told, "deck: 6 inside at 2026-06-15 02:30 +02:00; the true number is told for the first time\n");
    // One out and one in since then.
    let json = folder.json(&["occupancy", "--json"]);
    assert_eq!(json["schema"], "lotcount.occupancy/1");
    let lots: Vec<_> = json["lots"].as_array().unwrap().iter().map(|lot| (&lot["lot"], &lot["inside"])).collect();
    assert_eq!(format!("{lots:?}"), r#"[(String("yard"), Number(2)), (String("deck"), Number(6))]"#);
    let deck = &json["lots"][1];
    assert_eq!(
        (&deck["within"], &deck["available"], &deck["flag"]),
        (&"yard".into(), &(-3).into(), &"over-capacity".into())
    );
    assert_eq!((&deck["since"], &deck["crossings_since"]), (&"2026-06-15T02:30:02+02:00".into(), &2.into()));
    assert!(deck["band_low"].as_i64().unwrap() <= 6 && deck["band_high"].as_i64().unwrap() >= 6, "{deck}");
    assert!(json["lots"][0]["band_low"].is_null(), "nobody knows how many there were at the beginning");

    let told = folder.succeeds(&["occupancy", "adjust", "deck", "-2", "--reason", "two towed", "--by", "Bo"]);
    assert!(told.starts_with("deck: 4 inside at ") && told.ends_with(", -2\n"), "{told}");
    let told = folder.succeeds(&["occupancy", "set", "deck", "3", "--reason", "again"]);
    assert!(told.contains("; counted 4, 1 too many after ") && told.ends_with(" days and 2 crossings\n"), "{told}");
    assert_eq!(folder.json(&["totals", "--json"])["lots"][1]["inside"], 3);

    let history = folder.json(&["occupancy", "history", "deck", "--json"]);
    let rows: Vec<String> = history["adjustments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {} {} {}", row["kind"], row["counted"], row["effect"], row["who"], row["why"]))
        .collect();
    let expected =
        [r#""opening" 2 4 "ann" "on foot""#, r#""adjust" null -2 "Bo" "two towed""#, r#""set" 4 -1 "ann" "again""#];
    assert_eq!(rows, expected);
    let table = folder.succeeds(&["occupancy", "history"]);
    assert!(table.contains("two towed") && table.contains("deck: counted +1 in all, "), "{table}");
    assert_eq!(folder.succeeds(&["occupancy", "history", "yard"]).lines().count(), 1);
    assert_eq!(folder.number("SELECT count(*) FROM adjustment"), 3);
}

#[test]
fn below_zero_is_shown_as_it_is() {
    let folder = counted();
    folder.succeeds(&["occupancy", "adjust", "deck", "-4", "--reason", "left by the back"]);
    let text = folder.succeeds(&["occupancy"]);
    assert!(text.contains("below-zero") && text.contains(" -2 "), "{text}");
    let text = folder.succeeds(&["totals"]);
    assert!(text.contains("below-zero") && text.contains("  deck"), "{text}");
}

#[test]
fn what_makes_no_sense_is_one_clear_line_and_changes_nothing() {
    let folder = counted();
    let reason = ["--reason", "x"];
    let future = ["--at", "2199-01-01"];
    let faults: [(&[&str], i32, &str); 10] = [
        (&["set", "dekc", "3", "--reason", "x"], 2, "error: there is no lot `dekc`; did you mean `deck`?"),
        (&["history", "garage"], 2, "error: there is no lot `garage`; configured: yard, deck"),
        (&["set", "deck", "-1", "--reason", "x"], 2, "error: invalid value '-1' for '<N>'"),
        (&["set", "deck", "many", "--reason", "x"], 2, "error: invalid value 'many' for '<N>'"),
        (&["adjust", "deck", "0", "--reason", "x"], 2, "error: an adjustment by 0 changes nothing"),
        (&["set", "deck", "3"], 2, "error: the following required arguments were not provided:"),
        (&["set", "deck", "3", "--reason", " "], 2, "error: `--reason` is empty"),
        (&["set", "deck", "3", "--reason", "a\nb"], 2, "error: `--reason` holds a control character"),
        (&["set", "deck", "3", reason[0], reason[1], future[0], future[1]], 2, "error: `--at` lies in the future"),
        (
            &["set", "deck", "3", "--reason", "x", "--at", "2026-03-29T02:30"],
            2,
            "error: at 2026-03-29T02:30 the clocks",
        ),
    ];
    for (arguments, expected, part) in faults {
        let (code, out, err) = folder.says(&[&["occupancy"], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(expected), ""), "{arguments:?}: {err}");
        assert!(err.starts_with(part), "{arguments:?}: {err}");
    }
    assert_eq!(folder.number("SELECT count(*) FROM adjustment"), 0);
    assert_eq!(folder.number("SELECT inside FROM occupancy WHERE lot = 'deck'"), 2);
}

#[test]
fn a_database_that_cannot_be_written_says_why() {
    let set = ["occupancy", "set", "deck", "3", "--reason", "x"];
    let empty = Folder::with(CONFIG);
    for arguments in [&["occupancy"][..], &set, &["occupancy", "history"]] {
        let (code, _, err) = empty.says(arguments);
        assert!(code == Some(5) && err.contains("`lotcount run` makes it") && err.lines().count() == 1, "{err}");
    }
    assert!(!empty.database().exists(), "asking makes none");
    let older = Connection::open(empty.database()).unwrap();
    older.execute_batch(include_str!("../../migrations/01-foundation/up.sql")).unwrap();
    older.pragma_update(None, "user_version", 1).unwrap();
    let (code, _, err) = empty.says(&set);
    assert!(code == Some(5) && err.contains("brings it up to date") && err.lines().count() == 1, "{err}");
    let folder = counted();
    folder
        .sql()
        .execute_batch(
            "DELETE FROM volume; DELETE FROM crossing; DELETE FROM line_lot; DELETE FROM line;
         UPDATE lot SET parent_id = NULL; DELETE FROM lot",
        )
        .unwrap();
    let (code, _, err) = folder.says(&set);
    assert!(code == Some(5) && err.contains("knows no lot `deck` yet"), "{err}");
}

#[test]
fn it_waits_for_whoever_is_writing() {
    let folder = counted();
    let other = folder.sql();
    other.execute_batch("PRAGMA journal_mode = wal; BEGIN IMMEDIATE; UPDATE lot SET capacity = 4").unwrap();
    let mut setting = folder.command(&["occupancy", "set", "deck", "2", "--reason", "x"]);
    let mut setting = setting.stdout(std::process::Stdio::null()).spawn().unwrap();
    // It has opened the database, and cannot be done.
    let begun = Instant::now();
    let open = format!("/proc/{}/fd", setting.id());
    let has_opened = || {
        let files = std::fs::read_dir(&open).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|path| path.ends_with("lotcount.db-wal"))
    };
    while !has_opened() {
        assert!(begun.elapsed() < PATIENCE && setting.try_wait().unwrap().is_none(), "it never opened the database");
        std::thread::yield_now();
    }
    other.execute_batch("COMMIT").unwrap();
    assert!(setting.wait().unwrap().success());
    assert_eq!(folder.number("SELECT inside FROM occupancy WHERE lot = 'deck'"), 2);
}
