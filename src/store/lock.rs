//! One writing process at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::StoreError;

/// Held as long as the writer lives. The operating system lets it go when the process ends, however it ends; the empty
/// file beside the database stays and means nothing by itself.
#[derive(Debug)]
pub struct WriterLock(#[expect(dead_code, reason = "closing the file is what unlocks it")] File);

impl WriterLock {
    pub fn take(database: &Path) -> Result<Self, StoreError> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let path = std::path::PathBuf::from(name);
        let failed = |source| StoreError::Lock { path: path.clone(), source };
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_path_buf() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
