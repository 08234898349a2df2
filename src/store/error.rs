//! What can go wrong with the database, in words that say what to do.

use std::path::PathBuf;

use rusqlite::ErrorCode;

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
    #[error("the thread that writes the database panicked")]
    WriterPanicked,
}

impl StoreError {
    /// Whether it may be over in a while, so that it is worth trying again: the database is in use, the disk is full,
    /// read-only or away.
    pub fn is_passing(&self) -> bool {
        let StoreError::Sqlite(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::FileLockingProtocolFailed
            )
        )
    }
}
