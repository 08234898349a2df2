//! Opening for writing. A damaged database is set aside and the newest sound backup takes its place.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, MAIN_DB};
use tempfile::TempPath;

use super::backup::{Backup, BackupFolder};
use super::damage::{self, Found};
use super::files::FileIdentity;
use super::snapshot::{self, Halt};
use super::{StoreError, files, schema};
use crate::time::UtcMicros;

/// A database that is ready for rows.
#[derive(Debug)]
pub struct Opened {
    pub connection: Connection,
    /// Which file the connection has open.
    pub identity: FileIdentity,
    /// Set when the database was damaged. Whoever runs says so loudly.
    pub mended: Option<Mended>,
}

/// The database was damaged, and another one is in its place. `Display` says everything in one line.
#[derive(Clone, Debug)]
pub struct Mended {
    pub database: PathBuf,
    pub finding: String,
    /// Where the damaged file lies with its -wal file; `None` when there was nothing left to set aside.
    pub set_aside: Option<PathBuf>,
    /// The backup that was restored; `None`: there was none, and a new database was begun.
    pub restored: Option<Backup>,
}

impl fmt::Display for Mended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database {} was damaged ({})", self.database.display(), self.finding)?;
        if let Some(aside) = &self.set_aside {
            write!(f, "; it was set aside as {}", aside.display())?;
        }
        match &self.restored {
            Some(backup) => {
                write!(
                    f,
                    "; the backup {} of {} was restored: later rows are missing",
                    backup.path.display(),
                    backup.made
                )
            }
            None => write!(f, "; there is no sound backup, a new database was begun"),
        }
    }
}

/// Opens for writing, makes the file if there is none, and brings its schema up to date. The caller holds the writer's
/// lock.
pub fn open_for_writing(path: &Path, backups: &BackupFolder) -> Result<Opened, StoreError> {
    let folder = files::folder(path);
    if !folder.is_dir() {
        return Err(StoreError::NoFolder { folder: folder.to_path_buf() });
    }
    let mended = match finding(path, backups)? {
        Some(finding) => Some(mend(path, backups, finding)?),
        None => None,
    };
    let opened = Connection::open(path).and_then(|connection| schema::prepare(&connection).map(|()| connection));
    let mut connection = opened.map_err(|source| open_error(path, source))?;
    if connection.is_readonly(MAIN_DB)? {
        return Err(StoreError::ReadOnly { path: path.to_path_buf() });
    }
    schema::refuse_newer(&connection, path)?;
    schema::refuse_foreign(&connection, path)?;
    let version = schema::version(&connection)?;
    if (1..schema::newest()).contains(&version) {
        let backup = backups.make(path, UtcMicros::now(), &Halt::never())?;
        log::info!("before the schema is brought up to date, a backup was made: {}", backup.path.display());
    }
    schema::migrate(&mut connection)?;
    files::is_replaced(path)?;
    Ok(Opened { identity: FileIdentity::of(path)?, connection, mended })
}

/// SQLite opens files for reading that it cannot write, and needs to make others beside the database.
fn open_error(path: &Path, source: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    match source.sqlite_error_code() {
        Some(CannotOpen | PermissionDenied | ReadOnly) if path.is_file() => {
            StoreError::ReadOnly { path: path.to_path_buf() }
        }
        _ => schema::open_error(path, source),
    }
}

/// What is wrong with the database; `None` when it, or its absence, is all right.
fn finding(path: &Path, backups: &BackupFolder) -> Result<Option<String>, StoreError> {
    if files::is_being_replaced(path) {
        return Ok(Some("its replacement was interrupted".to_owned()));
    }
    let found = damage::look(path).map_err(|error| match error {
        StoreError::Open { source, .. } => open_error(path, source),
        other => other,
    })?;
    let newest = backups.newest_first(UtcMicros::now())?.into_iter().next();
    Ok(match (found, newest) {
        (Found::Damaged(finding), _) => Some(finding),
        (Found::NoDatabase, Some(_)) => Some("it is no SQLite file any more".to_owned()),
        (Found::NoDatabase, None) => return Err(StoreError::NotADatabase { path: path.to_path_buf() }),
        (Found::Empty, Some(_)) => Some("its file is empty".to_owned()),
        (Found::Nothing, Some(backup)) => {
            log::warn!(
                "there is no database {}: a new one is begun, though there is a backup of {}; \
                 `lotcount db restore latest` takes that",
                path.display(),
                backup.made
            );
            None
        }
        (Found::Nothing | Found::Empty, None) | (Found::Sound, _) => None,
    })
}

fn mend(path: &Path, backups: &BackupFolder, finding: String) -> Result<Mended, StoreError> {
    let now = UtcMicros::now();
    // Before anything is moved: when there is no room for it, all stays as it is.
    let (new, restored) = match newest_sound(path, backups, now)? {
        Some((copy, backup)) => (Some(copy), Some(backup)),
        None => (None, None),
    };
    let set_aside = files::replace(path, new, "damaged", now)?;
    let mended = Mended { database: path.to_path_buf(), finding, set_aside, restored };
    log::error!("{mended}");
    Ok(mended)
}

/// A verified copy, beside the database, of the newest backup that is sound.
fn newest_sound(path: &Path, backups: &BackupFolder, now: UtcMicros) -> Result<Option<(TempPath, Backup)>, StoreError> {
    for backup in backups.newest_first(now)? {
        match snapshot::take(&backup.path, files::folder(path), &Halt::never()) {
            Ok((copy, _)) => return Ok(Some((copy, backup))),
            Err(error @ (StoreError::Unsound { .. } | StoreError::Newer { .. })) => {
                log::error!("a backup cannot be used, trying the one before it: {error}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
