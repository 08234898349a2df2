//! A database that cannot be relied on is set aside, never deleted, and a backup takes its place.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use lotcount::store::{Halt, StoreError, examine};

use crate::place::{Place, SEVEN, entries};

const PAGE: usize = 4096;

/// A backup of 40 crossings, and a database with 60 that is about to be damaged.
fn backed_up() -> Place {
    let place = Place::with_site();
    entries(&place.sql(), 40);
    place.backups.make(&place.path, SEVEN, &Halt::never()).unwrap();
    entries(&place.sql(), 20);
    assert_eq!(fs::metadata(&place.path).unwrap().len() as usize % PAGE, 0);
    place
}

fn overwrite(path: &Path, at: usize, bytes: &[u8]) {
    let mut file = fs::File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(bytes).unwrap();
}

fn truncate(path: &Path, length: u64) {
    fs::File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

/// A way to damage a database, and a word of the finding.
type Damage = (&'static str, fn(&Path), &'static str);

const DAMAGES: [Damage; 7] = [
    ("a page of garbage", |path| overwrite(path, 2 * PAGE, &[0xA5; PAGE]), "page 3"),
    ("the schema's page zeroed", |path| overwrite(path, 100, &[0; PAGE - 100]), "malformed"),
    ("a header of garbage", |path| overwrite(path, 0, &[0xA5; 100]), "no SQLite file"),
    ("a page size that cannot be", |path| overwrite(path, 16, &[0xFF, 0xFF]), "not a database"),
    ("cut in half", |path| truncate(path, fs::metadata(path).unwrap().len() / 2), ""),
    ("cut within a page", |path| truncate(path, fs::metadata(path).unwrap().len() - 1000), ""),
    ("without a byte", |path| truncate(path, 0), "empty"),
];

#[test]
fn every_damage_is_set_aside_and_the_backup_restored_with_its_totals() {
    for (name, damage, word) in DAMAGES {
        let place = backed_up();
        damage(&place.path);
        let damaged = fs::read(&place.path).unwrap();
        let opened = place.open();
        let mended = opened.mended.unwrap_or_else(|| panic!("{name}: not noticed"));
        assert!(mended.finding.contains(word), "{name}: {}", mended.finding);
        assert_eq!(mended.restored.unwrap().made, SEVEN, "{name}");
        assert_eq!(fs::read(mended.set_aside.unwrap()).unwrap(), damaged, "{name}: the damaged file was changed");
        drop(opened.connection);
        assert_eq!(place.crossings(), 40, "{name}");
        assert_eq!(place.reader().occupancy().unwrap()[1].inside, 40, "{name}");
        assert_eq!(examine(&place.path).unwrap(), [""; 0], "{name}");
        assert!(place.open().mended.is_none(), "{name}: mended twice");
        assert_eq!(place.names().len(), 2, "{name}: {:?}", place.names());
    }
}

#[test]
fn without_a_backup_a_new_database_is_begun_beside_the_damaged_one() {
    for (name, damage, _) in DAMAGES {
        let place = Place::with_site();
        entries(&place.sql(), 60);
        damage(&place.path);
        let damaged = fs::read(&place.path).unwrap();
        match place.try_open() {
            // Nothing says that it ever was a database: it may be the wrong file.
            Err(error) => {
                assert_eq!(name, "a header of garbage", "{error}");
                assert!(matches!(error, StoreError::NotADatabase { .. }));
                assert_eq!(fs::read(&place.path).unwrap(), damaged);
                assert_eq!(place.names(), ["lotcount.db"]);
            }
            Ok(opened) if damaged.is_empty() => assert!(opened.mended.is_none(), "{name}"),
            Ok(opened) => {
                let mended = opened.mended.unwrap_or_else(|| panic!("{name}: not noticed"));
                assert!(mended.restored.is_none(), "{name}");
                assert!(mended.to_string().contains("a new database was begun"), "{mended}");
                assert_eq!(fs::read(mended.set_aside.unwrap()).unwrap(), damaged, "{name}");
                assert_eq!(place.crossings(), 0, "{name}");
            }
        }
    }
}

/// Whichever page is struck: either it is noticed, or nothing that is in use was struck.
#[test]
fn no_page_is_damaged_unnoticed() {
    let place = backed_up();
    // Migrations leave free pages behind.
    place.sql().execute_batch("VACUUM").unwrap();
    let sound = fs::read(&place.path).unwrap();
    let pages = sound.len() / PAGE;
    assert!(pages > 20, "{pages}");
    let mut noticed = 0;
    for page in 0..pages {
        fs::write(&place.path, &sound).unwrap();
        overwrite(&place.path, page * PAGE, &[0x5A; PAGE]);
        match place.open().mended {
            Some(_) => noticed += 1,
            None => assert_eq!(examine(&place.path).unwrap(), [""; 0], "page {page}"),
        }
    }
    assert_eq!(noticed, pages, "every page of this database is in use");
}

#[test]
fn rows_that_only_the_wal_file_holds_are_set_aside_with_it() {
    let place = backed_up();
    // Another connection keeps the -wal file from being taken in.
    let other = place.sql();
    other.execute_batch("BEGIN; SELECT * FROM run").unwrap();
    entries(&place.sql(), 5);
    let wal = fs::read(place.file("lotcount.db-wal")).unwrap();
    assert!(wal.len() > PAGE);
    let kept = Place::empty();
    for name in ["lotcount.db", "lotcount.db-wal"] {
        fs::copy(place.file(name), kept.file(name)).unwrap();
    }
    overwrite(&kept.path, 2 * PAGE, &[0xA5; PAGE]);
    // The page is whole in the -wal file, perhaps: another one is not.
    overwrite(&kept.path, 3 * PAGE, &[0xA5; PAGE]);
    let mended = kept.open().mended.unwrap();
    let aside = mended.set_aside.unwrap();
    assert_eq!(fs::read(format!("{}-wal", aside.display())).unwrap(), wal);
}

#[test]
fn a_database_that_went_missing_from_beside_its_wal_file_is_restored() {
    let place = backed_up();
    fs::remove_file(&place.path).unwrap();
    fs::write(place.file("lotcount.db-wal"), [1; 5000]).unwrap();
    let mended = place.open().mended.unwrap();
    assert!(mended.finding.contains("missing"), "{mended}");
    assert_eq!(place.crossings(), 40);
    assert!(fs::exists(format!("{}-wal", mended.set_aside.unwrap().display())).unwrap());
}

#[test]
fn a_database_that_somebody_took_away_is_not_restored_unasked() {
    let place = backed_up();
    fs::remove_file(&place.path).unwrap();
    assert!(place.open().mended.is_none());
    assert_eq!(place.crossings(), 0);
}

#[test]
fn a_damaged_backup_is_passed_over() {
    let place = backed_up();
    entries(&place.sql(), 1);
    let newest = place.backups.make(&place.path, SEVEN.plus_seconds(60.0), &Halt::never()).unwrap();
    overwrite(&newest.path, 2 * PAGE, &[0xA5; PAGE]);
    truncate(&place.path, 0);
    let mended = place.open().mended.unwrap();
    assert_eq!(mended.restored.unwrap().made, SEVEN);
    assert_eq!(place.crossings(), 40);
    assert_eq!(place.backup_names().len(), 2, "a backup that is damaged is no reason to delete it");
}

/// Killed between any two steps of the replacement.
#[test]
fn a_replacement_that_was_interrupted_is_done_again() {
    for step in ["nothing moved", "database moved", "backup in place"] {
        let place = backed_up();
        let sound = fs::read(&place.path).unwrap();
        fs::write(place.file("lotcount.db.replacing"), "").unwrap();
        match step {
            "nothing moved" => truncate(&place.path, 0),
            "database moved" => fs::rename(&place.path, place.file("lotcount.db.damaged-before")).unwrap(),
            _ => {}
        }
        let mended = place.open().mended.unwrap();
        assert!(mended.finding.contains("interrupted"), "{step}: {mended}");
        assert_eq!(place.crossings(), 40, "{step}");
        assert!(place.open().mended.is_none(), "{step}");
        if step == "backup in place" {
            assert_eq!(fs::read(mended.set_aside.unwrap()).unwrap(), sound);
        }
    }
}

#[test]
fn what_is_not_ours_is_refused_and_left_as_it_is() {
    let refused = |place: &Place| {
        let before = fs::read(&place.path).unwrap();
        let error = place.try_open().unwrap_err();
        assert_eq!(fs::read(&place.path).unwrap(), before, "{error}");
        error
    };
    let place = Place::empty();
    fs::write(&place.path, "site = \"somewhere\"\n").unwrap();
    assert!(matches!(refused(&place), StoreError::NotADatabase { .. }));

    let place = Place::empty();
    place.sql().execute_batch("CREATE TABLE photo (id INTEGER PRIMARY KEY)").unwrap();
    place.sql().pragma_update(None, "journal_mode", "wal").unwrap();
    assert!(matches!(refused(&place), StoreError::Foreign { .. }));

    let place = backed_up();
    place.sql().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(refused(&place), StoreError::Newer { found: 99, .. }));
}

#[test]
fn a_missing_folder_is_named() {
    let place = Place::empty();
    let path = place.file("gone/lotcount.db");
    let error = lotcount::store::open_for_writing(&path, &place.backups).unwrap_err();
    assert!(error.to_string().contains("gone of the database does not exist: make it"), "{error}");
    let error = lotcount::store::WriterLock::take(&path).unwrap_err();
    assert!(matches!(error, StoreError::NoFolder { .. }) && error.is_passing(), "{error}");
}
