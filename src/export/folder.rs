//! The folder that exports are put into, and what becomes of files that lie there already.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::hash;
use crate::report::write_atomically;
use crate::store::ExportedDay;

const LOCK: &str = ".lotcount-export.lock";
/// Where files go that were replaced: whoever reads all files of the folder itself finds each day once.
const EARLIER: &str = "earlier";

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("another export into {0} is still running")]
    Busy(PathBuf),
    /// It is not made: it may be a share that is not mounted.
    #[error("there is no folder {0}: make it, or mount it")]
    Missing(PathBuf),
    #[error("{path} cannot be {done}")]
    File { path: PathBuf, done: &'static str, source: io::Error },
    #[error(transparent)]
    Publish(#[from] crate::report::PublishError),
}

/// A folder that nobody else exports into meanwhile.
#[derive(Debug)]
pub struct ExportFolder {
    path: PathBuf,
    _lock: File,
}

/// `2026-06-15.csv`
pub fn file_name(day: Date, extension: &str) -> String {
    format!("{day}.{extension}")
}

impl ExportFolder {
    /// The operating system lets the lock go when the process ends, however it ends.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let path = match fs::canonicalize(path) {
            Ok(path) if path.is_dir() => path,
            Ok(_) => return Err(FolderError::Missing(path.to_path_buf())),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(FolderError::Missing(path.to_path_buf())),
            Err(source) => return Err(file_error(path, "opened")(source)),
        };
        let name = path.join(LOCK);
        let lock = File::options().create(true).append(true).open(&name).map_err(file_error(&name, "written"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Busy(path)),
            Err(TryLockError::Error(source)) => Err(file_error(&name, "locked")(source)),
        }
    }

    /// Absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a day's file there, whole or not at all. What lies there with other bytes is kept in `earlier`: as the revision
    /// that it is, or, when nobody knows of it, by its hash. Bytes that lie there already are left alone.
    pub fn put(
        &self,
        day: Date,
        extension: &str,
        bytes: &[u8],
        before: Option<&ExportedDay>,
    ) -> Result<(), FolderError> {
        let path = self.path.join(file_name(day, extension));
        match fs::read(&path) {
            Ok(found) if found == bytes => return Ok(()),
            Ok(found) => self.keep(day, extension, &found, before)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(file_error(&path, "read")(source)),
        }
        Ok(write_atomically(&path, bytes)?)
    }

    fn keep(&self, day: Date, extension: &str, found: &[u8], before: Option<&ExportedDay>) -> Result<(), FolderError> {
        let folder = self.path.join(EARLIER);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(file_error(&folder, "made")(error)),
            _ => {}
        }
        let hash = hash(found);
        let name = match before {
            Some(before) if before.content_sha256 == hash => format!("{day}.r{}.{extension}", before.revision),
            _ => format!("{day}.found-{}.{extension}", &hash[..8]),
        };
        Ok(write_atomically(&folder.join(name), found)?)
    }
}

fn file_error(path: &Path, done: &'static str) -> impl FnOnce(io::Error) -> FolderError {
    move |source| FolderError::File { path: path.to_path_buf(), done, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 6, 15);

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_replaced_is_kept_and_nothing_lies_twice() {
        let place = tempfile::tempdir().unwrap();
        let folder = ExportFolder::open(place.path()).unwrap();
        let exported = |revision, bytes: &[u8]| ExportedDay { revision, content_sha256: hash(bytes) };
        folder.put(DAY, "csv", b"one", None).unwrap();
        folder.put(DAY, "csv", b"two", Some(&exported(1, b"one"))).unwrap();
        // Killed before it was recorded: the same again.
        folder.put(DAY, "csv", b"two", Some(&exported(1, b"one"))).unwrap();
        assert_eq!(names(place.path()), [LOCK, "2026-06-15.csv", EARLIER]);
        assert_eq!(names(&place.path().join(EARLIER)), ["2026-06-15.r1.csv"]);
        fs::write(place.path().join("2026-06-15.csv"), "by hand").unwrap();
        folder.put(DAY, "csv", b"three", Some(&exported(2, b"two"))).unwrap();
        assert_eq!(fs::read(place.path().join("2026-06-15.csv")).unwrap(), b"three");
        let earlier = names(&place.path().join(EARLIER));
        assert_eq!((earlier.len(), earlier[1].starts_with("2026-06-15.r1")), (2, true), "{earlier:?}");
        assert_eq!(fs::read(place.path().join(EARLIER).join(&earlier[0])).unwrap(), b"by hand");
    }

    #[test]
    fn one_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let folder = ExportFolder::open(place.path()).unwrap();
        assert!(matches!(ExportFolder::open(place.path()), Err(FolderError::Busy(_))));
        drop(folder);
        ExportFolder::open(place.path()).unwrap();
        assert!(matches!(ExportFolder::open(&place.path().join("no")), Err(FolderError::Missing(_))));
    }
}
