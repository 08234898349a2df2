//! The database as files: its name and those beside it, setting one aside, putting one in place.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::StoreError;
use crate::time::UtcMicros;

/// What SQLite keeps beside a database, and what must never meet another file of the same name.
const SIDECARS: [&str; 3] = ["-wal", "-shm", "-journal"];
/// Why a database was set aside: it was damaged, somebody restored another, or it had taken the place of an open one.
const REASONS: [&str; 3] = ["damaged", "replaced", "found"];
/// While this file is there, what lies at the database's name is on its way out or in.
const REPLACING: &str = ".replacing";

pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `lotcount.db` and `-wal` give `lotcount.db-wal`.
pub fn beside(path: &Path, ending: impl AsRef<OsStr>) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Bytes of a file; `None` when there is none.
pub fn length(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::file(path, "read")(source)),
    }
}

/// A file's directory entry is on the disk only after this.
pub fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = folder(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::file(folder, "synced"))
}

/// Whether an earlier replacement was interrupted.
pub fn is_being_replaced(path: &Path) -> bool {
    beside(path, REPLACING).exists()
}

/// Ends what [`replace`] began, when the new database is ready for its first row.
pub fn is_replaced(path: &Path) -> Result<(), StoreError> {
    let marker = beside(path, REPLACING);
    match fs::remove_file(&marker) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result.map_err(StoreError::file(&marker, "removed")),
    }
}

/// Sets the database at `path` aside, if there is one, and puts `new` in its place, if there is a new one; gives the name
/// under which the old one lies. It is renamed, never deleted. Killed on the way, [`is_being_replaced`] tells the next start.
pub fn replace(path: &Path, new: Option<TempPath>, why: &str, now: UtcMicros) -> Result<Option<PathBuf>, StoreError> {
    let marker = beside(path, REPLACING);
    File::create(&marker).and_then(|file| file.sync_all()).map_err(StoreError::file(&marker, "written"))?;
    sync_folder(path)?;
    let aside = move_aside(path, why, now)?;
    if let Some(new) = new {
        new.persist_noclobber(path).map_err(|error| StoreError::file(path, "replaced")(error.error))?;
    }
    sync_folder(path)?;
    Ok(aside)
}

/// Databases that were set aside from this one's name, in order of their names. Nobody else ever removes them.
pub fn set_aside(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let folder = folder(path);
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return Ok(Vec::new()) };
    let read = StoreError::file(folder, "read");
    let names = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>());
    let is_aside = |other: &str| {
        let reason = other.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).unwrap_or_default();
        REASONS.iter().any(|why| reason.strip_prefix(why).is_some_and(|rest| rest.starts_with('-')))
            && !SIDECARS.iter().any(|ending| other.ends_with(ending))
    };
    let mut aside: Vec<PathBuf> = names
        .map_err(read)?
        .into_iter()
        .filter(|other| other.to_str().is_some_and(is_aside))
        .map(|other| folder.join(other))
        .collect();
    aside.sort();
    Ok(aside)
}

/// The database first: if its side files are left alone by a kill, they are still known to be its.
fn move_aside(path: &Path, why: &str, now: UtcMicros) -> Result<Option<PathBuf>, StoreError> {
    let stamp = now.in_file_name();
    let aside = (1..)
        .map(|attempt| match attempt {
            1 => beside(path, format!(".{why}-{stamp}")),
            _ => beside(path, format!(".{why}-{stamp}-{attempt}")),
        })
        .find(|name| !name.exists() && SIDECARS.iter().all(|ending| !beside(name, ending).exists()))
        .expect("not every number is taken");
    let mut moved = false;
    for ending in [""].into_iter().chain(SIDECARS) {
        let name = beside(path, ending);
        // The index of a -wal file is made anew from it; an empty one says nothing.
        let done = match ending {
            "-shm" => fs::remove_file(&name),
            "-wal" if length(&name)? == Some(0) => fs::remove_file(&name),
            _ => fs::rename(&name, beside(&aside, ending)).map(|()| moved = true),
        };
        match done {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(StoreError::file(&name, "set aside")(source)),
        }
    }
    Ok(moved.then_some(aside))
}

/// Which file a connection has open, to notice that somebody deleted or replaced it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity(#[cfg(unix)] (u64, u64), #[cfg(not(unix))] ());

impl FileIdentity {
    /// Of the file that lies at `path` now.
    pub fn of(path: &Path) -> Result<Self, StoreError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let metadata = fs::metadata(path).map_err(StoreError::file(path, "read"))?;
            Ok(Self((metadata.dev(), metadata.ino())))
        }
        #[cfg(not(unix))]
        {
            // Elsewhere a file that is open cannot be deleted.
            let _ = path;
            Ok(Self(()))
        }
    }

    /// Whether `path` still is that file. False only when it is certainly gone or another: a folder that cannot be read
    /// for a moment says nothing.
    pub fn is_still_at(self, path: &Path) -> bool {
        match Self::of(path) {
            Ok(found) => found == self,
            Err(StoreError::File { source, .. }) => source.kind() != ErrorKind::NotFound,
            Err(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMicros = UtcMicros(1_781_506_800_000_000);

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_replaced_lies_aside_whole_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        for round in ["one", "two"] {
            fs::write(&path, round).unwrap();
            fs::write(beside(&path, "-wal"), round).unwrap();
            let new = tempfile::NamedTempFile::new_in(folder.path()).unwrap().into_temp_path();
            replace(&path, Some(new), "damaged", NOW).unwrap();
            assert!(is_being_replaced(&path));
            is_replaced(&path).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"");
        }
        let aside = "a.db.damaged-20260615T070000Z";
        assert_eq!(
            names(folder.path()),
            ["a.db", aside, &format!("{aside}-2"), &format!("{aside}-2-wal"), &format!("{aside}-wal")]
        );
        assert_eq!(fs::read(folder.path().join(aside)).unwrap(), b"one");
        assert_eq!(fs::read(folder.path().join(format!("{aside}-2-wal"))).unwrap(), b"two");
    }

    #[test]
    fn a_file_that_was_deleted_or_replaced_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        fs::write(&path, "one").unwrap();
        let open = File::open(&path).unwrap();
        let identity = FileIdentity::of(&path).unwrap();
        assert!(identity.is_still_at(&path));
        fs::remove_file(&path).unwrap();
        assert!(!identity.is_still_at(&path));
        fs::write(&path, "two").unwrap();
        assert!(!identity.is_still_at(&path));
        drop(open);
    }
}
