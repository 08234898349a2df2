//! A folder with a database that is filled by hand: what is tested here must hold for any rows, not only for those that the
//! present program writes.

use std::path::{Path, PathBuf};

use lotcount::store::{BackupFolder, Opened, Reader, StoreError, open_for_writing};
use lotcount::time::UtcMicros;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

/// 2026-06-15T07:00:00Z
pub const SEVEN: UtcMicros = UtcMicros(1_781_506_800_000_000);
pub const MINUTE_US: i64 = 60_000_000;
pub const DAY_US: i64 = 86_400_000_000;

pub struct Place {
    folder: tempfile::TempDir,
    pub path: PathBuf,
    pub backups: BackupFolder,
}

impl Place {
    /// Nothing in it yet.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotcount.db");
        let backups = BackupFolder::new(folder.path().join("backups"), &path, 3);
        Self { folder, path, backups }
    }

    /// With a database that holds a site and no crossing.
    pub fn with_site() -> Self {
        let place = Self::empty();
        register(&place.open().connection);
        place
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn open(&self) -> Opened {
        self.try_open().unwrap()
    }

    pub fn try_open(&self) -> Result<Opened, StoreError> {
        open_for_writing(&self.path, &self.backups)
    }

    /// Without any of what opening does.
    pub fn sql(&self) -> Connection {
        let connection = Connection::open(&self.path).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        // No test pulls the plug, and rows come one by one.
        connection.pragma_update(None, "synchronous", false).unwrap();
        connection
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }

    pub fn crossings(&self) -> i64 {
        self.sql().query_row("SELECT count(*) FROM crossing", [], |row| row.get(0)).unwrap()
    }

    /// Names in the folder, in order, but for the lock and the folder of backups.
    pub fn names(&self) -> Vec<String> {
        names(self.folder.path()).into_iter().filter(|name| name != "backups").collect()
    }

    pub fn backup_names(&self) -> Vec<String> {
        names(self.backups.path())
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The cameras 1 and 2; the lots main (1), deck (2) and street (3); the lines gate (1), an older version of it (2) that led
/// to the street, a ramp between main and deck (3), and the gate of the other camera, which is an entry only (4). Written
/// for the oldest schema as for the newest.
pub fn register(connection: &Connection) {
    connection
        .execute_batch(
            "INSERT INTO run (id, started_at_us, version, config_sha256) VALUES (1, 0, 'test', '0');
             INSERT INTO camera VALUES (1, 'north'), (2, 'south');
             INSERT INTO lot (id, name, capacity) VALUES (1, 'main', 10), (2, 'deck', NULL), (3, 'street', 4);
             INSERT INTO line VALUES (1, 1, 'gate', 0.1, 0.5, 0.9, 0.5, 1, 1, NULL),
                                     (2, 1, 'gate', 0.1, 0.6, 0.9, 0.6, 1, 3, NULL),
                                     (3, 1, 'ramp', 0.1, 0.7, 0.9, 0.7, 2, 2, 1),
                                     (4, 2, 'gate', 0.1, 0.5, 0.9, 0.5, 3, NULL, NULL);",
        )
        .unwrap();
    if has_table(connection, "line_lot") {
        let sql = "INSERT INTO line_lot VALUES (1, 1, 1, -1), (2, 1, 1, 0), (2, 3, 0, -1), (3, 1, -1, 1), (3, 2, 1, -1), (4, 3, 1, 0)";
        connection.execute(sql, []).unwrap();
    }
}

/// Where rows of a session come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Live,
    /// Played to its end and closed.
    Recorded,
    /// Still being counted.
    Recording,
    /// Counted again and not complete: it does not count.
    Again,
}

/// A session of camera 1 or 2; its number.
pub fn session(connection: &Connection, camera: i64, kind: Kind, began: i64) -> i64 {
    let recorded = kind != Kind::Live;
    let closed = matches!(kind, Kind::Recorded | Kind::Again);
    connection
        .execute(
            "INSERT INTO session (run_id, camera_id, began_at_us, ended_at_us, complete, counts, source, content_sha256,
                                  model_name, model_sha256)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, '', ?6, '', '')",
            params![
                camera,
                began,
                closed.then_some(began),
                kind == Kind::Recorded,
                kind != Kind::Again,
                recorded.then_some("7"),
            ],
        )
        .unwrap();
    let id = connection.last_insert_rowid();
    if has_column(connection, "session", "generation") {
        connection.execute("UPDATE session SET generation = id WHERE id = ?1", [id]).unwrap();
    }
    id
}

fn has_column(connection: &Connection, table: &str, column: &str) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2)";
    connection.query_row(sql, [table, column], |row| row.get(0)).unwrap()
}

fn has_table(connection: &Connection, table: &str) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    connection.query_row(sql, [table], |row| row.get(0)).unwrap()
}

/// A crossing; in databases that have them, with the movements that its line asks for, in one transaction.
pub fn cross(connection: &Connection, session: i64, line: i64, entry: bool, at: i64) {
    let transaction = connection.unchecked_transaction().unwrap();
    let direction = if entry { "entry" } else { "exit" };
    transaction
        .prepare_cached(
            "INSERT INTO crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, rule, track, place,
                                   explanation)
             SELECT 1, camera_id, (SELECT coalesce(max(seq), 0) + 1 FROM crossing), ?1, id, ?3, ?4, 'car', 'both_sides', 1,
                    0.5, '{}' FROM line WHERE id = ?2",
        )
        .unwrap()
        .execute(params![session, line, direction, at])
        .unwrap();
    // The volume that the crossing made is written by the same transaction.
    if !has_table(connection, "movement") {
        transaction.commit().unwrap();
        return;
    }
    let crossing: i64 = transaction.query_row("SELECT max(id) FROM crossing", [], |row| row.get(0)).unwrap();
    transaction
        .prepare_cached(
            "INSERT INTO movement
             SELECT ?1, CASE ?3 WHEN 'entry' THEN entry_lot_id ELSE exit_lot_id END, CASE ?3 WHEN 'entry' THEN 1 ELSE -1 END
             FROM line WHERE id = ?2 AND CASE ?3 WHEN 'entry' THEN entry_lot_id ELSE exit_lot_id END IS NOT NULL
             UNION ALL SELECT ?1, other_side_lot_id, CASE ?3 WHEN 'entry' THEN -1 ELSE 1 END
             FROM line WHERE id = ?2 AND other_side_lot_id IS NOT NULL",
        )
        .unwrap()
        .execute(params![crossing, line, direction])
        .unwrap();
    transaction.commit().unwrap();
}

/// So many entries over the gate, a minute apart from seven o'clock on.
pub fn entries(connection: &Connection, count: i64) {
    let session = session(connection, 1, Kind::Live, SEVEN.0);
    for minute in 0..count {
        cross(connection, session, 1, true, SEVEN.0 + minute * MINUTE_US);
    }
}

/// Every cell of a query as text.
pub fn rows(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cell = |index| {
            Ok(match row.get_ref(index)? {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                other => other.as_str()?.to_owned(),
            })
        };
        Ok((0..columns).map(cell).collect::<Result<Vec<_>, rusqlite::Error>>()?.join("|"))
    });
    rows.unwrap().map(Result::unwrap).collect()
}
