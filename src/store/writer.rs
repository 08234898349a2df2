//! The one who writes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::apply::Pen;
use super::backup::BackupFolder;
use super::change::Change;
use super::files::FileIdentity;
use super::lock::WriterLock;
use super::opening::{self, Mended, Opened};
use super::recording::{self, RecordingState};
use super::site::{SiteLayout, SiteRows};
use super::{StoreError, schema, snapshot, spill};
use crate::config::Config;
use crate::source::Recording;
use crate::time::UtcMicros;

/// How long counting may stand still for another process that is writing too, before its rows wait in memory instead.
const BUSY: Duration = Duration::from_millis(250);

/// One life of the process.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    pub started: UtcMicros,
    pub version: &'a str,
    pub config_sha256: &'a str,
}

/// A run as any copy of the database knows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RunName {
    pub uid: String,
    pub started: UtcMicros,
    pub version: String,
    pub config_sha256: String,
}

/// Writes runs, sessions and crossings. When a call has returned, its rows are on the disk.
pub struct Writer {
    connection: Connection,
    path: PathBuf,
    identity: FileIdentity,
    mended: Option<Mended>,
    run: i64,
    name: RunName,
    layout: SiteLayout,
    site: SiteRows,
    /// Dropped last: nobody else writes before the connection is closed.
    _lock: WriterLock,
}

impl Writer {
    /// Opens or makes the database, mends it from a backup if it is damaged, brings its schema up to date, takes in what
    /// earlier runs could not write, and begins a run of the configured site.
    pub fn begin(path: &Path, run: &NewRun, config: &Config) -> Result<Self, StoreError> {
        let lock = WriterLock::take(path)?;
        let Opened { mut connection, identity, mended } =
            opening::open_for_writing(path, &BackupFolder::of(&config.site))?;
        spill::take_in_all(&mut connection, path)?;
        let layout = SiteLayout::of(config);
        let transaction = begin(&mut connection)?;
        let (id, uid) = transaction.query_row(
            "INSERT INTO run (uid, started_at_us, version, config_sha256) VALUES (lower(hex(randomblob(8))), ?1, ?2, ?3)
             RETURNING id, uid",
            params![run.started.0, run.version, run.config_sha256],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let site = SiteRows::register(&transaction, &layout)?;
        note_time_not_running(&transaction, id, run.started, config)?;
        transaction.commit()?;
        connection.busy_timeout(BUSY)?;
        let name = RunName {
            uid,
            started: run.started,
            version: run.version.to_owned(),
            config_sha256: run.config_sha256.to_owned(),
        };
        let path = path.to_path_buf();
        Ok(Self { connection, path, identity, mended, run: id, name, layout, site, _lock: lock })
    }

    /// Set when the database was damaged and another one is in its place.
    pub fn mended(&self) -> Option<&Mended> {
        self.mended.as_ref()
    }

    /// Sees to it that rows go into the file that has the database's name. A database that somebody deleted is written
    /// back: the open connection still holds all of it.
    pub fn stay_in_place(&mut self) -> Result<(), StoreError> {
        if self.identity.is_still_at(&self.path) {
            return Ok(());
        }
        if self.path.exists() {
            return Err(StoreError::Replaced { path: self.path.clone() });
        }
        snapshot::write_back(&self.connection, &self.path)?;
        // Before the new file has a -wal: closing the old connection removes whatever has that name.
        drop(std::mem::replace(&mut self.connection, Connection::open_in_memory()?));
        let connection = Connection::open(&self.path)?;
        schema::prepare(&connection)?;
        connection.busy_timeout(BUSY)?;
        self.connection = connection;
        self.identity = FileIdentity::of(&self.path)?;
        log::error!("the database {} was deleted while it was open; it was written back", self.path.display());
        Ok(())
    }

    pub fn run(&self) -> &RunName {
        &self.name
    }

    /// What is configured, as the last change said.
    pub fn layout(&self) -> &SiteLayout {
        &self.layout
    }

    pub fn recording_state(&self, camera: &str, recording: &Recording) -> Result<RecordingState, StoreError> {
        recording::state(&self.connection, camera, recording)
    }

    /// Writes the changes in one transaction: all or none. Those that are there already are left as they are.
    pub fn write<'a>(&mut self, changes: impl IntoIterator<Item = &'a Change>) -> Result<(), StoreError> {
        let transaction = begin(&mut self.connection)?;
        let (mut site, mut layout) = (None, None);
        for change in changes {
            if let Change::Site(new) = change {
                let rows = SiteRows::register(&transaction, new)?;
                site = Some(site.as_ref().unwrap_or(&self.site).followed_by(rows));
                layout = Some(new.clone());
            } else {
                let site = site.as_ref().unwrap_or(&self.site);
                Pen { transaction: &transaction, run: self.run, site }.write(change)?;
            }
        }
        transaction.commit()?;
        if let (Some(site), Some(layout)) = (site, layout) {
            (self.site, self.layout) = (site, layout);
        }
        Ok(())
    }

    /// Takes in what this process had to put aside while the database failed.
    pub fn take_in_unsaved(&mut self) -> Result<(), StoreError> {
        spill::take_in_all(&mut self.connection, &self.path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Takes the write lock at once: a transaction that begins by reading could find it taken when it wants to write.
pub(super) fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Between the last that was seen of a live camera and now nobody counted: a gap, written by the run that follows it,
/// since one that was killed can write nothing.
fn note_time_not_running(
    transaction: &Transaction,
    run: i64,
    started: UtcMicros,
    config: &Config,
) -> Result<(), StoreError> {
    let mut statement = transaction.prepare(
        // A camera of which nothing but sessions is known was killed each time before its coverage was written first.
        "WITH recent AS (
             SELECT session.id, began_at_us FROM session JOIN camera ON camera.id = session.camera_id
             WHERE camera.name = ?3 AND content_sha256 IS NULL ORDER BY session.id DESC LIMIT 100
         )
         INSERT INTO gap (run_id, camera_id, seq, from_us, until_us, reason, detail)
         SELECT ?1, camera.id, 0, last.us, ?2, 'not-running', 'lotcount was not running'
         FROM camera JOIN (
             SELECT coalesce(max(until_us), (SELECT min(began_at_us) FROM recent)) AS us FROM (
                 SELECT until_us FROM coverage WHERE session_id IN (SELECT id FROM recent)
                 UNION ALL
                 SELECT until_us FROM gap JOIN camera ON camera.id = gap.camera_id
                 WHERE camera.name = ?3 AND run_id IN (SELECT id FROM run ORDER BY id DESC LIMIT 100))
         ) AS last ON last.us < ?2
         WHERE camera.name = ?3",
    )?;
    for camera in config.cameras.iter().filter(|camera| camera.source.is_live()) {
        statement.execute(params![run, started.0, camera.name])?;
    }
    Ok(())
}
