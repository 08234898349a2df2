//! Backups: verified copies of the database in a folder of their own, the newest few of them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::snapshot::{self, Halt};
use super::{StoreError, files};
use crate::config::Site;
use crate::time::UtcMicros;

/// A copy that was verified when it was made: only such ones get a backup's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub path: PathBuf,
    /// When it was made, to the second, as its name says.
    pub made: UtcMicros,
}

/// Where the backups of one database are.
#[derive(Clone, Debug)]
pub struct BackupFolder {
    folder: PathBuf,
    /// The database's name without its ending, with which each backup's name begins.
    stem: String,
    kept: usize,
}

const ENDING: &str = ".db";
const DAY: Duration = Duration::from_secs(86_400);

impl BackupFolder {
    /// `kept`: how many there may be, at least one.
    pub fn new(folder: PathBuf, database: &Path, kept: usize) -> Self {
        let stem = database.file_stem().map_or("lotcount".into(), |stem| stem.to_string_lossy().into_owned());
        Self { folder, stem, kept: kept.max(1) }
    }

    pub fn of(site: &Site) -> Self {
        Self::new(site.backup_folder.clone(), &site.database, site.backups_kept)
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// All backups, the newest first. Those that claim to be of later than `now` come last: they were made while the clock
    /// was wrong.
    pub fn newest_first(&self, now: UtcMicros) -> Result<Vec<Backup>, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StoreError::file(&self.folder, "read")(source)),
        };
        let mut backups = Vec::new();
        for entry in entries {
            let entry = entry.map_err(StoreError::file(&self.folder, "read"))?;
            if let Some(made) = entry.file_name().to_str().and_then(|name| self.time_of(name)) {
                backups.push(Backup { path: entry.path(), made });
            }
        }
        backups.sort_by_key(|backup| std::cmp::Reverse((backup.made <= now + DAY, backup.made)));
        Ok(backups)
    }

    /// `lotcount-20260615T070000Z.db`
    fn time_of(&self, name: &str) -> Option<UtcMicros> {
        let time = name.strip_prefix(&self.stem)?.strip_prefix('-')?.strip_suffix(ENDING)?;
        UtcMicros::from_file_name(time)
    }

    /// Whether a day has passed since the newest backup, or there is none.
    pub fn is_due(&self, now: UtcMicros) -> Result<bool, StoreError> {
        let newest = self.newest_first(now)?.into_iter().next();
        Ok(newest.is_none_or(|newest| newest.made > now + DAY || newest.made + DAY <= now))
    }

    /// Makes a backup of the database as it is at this moment, verifies it, gives it its name, and only then removes the
    /// oldest ones beyond the number that is kept. Others write the database meanwhile and do not wait.
    pub fn make(&self, database: &Path, now: UtcMicros, halt: &Halt) -> Result<Backup, StoreError> {
        fs::create_dir_all(&self.folder).map_err(StoreError::file(&self.folder, "made"))?;
        self.remove_unfinished();
        let made = UtcMicros::from_file_name(&now.in_file_name()).unwrap_or(now);
        let path = self.folder.join(format!("{}-{}{ENDING}", self.stem, made.in_file_name()));
        copy_to(database, &path, halt)?;
        self.remove_old(&path, now)?;
        Ok(Backup { path, made })
    }

    /// What a kill left behind. Another process may be at work on a younger one.
    fn remove_unfinished(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            let is_old = age.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age > DAY);
            if name.starts_with(snapshot::PREFIX) && name.contains(snapshot::SUFFIX) && is_old {
                // It is only in the way; the next backup tries again.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn remove_old(&self, new: &Path, now: UtcMicros) -> Result<(), StoreError> {
        let others = self.newest_first(now)?.into_iter().filter(|backup| backup.path != new);
        for old in others.skip(self.kept - 1) {
            fs::remove_file(&old.path).map_err(StoreError::file(&old.path, "removed"))?;
        }
        Ok(())
    }
}

/// A verified copy under this name; a file of that name is replaced by it at once and as a whole.
pub fn copy_to(database: &Path, target: &Path, halt: &Halt) -> Result<(), StoreError> {
    let folder = files::folder(target);
    if !folder.is_dir() {
        let missing = std::io::Error::from(ErrorKind::NotFound);
        return Err(StoreError::file(folder, "found")(missing));
    }
    let (copy, _) = snapshot::take(database, folder, halt)?;
    copy.persist(target).map_err(|error| StoreError::file(target, "written")(error.error))?;
    files::sync_folder(target)
}

/// Puts the database at `source` (a backup) in place of `database`, which is set aside: the name that it has then. The
/// caller holds the writer's lock.
pub fn restore(source: &Path, database: &Path, now: UtcMicros) -> Result<Option<PathBuf>, StoreError> {
    let (copy, _) = snapshot::take(source, files::folder(database), &Halt::never())?;
    let aside = files::replace(database, Some(copy), "replaced", now)?;
    files::is_replaced(database)?;
    Ok(aside)
}
