//! Putting a changed text in place of a configuration that somebody else may be changing, too: whole or not at all, with the old
//! one kept beside it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::diagnostics::TomlFile;
use crate::time::UtcMicros;

#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    #[error("{path} cannot be {done}; it was left as it is")]
    File { path: PathBuf, done: &'static str, source: io::Error },
    #[error("somebody else changed {path} meanwhile: nothing was written; try again")]
    Changed { path: PathBuf },
}

/// A file that is to be replaced. While it lives, no other one of the same file can be opened.
pub struct Replaceable {
    /// Where the file itself lies when `path` is a symbolic link.
    target: PathBuf,
    file: File,
    /// As it was when it was opened; `path` is the one that was named.
    pub toml: TomlFile,
}

impl Replaceable {
    /// Waits until nobody else is replacing it.
    pub fn open(path: &Path) -> Result<Self, ReplaceError> {
        let failed = |source| ReplaceError::File { path: path.to_path_buf(), done: "read", source };
        loop {
            let target = fs::canonicalize(path).map_err(failed)?;
            let mut file = File::open(&target).map_err(failed)?;
            file.lock().map_err(failed)?;
            // Whoever had it locked before has put another file in its place.
            if !is_same(&file.metadata().map_err(failed)?, &target) {
                continue;
            }
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(failed)?;
            return Ok(Self { target, file, toml: TomlFile { path: path.to_path_buf(), text } });
        }
    }

    /// Puts the text in its place, with the same owner and permissions. Where the old one is kept.
    pub fn replace(self, text: &str, now: UtcMicros) -> Result<PathBuf, ReplaceError> {
        let failed = |done| move |path: &Path, source| ReplaceError::File { path: path.to_path_buf(), done, source };
        let (written, kept) = (failed("replaced"), failed("copied beside itself"));
        let before = self.file.metadata().map_err(|source| written(&self.target, source))?;
        let new = beside(&self.target, text, &before).map_err(|source| written(&self.target, source))?;
        let old = beside(&self.target, &self.toml.text, &before).map_err(|source| kept(&self.target, source))?;
        let is_as_it_was = fs::read(&self.target).is_ok_and(|bytes| bytes == self.toml.text.as_bytes());
        if !is_as_it_was || !is_same(&before, &self.target) {
            return Err(ReplaceError::Changed { path: self.target });
        }
        let backup = keep(old, &self.target, now).map_err(|source| kept(&self.target, source))?;
        if let Err(error) = new.persist(&self.target) {
            // Nothing was replaced, so nothing needs to be kept.
            let _ = fs::remove_file(&backup);
            return Err(written(&self.target, error.error));
        }
        let synced = File::open(folder(&self.target)).and_then(|folder| folder.sync_all());
        synced.map_err(|source| ReplaceError::File { path: self.target, done: "synced to the disk", source })?;
        Ok(backup)
    }
}

fn is_same(open: &Metadata, path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|named| (named.dev(), named.ino()) == (open.dev(), open.ino()))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file in the same folder, on the disk, with the owner and the permissions of another one.
fn beside(target: &Path, text: &str, like: &Metadata) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".lotcount-").tempfile_in(folder(target))?;
    file.write_all(text.as_bytes())?;
    let own = file.as_file().metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(file.as_file(), Some(like.uid()), Some(like.gid()))?;
    }
    // Last: a change of the owner takes some of them away.
    file.as_file().set_permissions(fs::Permissions::from_mode(like.mode() & 0o7777))?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Under a name with the time, of the next second when that is taken.
fn keep(mut old: NamedTempFile, target: &Path, now: UtcMicros) -> io::Result<PathBuf> {
    let mut at = now;
    loop {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".bak-{}", at.in_file_name()));
        let path = target.with_file_name(name);
        match old.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => old = taken.file,
            Err(failed) => return Err(failed.error),
        }
        at = at.plus_seconds(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMicros = UtcMicros(1_781_506_800_000_000);

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn the_old_text_is_kept_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("site.toml"), folder.path().join("cameras.toml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("site.toml", &link).unwrap();
        let backup = Replaceable::open(&link).unwrap().replace("new", NOW).unwrap();
        assert_eq!(backup.file_name().unwrap(), "site.toml.bak-20260615T070000Z");
        assert_eq!(
            (fs::read_to_string(&link).unwrap(), fs::read_to_string(&backup).unwrap()),
            ("new".into(), "old".into())
        );
        assert!(link.is_symlink() && !file.is_symlink());
        for path in [&file, &backup] {
            assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, 0o640);
        }
        // In the same second.
        Replaceable::open(&link).unwrap().replace("newer", NOW).unwrap();
        let expected =
            ["cameras.toml", "site.toml", "site.toml.bak-20260615T070000Z", "site.toml.bak-20260615T070001Z"];
        assert_eq!(names(folder.path()), expected);
    }

    #[test]
    fn what_somebody_else_wrote_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cameras.toml");
        fs::write(&file, "old").unwrap();
        let open = Replaceable::open(&file).unwrap();
        fs::write(&file, "theirs").unwrap();
        assert!(matches!(open.replace("new", NOW), Err(ReplaceError::Changed { .. })));
        assert_eq!((fs::read_to_string(&file).unwrap().as_str(), names(folder.path()).len()), ("theirs", 1));
    }

    #[test]
    fn two_at_once_come_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cameras.toml");
        fs::write(&file, "").unwrap();
        std::thread::scope(|scope| {
            for letter in "abcdefgh".chars() {
                let file = &file;
                scope.spawn(move || {
                    let open = Replaceable::open(file).unwrap();
                    let text = format!("{}{letter}", open.toml.text);
                    open.replace(&text, NOW).unwrap();
                });
            }
        });
        let mut letters: Vec<char> = fs::read_to_string(&file).unwrap().chars().collect();
        letters.sort_unstable();
        assert_eq!(letters.iter().collect::<String>(), "abcdefgh");
    }
}
