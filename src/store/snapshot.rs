//! A copy of a database at one moment, made while others write it, and the proof that it is one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempPath;

use super::{StoreError, files, schema};

/// Pages of one step; between two steps it asks whether to give up.
const STEP: i32 = 256;
/// Instructions of SQLite's machine between two such questions, some milliseconds.
const INSTRUCTIONS: i32 = 100_000;
/// What a copy leaves free for those who count, bytes.
const RESERVE: u64 = 32 << 20;
/// How long to wait for a process that keeps the whole database to itself.
const BUSY: Duration = Duration::from_secs(10);

/// Asked now and then by long work: whether to give up.
#[derive(Clone)]
pub struct Halt(Arc<dyn Fn() -> bool + Send + Sync>);

impl Halt {
    pub fn when(halted: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(halted))
    }

    pub fn never() -> Self {
        Self::when(|| false)
    }

    pub fn is_requested(&self) -> bool {
        (self.0)()
    }

    /// Statements of this connection end with [`StoreError::Halted`] once it is requested.
    pub(super) fn watch(&self, connection: &Connection) -> Result<(), StoreError> {
        let halt = self.clone();
        Ok(connection.progress_handler(INSTRUCTIONS, Some(move || halt.is_requested()))?)
    }
}

/// What a copy must have in common with its source.
#[derive(Debug, PartialEq, Eq)]
pub struct Figures {
    pub schema: i64,
    pub crossings: i64,
    /// Vehicles in each lot.
    pub occupancy: Vec<(String, i64)>,
}

impl Figures {
    pub fn of(path: &Path) -> Result<Self, StoreError> {
        Self::read(&schema::open_for_reading(path)?).map_err(|error| unsound(path, error))
    }

    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut occupancy = connection.prepare("SELECT lot, inside FROM occupancy ORDER BY lot")?;
        let occupancy = occupancy.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(Self {
            schema: schema::version(connection)?,
            crossings: connection.query_row("SELECT count(*) FROM crossing", [], |row| row.get(0))?,
            occupancy,
        })
    }
}

/// Copies the database at `source` into a temporary file in `folder` and verifies it there. The copy is one file that
/// needs no other beside it, and is on the disk. Nobody who writes the source waits for it.
pub fn take(source: &Path, folder: &Path, halt: &Halt) -> Result<(TempPath, Figures), StoreError> {
    if files::length(source)?.is_none() {
        return Err(StoreError::Missing { path: source.to_path_buf() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(source, flags).map_err(|error| unsound(source, error))?;
    from.busy_timeout(BUSY)?;
    halt.watch(&from)?;
    let copy = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(folder)
        .map_err(StoreError::file(folder, "written"))?
        .into_temp_path();
    let figures = copy_pages(&from, source, &copy, folder, halt)?;
    drop(from);
    let permissions = std::fs::metadata(source).map_err(StoreError::file(source, "read"))?.permissions();
    std::fs::File::options()
        .write(true)
        .open(&copy)
        .and_then(|file| {
            file.set_permissions(permissions)?;
            file.sync_all()
        })
        .map_err(StoreError::file(&copy, "synced"))?;
    verify(&copy, source, &figures, halt)?;
    Ok((copy, figures))
}

/// Names of unfinished copies; a kill leaves them behind.
pub const PREFIX: &str = ".lotcount-";
pub const SUFFIX: &str = ".part";

fn copy_pages(
    from: &Connection,
    source: &Path,
    copy: &Path,
    folder: &Path,
    halt: &Halt,
) -> Result<Figures, StoreError> {
    // One moment of the source for the figures and every page; in WAL mode nobody waits for a reader.
    let moment = from.unchecked_transaction()?;
    let figures = Figures::read(from).map_err(|error| unsound(source, error))?;
    if figures.schema > schema::newest() {
        return Err(StoreError::Newer { path: source.to_path_buf(), found: figures.schema, known: schema::newest() });
    }
    let pages: u64 =
        from.query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |row| row.get(0))?;
    ensure_room(folder, pages)?;
    let mut to = Connection::open(copy)?;
    {
        let backup = Backup::new(from, &mut to)?;
        loop {
            if halt.is_requested() {
                return Err(StoreError::Halted);
            }
            match backup.step(STEP).map_err(|error| unsound(source, error))? {
                StepResult::Done => break,
                // Only of a database that is not in WAL mode: whoever writes it has it for a moment.
                StepResult::Busy | StepResult::Locked => std::thread::sleep(Duration::from_millis(50)),
                _ => {}
            }
        }
    }
    moment.finish()?;
    // The source's WAL mode was copied, too; a file in it cannot be read from a read-only medium.
    let mode: String = to.query_row("PRAGMA journal_mode = delete", [], |row| row.get(0))?;
    debug_assert_eq!(mode, "delete");
    to.close().map_err(|(_, error)| error)?;
    Ok(figures)
}

/// A copy that fills the disk would stop the counting.
fn ensure_room(folder: &Path, bytes: u64) -> Result<(), StoreError> {
    let Some(free) = free_bytes(folder) else { return Ok(()) };
    let needed = bytes + RESERVE;
    if free < needed {
        return Err(StoreError::NoRoom { folder: folder.to_path_buf(), needed, free });
    }
    Ok(())
}

/// Bytes that this user may still write there; `None` when the file system does not tell.
fn free_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    return rustix::fs::statvfs(folder).ok().map(|found| found.f_bavail.saturating_mul(found.f_frsize));
    #[cfg(not(unix))]
    return None;
}

/// Reads every page of the copy, checks all keys, and compares it with its source.
fn verify(copy: &Path, source: &Path, figures: &Figures, halt: &Halt) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags)?;
    halt.watch(&connection)?;
    let unsound = |error| unsound(source, error);
    let found = schema::findings(&connection, 1).map_err(unsound)?;
    if let Some(finding) = found.into_iter().next() {
        return Err(StoreError::Unsound { path: source.to_path_buf(), finding });
    }
    let copied = Figures::read(&connection).map_err(unsound)?;
    if copied != *figures {
        let finding = format!("the copy holds {copied:?} and the database {figures:?}");
        return Err(StoreError::Unsound { path: source.to_path_buf(), finding });
    }
    Ok(())
}

/// Errors that speak against the source itself; all others are as they are.
fn unsound(source: &Path, error: rusqlite::Error) -> StoreError {
    let finding = match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => return StoreError::Halted,
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => error.to_string(),
        // A table or view is missing.
        Some(ErrorCode::Unknown) => format!("it is no database of lotcount ({error})"),
        _ => return StoreError::Sqlite(error),
    };
    StoreError::Unsound { path: source.to_path_buf(), finding }
}

/// The database that a connection has open, written to `path` again, from where its file was deleted. A file that somebody
/// put there meanwhile is set aside. The connection stays on the deleted file: close it before `path` is opened.
pub fn write_back(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let folder = files::folder(path);
    if !folder.is_dir() {
        return Err(StoreError::NoFolder { folder: folder.to_path_buf() });
    }
    let copy = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(folder)
        .map_err(StoreError::file(folder, "written"))?
        .into_temp_path();
    let figures = copy_pages(connection, path, &copy, folder, &Halt::never())?;
    let synced = std::fs::File::options().write(true).open(&copy).and_then(|file| file.sync_all());
    synced.map_err(StoreError::file(&copy, "synced"))?;
    verify(&copy, path, &figures, &Halt::never())?;
    files::replace(path, Some(copy), "found", crate::time::UtcMicros::now())?;
    files::is_replaced(path)
}
