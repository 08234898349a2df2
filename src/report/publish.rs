//! Files that appear whole or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::Builder;

#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be written")]
pub struct PublishError {
    path: PathBuf,
    source: io::Error,
}

/// Writes beside the target, syncs, renames over it, syncs the folder: a reader sees the old file or the new one, also
/// after a power cut.
pub fn write_atomically(path: &Path, contents: &[u8]) -> Result<(), PublishError> {
    try_write(path, contents).map_err(|source| PublishError { path: path.to_path_buf(), source })
}

fn try_write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As an ordinary new file; temporary ones are readable by their owner only.
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.prefix(".lotcount-").tempfile_in(folder)?;
    io::Write::write_all(&mut file, contents)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_old_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("totals.json");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write_atomically(&folder.path().join("no/such/file"), b"").unwrap_err();
        assert!(error.to_string().contains("no/such/file"), "{error}");
    }
}
