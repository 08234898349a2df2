//! What can go wrong with the database, in words that say what to do.

use std::path::{Path, PathBuf};

use crate::time::UtcMicros;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database {path} cannot be opened")]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("there is no database {path} yet: `lotcount run` makes it")]
    Missing { path: PathBuf },
    #[error("{path} is no SQLite database, or a damaged one; it was left as it is")]
    NotADatabase { path: PathBuf },
    #[error("the database {path} is damaged: {finding}; it was left as it is, restore a backup")]
    Damaged { path: PathBuf, finding: String },
    #[error(
        "the database {path} was written by a newer lotcount (schema {found}, this one knows {known}): use that one"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("the database's schema could not be brought up to date")]
    Migration(#[source] rusqlite_migration::Error),
    #[error("another lotcount is writing the database {path}: stop it first, or use another database")]
    InUse { path: PathBuf },
    #[error("the lock file {path} cannot be used")]
    Lock { path: PathBuf, source: std::io::Error },
    #[error(
        "the database cannot be read on a read-only medium without its -wal and -shm files: copy it elsewhere first"
    )]
    ReadOnlyMedium,
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    #[error("a crossing names the line `{line}` of camera `{camera}`, which this run does not know")]
    UnknownLine { camera: String, line: String },
    #[error("{path}, which holds crossings that could not be written earlier, cannot be read; it was left as it is")]
    Spill { path: PathBuf, source: std::io::Error },
    #[error("the folder {folder} of the database does not exist: make it, or correct `database` in cameras.toml")]
    NoFolder { folder: PathBuf },
    #[error(
        "{path} cannot be written: it, its folder or the medium is read-only for this user; allow writing, or name another \
         `database` in cameras.toml"
    )]
    ReadOnly { path: PathBuf },
    #[error("{path} is a database of another program; it was left as it is: correct `database` in cameras.toml")]
    Foreign { path: PathBuf },
    #[error(
        "the database {path} was written by an older lotcount (schema {found}, this one needs {needed}): the next \
         `lotcount run` brings it up to date"
    )]
    Older { path: PathBuf, found: i64, needed: i64 },
    #[error("{path} is no sound copy of a database: {finding}")]
    Unsound { path: PathBuf, finding: String },
    #[error("{folder} has {} MB left and {} MB are needed: make room there", free / 1_000_000, needed.div_ceil(1_000_000))]
    NoRoom { folder: PathBuf, needed: u64, free: u64 },
    #[error("{path} cannot be {done}")]
    File { path: PathBuf, done: &'static str, source: std::io::Error },
    #[error(
        "{volumes} volumes of the hour from {hour} are not what its crossings sum up to: their rows are kept, see \
         `lotcount db check`"
    )]
    Misfits { volumes: i64, hour: UtcMicros },
    #[error("somebody reads {path} without an end: its -wal file has {} MB", bytes / 1_000_000)]
    WalInUse { path: PathBuf, bytes: u64 },
    #[error("the database knows no lot `{lot}` yet: the next `lotcount run` brings it in")]
    UnknownLot { lot: String },
    #[error(
        "the crossings of the quarter of an hour of {at} are kept as a total only: name its beginning or its end, {begin} or \
         {end}"
    )]
    TotalOnly { at: UtcMicros, begin: UtcMicros, end: UtcMicros },
    #[error("given up because the program stops")]
    Halted,
    #[error("another file was put in the place of the database {path} while it was open")]
    Replaced { path: PathBuf },
    #[error(
        "{path} is there already: a simulation writes a new database only; name another `database` in cameras.toml"
    )]
    Exists { path: PathBuf },
}

/// SQLite's extended code for a file system that found its own damage; rusqlite has no name for it.
const IO_CORRUPT_FILE_SYSTEM: i32 = 10 | (33 << 8);

impl StoreError {
    /// Worth trying again: locked by another process, no room, an I/O error, read-only, not to be opened. Nothing in the
    /// database is known to be wrong.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoFolder { .. } | Self::ReadOnly { .. } | Self::NoRoom { .. } | Self::File { .. } => true,
            Self::Lock { .. } | Self::ReadOnlyMedium => true,
            other => {
                use rusqlite::ErrorCode::*;
                let code = other.sqlite().and_then(rusqlite::Error::sqlite_error_code);
                let passing = [
                    DatabaseBusy,
                    DatabaseLocked,
                    DiskFull,
                    SystemIoFailure,
                    ReadOnly,
                    CannotOpen,
                    PermissionDenied,
                    FileLockingProtocolFailed,
                    OutOfMemory,
                ];
                code.is_some_and(|code| passing.contains(&code)) && !other.is_damage()
            }
        }
    }

    /// Another process is writing, or keeps the whole database to itself.
    pub fn is_locked(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        let code = self.sqlite().and_then(rusqlite::Error::sqlite_error_code);
        matches!(code, Some(DatabaseBusy | DatabaseLocked))
    }

    /// The database itself is damaged: trying again does not help, opening it anew restores a backup.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Damaged { .. } | Self::NotADatabase { .. } => true,
            other => other.sqlite().is_some_and(|error| {
                matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
                    || error.sqlite_error().is_some_and(|error| error.extended_code == IO_CORRUPT_FILE_SYSTEM)
            }),
        }
    }

    fn sqlite(&self) -> Option<&rusqlite::Error> {
        match self {
            Self::Sqlite(source) | Self::Open { source, .. } => Some(source),
            Self::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => Some(err),
            _ => None,
        }
    }

    /// For `map_err` on what is done to a file.
    pub(super) fn file(path: &Path, done: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.to_path_buf(), done, source }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn sqlite(code: i32) -> StoreError {
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn what_passes_is_no_damage() {
        for code in [
            ffi::SQLITE_BUSY,
            ffi::SQLITE_LOCKED,
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_READ,
            ffi::SQLITE_READONLY,
            ffi::SQLITE_READONLY_DBMOVED,
            ffi::SQLITE_CANTOPEN,
        ] {
            assert!(sqlite(code).is_passing() && !sqlite(code).is_damage(), "{code}");
        }
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_CORRUPT_INDEX, ffi::SQLITE_NOTADB, IO_CORRUPT_FILE_SYSTEM] {
            assert!(sqlite(code).is_damage() && !sqlite(code).is_passing(), "{code}");
        }
        for code in [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_ERROR] {
            assert!(!sqlite(code).is_damage() && !sqlite(code).is_passing(), "{code}");
        }
    }
}
