//! A database of any older schema becomes the same as a new one, at once or not at all, and keeps its rows.

use std::sync::LazyLock;

use lotcount::store::{BackupFolder, Filter, Reader, StoreError, examine};
use rusqlite::Connection;

use crate::place::{Kind, MINUTE_US, Place, SEVEN, cross, register, rows, session};

/// The texts of the migrations in their order.
static MIGRATIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| std::fs::read_to_string(folder.join("up.sql")).unwrap()).collect()
});

/// A database as the program of that version left it, with rows.
fn old(version: usize) -> Place {
    let place = Place::empty();
    let connection = place.sql();
    for migration in &MIGRATIONS[..version] {
        connection.execute_batch(migration).unwrap();
    }
    connection.pragma_update(None, "user_version", version).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    register(&connection);
    if version > 1 {
        connection.execute("UPDATE run SET uid = 'a'", []).unwrap();
    }
    for (camera, line) in [(1, 1), (1, 3), (2, 4)] {
        let session = session(&connection, camera, Kind::Live, SEVEN.0);
        for minute in 0..20 {
            cross(&connection, session, line, minute % 3 > 0 || line == 4, SEVEN.0 + minute * MINUTE_US);
        }
    }
    place
}

/// Everything in the schema, with blanks as one: comments and line breaks may differ, nothing else.
fn schema(connection: &Connection) -> Vec<String> {
    let sql = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    rows(connection, sql).into_iter().map(words).collect()
}

const TOTALS: [&str; 4] = [
    "SELECT * FROM line_totals ORDER BY 1, 2",
    "SELECT * FROM lot_totals ORDER BY 1",
    "SELECT * FROM hourly_totals ORDER BY 1, 2, 3",
    "SELECT lot, inside, capacity, available FROM occupancy ORDER BY 1",
];

#[test]
fn every_older_database_becomes_the_same_as_a_new_one_and_keeps_its_rows() {
    let new = Place::with_site();
    let newest = schema(&new.sql());
    for version in 1..=MIGRATIONS.len() {
        let place = old(version);
        let before: Vec<_> = TOTALS.iter().map(|sql| rows(&place.sql(), sql)).collect();
        assert!(place.open().mended.is_none());
        assert_eq!(schema(&place.sql()), newest, "from schema {version}");
        let after: Vec<_> = TOTALS.iter().map(|sql| rows(&place.sql(), sql)).collect();
        assert_eq!(after, before, "from schema {version}");
        assert_eq!(place.crossings(), 60);
        assert_eq!(examine(&place.path).unwrap(), [""; 0]);
        assert!(rows(&place.sql(), "SELECT 1 FROM run WHERE uid = ''").is_empty());
    }
}

#[test]
fn a_backup_is_made_before_the_schema_changes() {
    for version in 1..=MIGRATIONS.len() {
        let backups = usize::from(version < MIGRATIONS.len());
        let place = old(version);
        place.open();
        place.open();
        let now = lotcount::time::UtcMicros::now();
        let made = place.backups.newest_first(now).unwrap();
        assert_eq!(made.len(), backups, "from schema {version}");
        for backup in made {
            let copy = Connection::open(backup.path).unwrap();
            assert_eq!(rows(&copy, "PRAGMA user_version"), [version.to_string()]);
        }
    }
}

#[test]
fn a_schema_is_not_changed_when_the_backup_fails() {
    let place = old(1);
    std::fs::write(place.file("occupied"), "").unwrap();
    let backups = BackupFolder::new(place.file("occupied"), &place.path, 3);
    let error = lotcount::store::open_for_writing(&place.path, &backups).unwrap_err();
    assert!(matches!(error, StoreError::File { .. }), "{error}");
    assert_eq!(rows(&place.sql(), "PRAGMA user_version"), ["1"]);
}

