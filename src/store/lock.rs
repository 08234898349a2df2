//! One writing process at a time.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{StoreError, files};

/// Held as long as the writer lives. The operating system lets it go when the process ends, however it ends; the empty
/// file beside the database stays and means nothing by itself.
#[derive(Debug)]
pub struct WriterLock(#[expect(dead_code, reason = "closing the file is what unlocks it")] File);

impl WriterLock {
    pub fn take(database: &Path) -> Result<Self, StoreError> {
        // Beside the file itself: whatever other name somebody knows it by leads to the same lock.
        let target = fs::canonicalize(database).unwrap_or_else(|_| database.to_path_buf());
        let path = files::beside(&target, ".lock");
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => StoreError::NoFolder { folder: files::folder(database).to_path_buf() },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly { path: database.to_path_buf() }
            }
            _ => StoreError::Lock { path: path.clone(), source },
        };
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        let deadline = Instant::now() + LONGEST_QUESTION;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(LONGEST_QUESTION / 10),
                Err(TryLockError::WouldBlock) => return Err(StoreError::InUse { path: database.to_path_buf() }),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }

    /// Whether another process holds it. To ask, it is held for a moment, together with others who ask.
    pub fn is_held(database: &Path) -> bool {
        let Ok(target) = fs::canonicalize(database) else { return false };
        let Ok(file) = File::open(files::beside(&target, ".lock")) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Who only asks holds the lock for less than this.
const LONGEST_QUESTION: Duration = Duration::from_millis(100);
