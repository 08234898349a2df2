//! The one who writes.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::lock::WriterLock;
use super::recording::{self, RecordingState};
use super::rows::{NewCrossing, NewNearCrossing, NewRun, NewSession, SessionEnd, SessionId};
use super::site::SiteRows;
use super::{StoreError, schema};
use crate::config::Config;
use crate::source::Recording;
use crate::time::UtcMicros;

/// Writes runs, sessions and crossings. When a call has returned, its rows are on the disk.
pub struct Writer {
    connection: Connection,
    run: i64,
    site: SiteRows,
    /// Camera of each session of this run.
    sessions: HashMap<i64, String>,
    /// Dropped last: nobody else writes before the connection is closed.
    _lock: WriterLock,
}

impl Writer {
    /// Opens or makes the database, brings its schema up to date, and begins a run of the configured site.
    pub fn begin(path: &Path, run: &NewRun, config: &Config) -> Result<Self, StoreError> {
        let lock = WriterLock::take(path)?;
        let mut connection = schema::open_for_writing(path)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO run (uid, started_at_us, version, config_sha256) VALUES (lower(hex(randomblob(8))), ?1, ?2, ?3)",
            params![run.started.0, run.version, run.config_sha256],
        )?;
        let id = transaction.last_insert_rowid();
        let site = SiteRows::register(&transaction, config)?;
        transaction.commit()?;
        Ok(Self { connection, run: id, site, sessions: HashMap::new(), _lock: lock })
    }

    pub fn recording_state(&self, camera: &str, recording: &Recording) -> Result<RecordingState, StoreError> {
        recording::state(&self.connection, camera, recording)
    }

    pub fn begin_session(&mut self, session: &NewSession) -> Result<SessionId, StoreError> {
        let unknown = || StoreError::UnknownLine { camera: session.camera.to_owned(), line: String::new() };
        let camera = self.site.camera(session.camera).ok_or_else(unknown)?.id;
        let transaction = begin(&mut self.connection)?;
        let counts = match &session.recording {
            Some(recording) => recording::make_way(&transaction, session.camera, recording)?,
            None => true,
        };
        let recording = session.recording.as_ref();
        transaction.execute(
            "INSERT INTO session (run_id, camera_id, began_at_us, counts, source, content_sha256, recording_start_us,
                                  start_assumed, model_name, model_sha256, generation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                self.run,
                camera,
                session.began.0,
                counts,
                session.source,
                recording.map(|recording| recording.content.to_string()),
                recording.map(|recording| recording.start.0),
                recording.is_some_and(|recording| recording.start_assumed),
                session.model_name,
                session.model_sha256,
                session.generation,
            ],
        )?;
        let id = transaction.last_insert_rowid();
        transaction.commit()?;
        self.sessions.insert(id, session.camera.to_owned());
        Ok(SessionId(id))
    }

    /// Writes what one look decided, in one transaction. A row that is there already is left as it is.
    pub fn insert(
        &mut self,
        session: SessionId,
        crossings: &[NewCrossing],
        near_crossings: &[NewNearCrossing],
    ) -> Result<(), StoreError> {
        let camera = self.sessions.get(&session.0).map_or("", String::as_str);
        let (run, site) = (self.run, &self.site);
        let transaction = begin(&mut self.connection)?;
        for crossing in crossings {
            insert_crossing(&transaction, run, session, site, camera, crossing)?;
        }
        for near in near_crossings {
            insert_near_crossing(&transaction, run, session, site, camera, near)?;
        }
        transaction.commit()?;
        Ok(())
    }

    pub fn end_session(&mut self, session: SessionId, end: &SessionEnd) -> Result<(), StoreError> {
        let transaction = begin(&mut self.connection)?;
        transaction.execute(
            "UPDATE session SET ended_at_us = ?2, complete = ?3, reason = ?4, frames_read = ?5, frames_looked_at = ?6,
                                frames_dropped = ?7 WHERE id = ?1",
            params![
                session.0,
                end.ended.0,
                end.complete,
                end.reason,
                end.frames_read,
                end.frames_looked_at,
                end.frames_dropped
            ],
        )?;
        if end.complete {
            recording::take_over(&transaction, session.0)?;
        }
        transaction.commit()?;
        self.sessions.remove(&session.0);
        Ok(())
    }

    pub fn end_run(&mut self, ended: UtcMicros) -> Result<(), StoreError> {
        self.connection.execute("UPDATE run SET ended_at_us = ?2 WHERE id = ?1", params![self.run, ended.0])?;
        Ok(())
    }
}

/// Takes the write lock at once: a transaction that begins by reading could find it taken when it wants to write.
fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn insert_crossing(
    transaction: &Transaction,
    run: i64,
    session: SessionId,
    site: &SiteRows,
    camera: &str,
    new: &NewCrossing,
) -> Result<(), StoreError> {
    let (camera, line) = site.line(camera, new.line)?;
    let crossing = new.crossing;
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, rule, track, place,
                                   explanation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            run,
            camera.id,
            new.sequence,
            session.0,
            line.id,
            crossing.direction.name(),
            new.at.0,
            crossing.class.name(),
            crossing.rule.name(),
            crossing.track,
            crossing.place,
            serde_json::to_string(&crossing.explanation)?,
        ])?;
    if inserted == 0 {
        return Ok(());
    }
    let id = transaction.last_insert_rowid();
    let mut movement =
        transaction.prepare_cached("INSERT INTO movement (crossing_id, lot_id, delta) VALUES (?1, ?2, ?3)")?;
    for (lot, delta) in line.movements(crossing.direction) {
        movement.execute(params![id, lot, delta])?;
    }
    Ok(())
}

fn insert_near_crossing(
    transaction: &Transaction,
    run: i64,
    session: SessionId,
    site: &SiteRows,
    camera: &str,
    new: &NewNearCrossing,
) -> Result<(), StoreError> {
    let (camera, line) = site.line(camera, new.line)?;
    let rejected = new.rejected;
    transaction
        .prepare_cached(
            "INSERT INTO near_crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, track, place,
                                        reason, detail, explanation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            run,
            camera.id,
            new.sequence,
            session.0,
            line.id,
            rejected.direction.name(),
            new.at.0,
            rejected.class.name(),
            rejected.track,
            rejected.place,
            rejected.reason.name(),
            rejected.reason.to_string(),
            serde_json::to_string(&rejected.explanation)?,
        ])?;
    Ok(())
}
