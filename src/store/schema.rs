//! The schema of a database: its version, bringing it up to date, and whether all is sound.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use include_dir::{Dir, include_dir};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::Migrations;

use super::damage::one_line;
use super::{StoreError, files};

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");
static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::from_directory(&FOLDER).expect("migrations/ holds numbered folders, and the tests apply them")
});

/// How long a statement waits for another process, such as a backup or somebody's shell.
pub const BUSY: Duration = Duration::from_secs(10);
/// A WAL larger than this is cut after a checkpoint, bytes.
const WAL_LIMIT: i64 = 16 << 20;

/// Makes a connection one that writes: what a commit has returned from is on the disk.
pub fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", WAL_LIMIT)
}

/// In one transaction: killed on the way, the schema is the old one.
pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    MIGRATIONS.to_latest(connection).map_err(StoreError::Migration)
}

/// Opens for reading only: never makes a file, never changes one.
pub fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    open_for_reading_within(path, BUSY)
}

/// Likewise; each statement waits so long for another process.
pub fn open_for_reading_within(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_path_buf() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|source| open_error(path, source))?;
    connection.busy_timeout(patience)?;
    refuse_newer(&connection, path)?;
    Ok(connection)
}

/// How many migrations were applied: 0 to [`newest`], or more by a newer program.
pub fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// The version that this program writes.
pub fn newest() -> i64 {
    i64::try_from(FOLDER.dirs().count()).unwrap_or(i64::MAX)
}

pub fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let (found, known) = (version(connection).map_err(|source| open_error(path, source))?, newest());
    if found > known {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known });
    }
    Ok(())
}

/// Its views would not be there.
pub fn refuse_older(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let (found, needed) = (version(connection).map_err(|source| open_error(path, source))?, newest());
    if found < needed {
        return Err(StoreError::Older { path: path.to_path_buf(), found, needed });
    }
    Ok(())
}

/// A database of another program would get our tables.
pub fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if version(connection)? == 0 && tables > 0 {
        return Err(StoreError::Foreign { path: path.to_path_buf() });
    }
    Ok(())
}

/// What SQLite's full check says, at most `limit` of each kind; empty when all is well. Every page is read, every index
/// compared with its table, every reference followed.
pub fn findings(connection: &Connection, limit: u32) -> rusqlite::Result<Vec<String>> {
    let mut check = connection.prepare(&format!("PRAGMA integrity_check({limit})"))?;
    let found = check.query_map([], |row| row.get::<_, String>(0))?;
    let mut findings = Vec::new();
    for finding in found {
        let finding = finding?;
        if finding != "ok" {
            findings.push(one_line(&finding));
        }
    }
    if !findings.is_empty() {
        // What refers to what cannot be told from pages that are wrong.
        return Ok(findings);
    }
    let mut check =
        connection.prepare("SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2")?;
    let found = check.query_map([], |row| {
        let (table, parent, rows): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("{rows} rows of `{table}` refer to rows of `{parent}` that are not there"))
    })?;
    for finding in found.take(limit as usize) {
        findings.push(finding?);
    }
    Ok(findings)
}

pub fn open_error(path: &Path, source: rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::NotADatabase { path },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if path.exists() && is_on_read_only_medium(&path) => {
            StoreError::ReadOnlyMedium
        }
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
        _ => StoreError::Open { path, source },
    }
}

/// Reading a WAL database needs its -shm file, which cannot be made there.
fn is_on_read_only_medium(path: &Path) -> bool {
    tempfile::Builder::new().prefix(".lotcount-").tempfile_in(files::folder(path)).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_valid() {
        MIGRATIONS.validate().unwrap();
    }
}
