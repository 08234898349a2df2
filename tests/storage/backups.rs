//! Backups are whole, verified, few, and made while others write.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use lotcount::store::{FileIdentity, Halt, StoreError, copy_to, examine, open_for_writing, restore, write_back};
use rusqlite::Connection;

use crate::place::{Kind, MINUTE_US, Place, SEVEN, cross, entries, names, session};

const DAY_S: f64 = 86_400.0;

#[test]
fn the_newest_few_are_kept_and_nothing_else_lies_there() {
    let place = Place::with_site();
    for day in 0..5 {
        entries(&place.sql(), 1);
        let backup =
            place.backups.make(&place.path, SEVEN.plus_seconds(f64::from(day) * DAY_S), &Halt::never()).unwrap();
        assert_eq!(examine(&backup.path).unwrap(), [""; 0]);
    }
    let expected = ["lotcount-20260617T070000Z.db", "lotcount-20260618T070000Z.db", "lotcount-20260619T070000Z.db"];
    assert_eq!(place.backup_names(), expected);
    let now = SEVEN.plus_seconds(5.0 * DAY_S);
    let newest = &place.backups.newest_first(now).unwrap()[0];
    let rows: i64 = Connection::open(&newest.path)
        .unwrap()
        .query_row("SELECT count(*) FROM crossing", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 5);
}

#[test]
fn a_clock_that_was_wrong_neither_stops_backups_nor_costs_the_new_one() {
    let place = Place::with_site();
    let later = SEVEN.plus_seconds(3650.0 * DAY_S);
    place.backups.make(&place.path, later, &Halt::never()).unwrap();
    assert!(place.backups.is_due(SEVEN).unwrap(), "a backup of the year 2036 is none of today");
    for day in 0..4 {
        let now = SEVEN.plus_seconds(f64::from(day) * DAY_S);
        let made = place.backups.make(&place.path, now, &Halt::never()).unwrap();
        assert_eq!(place.backups.newest_first(now).unwrap()[0], made);
        assert!(!place.backups.is_due(now).unwrap());
        assert!(place.backups.is_due(now.plus_seconds(DAY_S)).unwrap());
    }
    assert!(!place.backup_names().iter().any(|name| name.contains("2036")), "{:?}", place.backup_names());
}

/// Each crossing and its volume are one transaction: a copy from the middle of one would be off by one somewhere.
#[test]
fn a_backup_is_one_moment_of_a_database_that_is_being_written() {
    let place = Place::with_site();
    entries(&place.sql(), 300);
    let done = AtomicBool::new(false);
    let (backups, written) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let connection = place.open().connection;
            let session = session(&connection, 1, Kind::Live, SEVEN.0);
            let mut written = 300;
            while !done.load(Ordering::Relaxed) {
                cross(&connection, session, 1, true, SEVEN.0 + written * MINUTE_US);
                written += 1;
            }
            written
        });
        let mut made = Vec::new();
        for second in 0..3 {
            made.push(place.backups.make(&place.path, SEVEN.plus_seconds(f64::from(second)), &Halt::never()).unwrap());
        }
        done.store(true, Ordering::Relaxed);
        (made, writing.join().unwrap())
    });
    let mut before = 300;
    for backup in backups {
        let copy = Connection::open(&backup.path).unwrap();
        let (crossings, inside): (i64, i64) = copy
            .query_row("SELECT (SELECT count(*) FROM crossing), inside FROM occupancy WHERE lot = 'main'", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(crossings, inside);
        assert!((before..=written).contains(&crossings), "{crossings} of {written}");
        before = crossings;
    }
    assert_eq!(place.crossings(), written, "the writer lost a row");
}

#[test]
fn a_backup_needs_no_other_file_and_can_be_read_where_nothing_can_be_written() {
    let place = Place::with_site();
    let open = place.open().connection;
    entries(&open, 3);
    let backup = place.backups.make(&place.path, SEVEN, &Halt::never()).unwrap();
    assert_eq!(fs::read(&backup.path).unwrap()[18..20], [1, 1], "it is not in WAL mode");
    assert_eq!(place.backup_names().len(), 1);
}

#[test]
fn a_backup_that_fails_leaves_the_older_ones_and_nothing_half_made() {
    let place = Place::with_site();
    entries(&place.sql(), 60);
    for second in 0..3 {
        place.backups.make(&place.path, SEVEN.plus_seconds(f64::from(second)), &Halt::never()).unwrap();
    }
    let before = place.backup_names();
    let now = SEVEN.plus_seconds(DAY_S);

    let halted = place.backups.make(&place.path, now, &Halt::when(|| true)).unwrap_err();
    assert!(matches!(halted, StoreError::Halted), "{halted}");
    assert_eq!(place.backup_names(), before);

    // Reading every row goes well. Following the references does not, nor comparing an index with its table.
    for sql in [
        "PRAGMA foreign_keys = off; DELETE FROM camera WHERE id = 1",
        "PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = replace(sql, '(at_us,', '(track,')
         WHERE name = 'crossing_by_time'",
    ] {
        let sound = fs::read(&place.path).unwrap();
        place.sql().execute_batch(sql).unwrap();
        let damaged = place.backups.make(&place.path, now, &Halt::never()).unwrap_err();
        assert!(matches!(damaged, StoreError::Unsound { .. }), "{damaged}");
        assert_eq!(place.backup_names(), before);
        fs::write(&place.path, sound).unwrap();
    }

    fs::remove_file(&place.path).unwrap();
    assert!(matches!(place.backups.make(&place.path, now, &Halt::never()), Err(StoreError::Missing { .. })));
    assert_eq!(place.backup_names(), before);
}

