//! The disk under the database fails in every way that can be made to happen. Whatever it is: the rows in the end are those of
//! a run in which nothing failed.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;

use crate::site::{Outcome, Site, names};

static UNDISTURBED: LazyLock<Outcome> = LazyLock::new(|| {
    let site = Site::new();
    let (code, log) = site.run(&[]);
    assert_eq!(code, Some(0), "{log}");
    let outcome = site.outcome("undisturbed");
    assert_eq!(outcome.crossings.len(), 2, "{outcome:?}");
    outcome
});

/// What the program says when it begins to count, when it can write no more, and when it can again.
const BEGINS: &str = "of 1 cameras into";
const FAILS: &str = "wait in memory";
const RECOVERS: &str = "the database takes rows again";

/// Tries 1, 2, 3 ... on two threads until one says that there was nothing left to fail; how many there were.
fn each(attempt: impl Fn(u64) -> bool + Sync) -> u64 {
    let (next, done) = (AtomicU64::new(1), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    if !attempt(next.fetch_add(1, Ordering::Relaxed)) {
                        done.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    next.into_inner() - 1
}

/// How many writes and syncs there were.
fn count(site: &Site) -> u64 {
    fs::read(site.path("count")).map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
}

#[test]
fn whichever_write_or_sync_fails_once_nothing_is_lost_or_doubled() {
    let tried = each(|n| {
        let site = Site::new();
        let fault = [("FAULT_NTH", n.to_string()), ("FAULT_COUNT", site.path("count").display().to_string())];
        let (code, log) = site.run(&fault);
        let what = format!("operation {n} failed; the log of that run:\n{log}");
        let outcome = match code {
            Some(0) => site.outcome(&what),
            // It could not begin, or not write to the end.
            Some(5) => site.finished(&what),
            other => panic!("it ended with {other:?}: {what}"),
        };
        assert_eq!(outcome, *UNDISTURBED, "{what}");
        count(&site) >= n
    });
    assert!(tried > 100, "only {tried} operations");
    println!("{tried} operations");
}

/// A database of the first schema, with 30 crossings of another camera and lot.
fn old_database(site: &Site) {
    let old = Connection::open(site.database()).unwrap();
    old.execute_batch(include_str!("../../migrations/01-foundation/up.sql")).unwrap();
    old.execute_batch(
        "PRAGMA journal_mode = wal; PRAGMA user_version = 1;
         INSERT INTO run VALUES (1, 0, NULL, 'old', '');
         INSERT INTO camera VALUES (1, 'old');
         INSERT INTO lot VALUES (1, 'old', 30);
         INSERT INTO line VALUES (1, 1, 'old', 0, 0, 1, 1, 1, 1, NULL);
         INSERT INTO session (id, run_id, camera_id, began_at_us, counts, source, model_name, model_sha256)
             VALUES (1, 1, 1, 0, 1, '', '', '');
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
         INSERT INTO crossing SELECT i, 1, 1, i, 1, 1, 'entry', unixepoch() * 1000000 + i, 'car', 'both_sides', 1, 0.5, '{}' FROM n;
         INSERT INTO movement SELECT id, 1, 1 FROM crossing;",
    )
    .unwrap();
}

/// Killed before each single write of opening an old database and bringing its schema up to date. There is nothing to count, so
/// that it takes no longer than it must.
#[test]
fn an_upgrade_that_is_killed_anywhere_is_made_good_by_the_next_start() {
    let migrations = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().count();
    let tried = each(|n| {
        let site = Site::new();
        old_database(&site);
        let config = fs::read_to_string(site.path("cameras.toml")).unwrap();
        fs::write(site.path("cameras.toml"), config.replace("faults.avi", "missing.avi")).unwrap();
        let mut run = site.start(&[("FAULT_KILL_NTH", n.to_string())]);
        let began = run.says(BEGINS);
        let (_, log) = run.wait();
        let what = format!("killed before operation {n}; the log of that run:\n{log}");
        let (code, log) = site.run(&[]);
        assert_eq!(code, Some(6), "the recording is missing\n{log}\n{what}");
        let text = |sql: &str| -> String {
            Connection::open(site.database()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(text("SELECT user_version || '' FROM pragma_user_version"), migrations.to_string(), "{what}");
        let counted = "SELECT inside || ' ' || (SELECT count(*) FROM crossing_detail) FROM occupancy WHERE lot = 'old'";
        assert_eq!(text(counted), "30 30", "{what}");
        assert_eq!(text("PRAGMA integrity_check"), "ok", "{what}");
        let backups = names(&site.path("backups")).into_iter().filter(|name| name.ends_with(".db")).count();
        assert!(backups > 0, "no backup was made before the upgrade: {what}");
        !began
    });
    assert!(tried > 30, "only {tried} operations");
    println!("{tried} kills");
}

#[test]
fn a_full_disk_delays_rows_until_there_is_room() {
    let site = Site::new();
    let full = site.path("full");
    let mut run = site.start(&[("FAULT_FULL", full.display().to_string())]);
    run.wait_for(BEGINS);
    fs::write(&full, "").unwrap();
    run.wait_for(FAILS);
    fs::remove_file(&full).unwrap();
    run.wait_for(RECOVERS);
    let (code, log) = run.wait();
    assert_eq!((code, site.outcome("full")), (Some(0), UNDISTURBED.clone()), "{log}");
}

#[test]
fn what_a_full_disk_never_takes_waits_elsewhere_for_the_next_start() {
    let site = Site::new();
    let full = site.path("full");
    let mut run = site.start(&[("FAULT_FULL", full.display().to_string())]);
    run.wait_for(BEGINS);
    fs::write(&full, "").unwrap();
    let (code, log) = run.wait();
    assert_eq!(code, Some(5), "{log}");
    assert_eq!(site.unsaved().len(), 1, "{log}");
    // Still full: nothing is lost by trying.
    let (code, log) = site.run(&[("FAULT_FULL", full.display().to_string())]);
    assert_eq!(code, Some(5), "{log}");
    assert_eq!(site.finished("full to the end"), *UNDISTURBED);
}

#[test]
fn a_lock_of_another_process_delays_rows() {
    let site = Site::new();
    let mut run = site.start(&[]);
    run.wait_for(BEGINS);
    let other = Connection::open(site.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    run.wait_for(FAILS);
    other.execute_batch("ROLLBACK").unwrap();
    run.wait_for(RECOVERS);
    let (code, log) = run.wait();
    assert_eq!((code, site.outcome("locked")), (Some(0), UNDISTURBED.clone()), "{log}");
}

#[test]
fn a_medium_that_becomes_read_only_delays_rows() {
    let site = Site::new();
    let read_only = site.path("read-only");
    let fault = [("FAULT_READONLY", read_only.display().to_string())];
    let mut run = site.start(&fault);
    run.wait_for(BEGINS);
    fs::write(&read_only, "").unwrap();
    run.wait_for(FAILS);
    fs::remove_file(&read_only).unwrap();
    let (code, log) = run.wait();
    assert_eq!((code, site.outcome("read-only")), (Some(0), UNDISTURBED.clone()), "{log}");
}

#[test]
fn a_start_on_a_read_only_medium_says_what_to_do() {
    let site = Site::new();
    fs::write(site.path("read-only"), "").unwrap();
    let fault = [("FAULT_READONLY", site.path("read-only").display().to_string())];
    let says = |when: &str| {
        let (code, log) = site.run(&fault);
        assert_eq!(code, Some(5), "{when}\n{log}");
        assert!(log.contains("read-only for this user") && log.lines().count() == 1, "{when}\n{log}");
    };
    says("nothing there yet");
    assert_eq!(site.finished("now it can be written"), *UNDISTURBED);
    says("a database is there");
    assert_eq!(site.finished("again"), *UNDISTURBED);
}

#[test]
fn a_missing_folder_is_named_at_the_start_and_waited_for_later() {
    let site = Site::new();
    let away = site.path("away");
    fs::rename(site.data(), &away).unwrap();
    let (code, log) = site.run(&[]);
    assert!(code == Some(5) && log.contains("does not exist: make it") && log.lines().count() == 1, "{log}");
    fs::rename(&away, site.data()).unwrap();
    let mut run = site.start(&[]);
    run.wait_for(BEGINS);
    fs::rename(site.data(), &away).unwrap();
    run.wait_for(FAILS);
    fs::rename(&away, site.data()).unwrap();
    let (code, log) = run.wait();
    assert_eq!((code, site.outcome("away and back")), (Some(0), UNDISTURBED.clone()), "{log}");
}

#[test]
fn a_database_that_is_deleted_while_it_counts_is_written_back() {
    for with_wal in [false, true] {
        let site = Site::new();
        let mut run = site.start(&[]);
        run.wait_for(BEGINS);
        fs::remove_file(site.database()).unwrap();
        if with_wal {
            fs::remove_file(site.path("data/lotcount.db-wal")).unwrap();
            fs::remove_file(site.path("data/lotcount.db-shm")).unwrap();
        }
        let (code, log) = run.wait();
        assert!(log.contains("was deleted while it was open; it was written back"), "{log}");
        assert_eq!((code, site.outcome("deleted")), (Some(0), UNDISTURBED.clone()), "{log}");
    }
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

const GARBAGE: [u8; 4096] = [0xA5; 4096];

/// A way to damage a database.
type Damage = (&'static str, fn(&Path));

const DAMAGES: [Damage; 4] = [
    ("a page of garbage", |path| overwrite(path, 2 * 4096, &GARBAGE)),
    ("a header of garbage", |path| overwrite(path, 0, &GARBAGE[..100])),
    ("cut in half", |path| {
        let length = fs::metadata(path).unwrap().len();
        File::options().write(true).open(path).unwrap().set_len(length / 2).unwrap();
    }),
    ("without a byte", |path| File::create(path).map(drop).unwrap()),
];

#[test]
fn a_damaged_database_is_set_aside_and_the_backup_has_its_totals() {
    for (what, damage) in DAMAGES {
        let site = Site::new();
        let counted = site.finished(what);
        let backup = site.command(&["db", "backup"], &[]).output().unwrap();
        assert!(backup.status.success(), "{backup:?}");
        damage(&site.database());
        let damaged = fs::read(site.database()).unwrap();
        let (code, log) = site.run(&[]);
        assert_eq!(code, Some(7), "{what}: the recording is counted in the backup\n{log}");
        assert!(log.contains("was damaged") && log.contains("was restored"), "{what}\n{log}");
        assert_eq!(site.outcome(what), counted, "{what}");
        let aside: Vec<String> = names(&site.data()).into_iter().filter(|name| name.contains(".damaged-")).collect();
        assert_eq!(aside.len(), 1, "{what}: {aside:?}");
        assert_eq!(fs::read(site.data().join(&aside[0])).unwrap(), damaged, "{what}: it was changed");
        let (code, log) = site.run(&[]);
        assert_eq!(code, Some(4), "{what}: all is well again\n{log}");
    }
}

#[test]
fn without_a_backup_a_new_database_is_begun_and_the_recording_counted_anew() {
    let site = Site::new();
    let counted = site.finished("before");
    overwrite(&site.database(), 2 * 4096, &GARBAGE);
    let (code, log) = site.run(&[]);
    assert_eq!(code, Some(7), "{log}");
    assert!(log.contains("a new database was begun"), "{log}");
    assert_eq!(site.outcome("after"), counted);
}

/// Whether or not it is noticed while it runs.
#[test]
fn a_database_that_is_damaged_while_it_counts_costs_no_row_in_the_end() {
    for page in [2, 9] {
        let site = Site::new();
        let mut run = site.start(&[]);
        run.wait_for(BEGINS);
        overwrite(&site.database(), page * 4096, &GARBAGE);
        let (code, log) = run.wait();
        assert!(matches!(code, Some(0 | 5)), "page {page}: {code:?}\n{log}");
        assert_eq!(site.finished(&format!("page {page}")), *UNDISTURBED, "{log}");
    }
}

#[test]
fn a_database_of_a_newer_program_is_left_as_it_is() {
    let site = Site::new();
    site.finished("before");
    Connection::open(site.database()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(site.database()).unwrap();
    let (code, log) = site.run(&[]);
    assert!(code == Some(5) && log.contains("written by a newer lotcount"), "{code:?}\n{log}");
    assert_eq!(fs::read(site.database()).unwrap(), before);
}
