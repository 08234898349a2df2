//! A new database filled with a long time at once: the same rows by the same statements, without a disk that is waited
//! for. For simulations only; what is cut off half-way is thrown away.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use tempfile::TempPath;

use super::apply::Pen;
use super::change::Change;
use super::lock::WriterLock;
use super::site::{SiteLayout, SiteRows};
use super::writer::{RunName, begin};
use super::{StoreError, adjust, files, schema, snapshot};

/// Fills a database that did not exist.
pub struct BulkWriter {
    connection: Connection,
    path: PathBuf,
    /// It gets its name when it is complete.
    part: TempPath,
    layout: SiteLayout,
    site: SiteRows,
    run: i64,
    _lock: WriterLock,
}

impl BulkWriter {
    /// Makes the file; one that is there is left alone and refused.
    pub fn create(path: &Path, layout: SiteLayout) -> Result<Self, StoreError> {
        if !files::folder(path).is_dir() {
            return Err(StoreError::NoFolder { folder: files::folder(path).to_path_buf() });
        }
        let lock = WriterLock::take(path)?;
        if files::length(path)?.is_some() {
            return Err(StoreError::Exists { path: path.to_path_buf() });
        }
        let part = tempfile::Builder::new()
            .prefix(snapshot::PREFIX)
            .suffix(snapshot::SUFFIX)
            .tempfile_in(files::folder(path))
            .map_err(StoreError::file(files::folder(path), "written"))?
            .into_temp_path();
        let mut connection = Connection::open(&part).map_err(|source| schema::open_error(path, source))?;
        connection.pragma_update(None, "journal_mode", "off")?;
        connection.pragma_update(None, "synchronous", false)?;
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        schema::migrate(&mut connection)?;
        let site = SiteRows::default();
        Ok(Self { connection, path: path.to_path_buf(), part, layout, site, run: 0, _lock: lock })
    }

    /// What is written from now on belongs to this run.
    pub fn begin_run(&mut self, run: &RunName) -> Result<(), StoreError> {
        let transaction = begin(&mut self.connection)?;
        transaction.execute(
            "INSERT INTO run (uid, started_at_us, version, config_sha256) VALUES (?1, ?2, ?3, ?4)",
            params![run.uid, run.started.0, run.version, run.config_sha256],
        )?;
        self.run = transaction.last_insert_rowid();
        self.site = SiteRows::register(&transaction, &self.layout)?;
        transaction.commit()?;
        Ok(())
    }

    /// Writes changes of the run that was begun last, in one transaction.
    pub fn write(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let transaction = begin(&mut self.connection)?;
        let pen = Pen { transaction: &transaction, run: self.run, site: &self.site };
        for change in changes {
            match change {
                // Whoever opens the gates knows the number before there is any row.
                Change::Adjustment(new) => _ = adjust::record(&transaction, new)?,
                other => pen.write(other)?,
            }
        }
        Ok(transaction.commit()?)
    }

    /// Leaves a database as any other, on the disk.
    pub fn finish(self) -> Result<(), StoreError> {
        schema::prepare(&self.connection)?;
        self.connection.close().map_err(|(_, error)| error)?;
        let ordinary = |file: std::fs::File| {
            #[cfg(unix)]
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
            file.sync_all()
        };
        let synced = std::fs::File::options().write(true).open(&self.part).and_then(ordinary);
        synced.map_err(StoreError::file(&self.part, "synced"))?;
        self.part
            .persist_noclobber(&self.path)
            .map_err(|error| StoreError::file(&self.path, "written")(error.error))?;
        files::sync_folder(&self.path)
    }
}

/// Negative: KiB, not pages.
const CACHE_KIB: i64 = -65_536;
