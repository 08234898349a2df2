//! One writing process at a time.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

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
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_path_buf() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