#[test]
fn what_a_kill_left_behind_is_removed_when_it_is_old() {
    let place = Place::with_site();
    fs::create_dir(place.backups.path()).unwrap();
    let (old, young) =
        (place.backups.path().join(".lotcount-old.part"), place.backups.path().join(".lotcount-new.part"));
    for path in [&old, &young] {
        fs::write(path, "half").unwrap();
    }
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 86_400);
    fs::File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
    place.backups.make(&place.path, SEVEN, &Halt::never()).unwrap();
    assert_eq!(place.backup_names(), [".lotcount-new.part", "lotcount-20260615T070000Z.db"]);
}

#[test]
fn a_copy_replaces_a_file_as_a_whole_or_not_at_all() {
    let place = Place::with_site();
    entries(&place.sql(), 2);
    let target = place.file("copy.db");
    fs::write(&target, "older").unwrap();
    assert!(matches!(copy_to(&place.file("none.db"), &target, &Halt::never()), Err(StoreError::Missing { .. })));
    assert_eq!(fs::read(&target).unwrap(), b"older");
    copy_to(&place.path, &target, &Halt::never()).unwrap();
    assert_eq!(examine(&target).unwrap(), [""; 0]);
    let error = copy_to(&place.path, &place.file("gone/copy.db"), &Halt::never()).unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
}

#[test]
fn restoring_sets_the_present_database_aside_and_refuses_what_is_no_database() {
    let place = Place::with_site();
    entries(&place.sql(), 40);
    let backup = place.backups.make(&place.path, SEVEN, &Halt::never()).unwrap();
    entries(&place.sql(), 2);

    fs::write(place.file("photo.jpg"), [9; 9000]).unwrap();
    let error = restore(&place.file("photo.jpg"), &place.path, SEVEN).unwrap_err();
    assert!(matches!(error, StoreError::Unsound { .. }), "{error}");
    assert_eq!(place.crossings(), 42);

    let aside = restore(&backup.path, &place.path, SEVEN).unwrap().unwrap();
    assert_eq!(place.crossings(), 40);
    assert!(aside.to_string_lossy().ends_with("lotcount.db.replaced-20260615T070000Z"), "{}", aside.display());
    let kept: i64 =
        Connection::open(&aside).unwrap().query_row("SELECT count(*) FROM crossing", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 42);
    assert!(place.open().mended.is_none());
}

#[test]
fn a_database_that_is_deleted_while_open_is_written_back_with_every_row() {
    for also_wal in [false, true] {
        let place = Place::with_site();
        let opened = place.open();
        entries(&opened.connection, 50);
        fs::remove_file(&place.path).unwrap();
        if also_wal {
            fs::remove_file(place.file("lotcount.db-wal")).unwrap();
            fs::remove_file(place.file("lotcount.db-shm")).unwrap();
        }
        assert!(!opened.identity.is_still_at(&place.path));
        entries(&opened.connection, 5);
        write_back(&opened.connection, &place.path).unwrap();
        drop(opened.connection);
        let opened = open_for_writing(&place.path, &place.backups).unwrap();
        assert!(opened.mended.is_none() && opened.identity == FileIdentity::of(&place.path).unwrap());
        entries(&opened.connection, 1);
        drop(opened);
        assert_eq!(place.crossings(), 56);
        assert_eq!(examine(&place.path).unwrap(), [""; 0]);
    }
}

#[test]
fn a_file_that_took_the_place_of_an_open_database_is_set_aside() {
    let place = Place::with_site();
    let opened = place.open();
    entries(&opened.connection, 50);
    fs::remove_file(&place.path).unwrap();
    fs::write(&place.path, "somebody's").unwrap();
    assert!(!opened.identity.is_still_at(&place.path));
    write_back(&opened.connection, &place.path).unwrap();
    drop(opened);
    assert_eq!(place.crossings(), 50);
    let aside: Vec<String> = names(place.path.parent().unwrap());
    let aside = aside.iter().find(|name| name.contains(".db.found-") && name.ends_with('Z')).expect("set aside");
    assert_eq!(fs::read(place.file(aside)).unwrap(), b"somebody's");
}