/// The last migration meets something in its way, after the ones before it were applied: nothing of them stays. SQLite does
/// the same when the process is killed there.
#[test]
fn a_schema_is_brought_up_to_date_as_a_whole_or_not_at_all() {
    let place = old(1);
    place.sql().execute_batch("CREATE VIEW alert_detail AS SELECT 1").unwrap();
    let before = schema(&place.sql());
    let error = place.try_open().unwrap_err();
    assert!(matches!(error, StoreError::Migration(_)) && !error.is_passing() && !error.is_damage(), "{error}");
    assert_eq!(schema(&place.sql()), before);
    assert_eq!(rows(&place.sql(), "PRAGMA user_version"), ["1"]);
    place.sql().execute_batch("DROP VIEW alert_detail").unwrap();
    place.open();
    assert_eq!(place.crossings(), 60);
}

/// Rows that the version before turned into totals, live ones and those of recordings, beside rows that are still there.
const ARCHIVED: &str = "
    INSERT INTO session (id, run_id, camera_id, generation, began_at_us, ended_at_us, complete, counts, source,
                         content_sha256, model_name, model_sha256)
        VALUES (91, 1, 1, 91, 0, 0, 1, 1, '', '7', '', ''), (92, 1, 1, 92, 0, 0, 0, 0, '', '7', '', '');
    INSERT INTO archived_line VALUES
        (1700000100000000, 1, NULL, 5, 2, 1700000100000000, 1700000200000000),
        (1700000100000000, 3, NULL, 3, 4, 1700000100000001, 1700000300000000),
        (1700000100000000, 1, 91, 7, 0, 1700000100000000, 1700000200000000),
        (1700000100000000, 1, 92, 70, 1, 1700000100000000, 1700000200000000),
        (1781506800000000, 1, NULL, 1, 1, 1781506800000000, 1781506800000000);
    INSERT INTO archived_coverage VALUES (1700000100000000, 1, NULL, 900000000, 0, 1, 1, 0);";

#[test]
fn totals_of_rows_that_were_gone_before_the_ledger_came_stay_as_they_were() {
    let place = old(3);
    place.sql().execute_batch(ARCHIVED).unwrap();
    let views = TOTALS.iter().chain(&[
        "SELECT * FROM daily_totals ORDER BY 1, 2, 3",
        "SELECT * FROM quarter_line_volume ORDER BY 1, 2, 3",
        "SELECT * FROM quarter_lot_volume ORDER BY 1, 2",
        "SELECT crossing_id, at_us, lot, delta FROM movement_detail ORDER BY 1, 3",
        "SELECT * FROM crossing_detail ORDER BY 1",
        "SELECT * FROM quarter_coverage ORDER BY 1, 2",
    ]);
    let told = || views.clone().map(|sql| rows(&place.sql(), sql)).collect::<Vec<_>>();
    let read = || {
        let (reader, all) = (place.reader(), Filter::default());
        let spans = reader.camera_spans().unwrap();
        (reader.line_volumes(&all).unwrap(), reader.lot_volumes(&all).unwrap(), reader.occupancy().unwrap(), spans)
    };
    let before = (told(), read());
    assert_eq!(before.0[0][0], "north|gate|26|10|2023-11-14T22:15:00.000Z|2026-06-15T07:19:00.000Z");
    place.open();
    assert_eq!((told(), read()), before);
    assert_eq!(examine(&place.path).unwrap(), [""; 0]);
    place.sql().execute("DELETE FROM session WHERE id = 91", []).unwrap();
    assert!(rows(&place.sql(), "SELECT entries FROM line_totals")[0] == "19", "a recording takes its totals along");
}

/// A new program's report while the old one still counts.
#[test]
fn an_older_schema_can_be_read() {
    for version in 1..MIGRATIONS.len() {
        let told = |place: &Place| {
            let reader = Reader::open(&place.path).unwrap();
            let (all, spans) = (Filter::default(), reader.camera_spans().unwrap());
            let volumes = (reader.line_volumes(&all).unwrap(), reader.lot_volumes(&all).unwrap());
            (volumes, reader.occupancy().unwrap(), (version > 1).then_some(spans))
        };
        let place = old(version);
        let before = told(&place);
        assert_eq!(before.0.0.len(), 6);
        place.open();
        assert_eq!(told(&place), before, "from schema {version}");
    }
}
