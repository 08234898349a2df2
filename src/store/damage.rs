//! Whether the file of a database can be relied on, looked at before anything is written to it.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{StoreError, files, schema};

/// What lies at the database's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// A file without a byte: a new database to SQLite, the remains of one when there are backups.
    Empty,
    Sound,
    /// No SQLite file at all, neither by its first bytes: damaged, or the wrong file.
    NoDatabase,
    /// A SQLite file; what is wrong with it.
    Damaged(String),
}

/// Every SQLite file begins so.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Reads every page. Changes nothing: rows that only the -wal file holds stay there.
pub fn look(path: &Path) -> Result<Found, StoreError> {
    let wal = files::length(&files::beside(path, "-wal"))?.unwrap_or(0);
    match files::length(path)? {
        // SQLite would delete the -wal file, which may hold the last rows.
        None if wal > 0 => Ok(Found::Damaged("its file is missing, though its -wal file is there".to_owned())),
        Some(0) if wal > 0 => Ok(Found::Damaged("its file is empty, though its -wal file is not".to_owned())),
        None => Ok(Found::Nothing),
        Some(0) => Ok(Found::Empty),
        Some(length) => match check(path)? {
            Found::Sound if wal == 0 && length % page_size(path)? != 0 => {
                Ok(Found::Damaged(format!("its file ends within a page, after {length} bytes")))
            }
            found => Ok(found),
        },
    }
}

fn check(path: &Path) -> Result<Found, StoreError> {
    let open = |source| StoreError::Open { path: path.to_path_buf(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(open)?;
    // Closing would write what is in the -wal file into a file that may be damaged.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(open)?;
    connection.busy_timeout(schema::BUSY).map_err(open)?;
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    drop(connection);
    match found {
        Ok(finding) if finding == "ok" => Ok(Found::Sound),
        Ok(finding) => Ok(Found::Damaged(one_line(&finding))),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) if !has_magic(path)? => Ok(Found::NoDatabase),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Ok(Found::Damaged(error.to_string())),
            Some(ErrorCode::SystemIoFailure) => match unreadable(path) {
                Some(finding) => Ok(Found::Damaged(finding)),
                None => Err(open(error)),
            },
            _ => Err(open(error)),
        },
    }
}

fn has_magic(path: &Path) -> Result<bool, StoreError> {
    Ok(first_bytes(path)?.is_some_and(|header| header[..16] == *MAGIC))
}

/// Bytes of a page, as the header of a sound file says: it ends with a whole one, which SQLite takes for granted.
fn page_size(path: &Path) -> Result<u64, StoreError> {
    Ok(match first_bytes(path)?.map_or(1, |header| u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => u64::from(size).max(1),
    })
}

/// The beginning of the header; `None` when the file is shorter.
fn first_bytes(path: &Path) -> Result<Option<[u8; 18]>, StoreError> {
    let mut first = [0; 18];
    match File::open(path).and_then(|mut file| file.read_exact(&mut first)) {
        Ok(()) => Ok(Some(first)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(source) => Err(StoreError::file(path, "read")(source)),
    }
}

/// Where the medium gives an error whenever the file is read there: a bad sector, not a moment's failure.
fn unreadable(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let mut buffer = vec![0; 1 << 20];
    let mut read = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return None,
            Ok(bytes) => read += bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Some(format!("its file cannot be read after byte {read}: {error}")),
        }
    }
}

/// SQLite's findings have a heading and one line each.
pub fn one_line(finding: &str) -> String {
    finding.lines().filter(|line| !line.starts_with("***")).map(str::trim).collect::<Vec<_>>().join("; ")
}
