//! Writes what begins and ends. The only rows that somebody else than the one who counts writes while he does.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::{StoreError, schema, writer};
use crate::alert::{Edge, Subject};

/// So long it waits for whoever is writing, and then leaves it for the next time.
const BUSY: Duration = Duration::from_secs(2);

/// Writes the edges in one transaction of a few rows, and gives those that were not there before. An edge whose lot or
/// camera is not in the database yet is left out.
///
/// `run_uid` is the run that found them: what another database has in place of this run's is not written to.
pub fn write_alerts(database: &Path, run_uid: &str, edges: &[Edge]) -> Result<Vec<Edge>, StoreError> {
    if edges.is_empty() {
        return Ok(Vec::new());
    }
    // Never makes a file: a database that was deleted is written back by the one who counts.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(database, flags).map_err(|source| schema::open_error(database, source))?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let transaction = writer::begin(&mut connection)?;
    let is_ours = transaction.prepare("SELECT 1 FROM run WHERE uid = ?1")?.exists([run_uid])?;
    if !is_ours {
        return Err(StoreError::Replaced { path: database.to_path_buf() });
    }
    let mut written = Vec::new();
    for edge in edges {
        if write(&transaction, edge)? {
            written.push(edge.clone());
        }
    }
    transaction.commit()?;
    Ok(written)
}

/// Whether it was new.
fn write(transaction: &Transaction, edge: &Edge) -> rusqlite::Result<bool> {
    let new = match edge {
        Edge::Began(new) => new,
        Edge::Ended { key, at, detail, .. } => {
            let sql = "UPDATE alert SET ended_at_us = ?2, ended_detail = ?3 WHERE key = ?1 AND ended_at_us IS NULL";
            return Ok(transaction.execute(sql, params![key, at.0, detail])? > 0);
        }
    };
    let (lot, camera, line) = match &new.subject {
        Subject::Lot(lot) => (Some(lot), None, None),
        Subject::Camera(camera) => (None, Some(camera), None),
        Subject::Line { camera, line } => (None, Some(camera), Some(line)),
    };
    let rows = transaction.execute(
        "INSERT INTO alert (key, kind, level, lot_id, camera_id, line, began_at_us, detail)
         SELECT ?1, ?2, ?3, lot.id, camera.id, ?6, ?7, ?8
         FROM (SELECT 1) LEFT JOIN lot ON lot.name = ?4 LEFT JOIN camera ON camera.name = ?5
         WHERE lot.id IS NOT NULL OR camera.id IS NOT NULL
         ON CONFLICT DO NOTHING",
        params![new.key, new.kind.word(), new.kind.level().word(), lot, camera, line, new.began.0, new.detail],
    )?;
    Ok(rows > 0)
}
