//! Opening a database and bringing its schema up to date.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use include_dir::{Dir, include_dir};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::Migrations;

use super::StoreError;

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");
static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    Migrations::from_directory(&FOLDER).expect("migrations/ holds numbered folders, and the tests apply them")
});

/// How long a statement waits for another process, such as a backup or somebody's shell.
const BUSY: Duration = Duration::from_secs(10);
/// A WAL larger than this is cut after a checkpoint, bytes.
const WAL_LIMIT: i64 = 16 << 20;

/// Opens for writing, makes the file if there is none, and migrates.
pub fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path).map_err(|source| open_error(path, source))?;
    let finding = prepare(&connection).map_err(|source| open_error(path, source))?;
    if finding != "ok" {
        return Err(StoreError::Damaged { path: path.to_path_buf(), finding });
    }
    refuse_newer(&connection, path)?;
    MIGRATIONS.to_latest(&mut connection).map_err(StoreError::Migration)?;
    Ok(connection)
}

/// What SQLite's quick check says; `ok` when all is well.
fn prepare(connection: &Connection) -> rusqlite::Result<String> {
    connection.busy_timeout(BUSY)?;
    let finding: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", WAL_LIMIT)?;
    Ok(finding)
}

/// Opens for reading only: never makes a file, never changes one.
pub fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_path_buf() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|source| open_error(path, source))?;
    connection.busy_timeout(BUSY)?;
    refuse_newer(&connection, path)?;
    Ok(connection)
}

fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: i64 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|source| open_error(path, source))?;
    let known = i64::try_from(FOLDER.dirs().count()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known });
    }
    Ok(())
}

fn open_error(path: &Path, source: rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::NotADatabase { path },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if path.exists() && is_on_read_only_medium(&path) => {
            StoreError::ReadOnlyMedium
        }
        _ => StoreError::Open { path, source },
    }
}

/// Reading a WAL database needs its -shm file, which cannot be made there.
fn is_on_read_only_medium(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(".lotcount-").tempfile_in(folder).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_valid() {
        MIGRATIONS.validate().unwrap();
    }
}
