//! Which days were exported where: the watermark of `lotcount export`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior, params};

use super::reader::Reader;
use super::{StoreError, schema};
use crate::time::UtcMicros;

/// The schema that brought exports.
const EXPORT_SCHEMA: i64 = 5;

/// Where files go, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportTarget {
    /// Absolute.
    pub folder: String,
    pub format: String,
}

/// The latest revision of one day's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedDay {
    pub revision: u32,
    pub content_sha256: String,
}

impl Reader {
    /// What was exported there, by day. A database of before there were exports has none.
    pub fn exported_days(&self, target: &ExportTarget) -> Result<BTreeMap<Date, ExportedDay>, StoreError> {
        if schema::version(&self.connection)? < EXPORT_SCHEMA {
            return Ok(BTreeMap::new());
        }
        // SQLite takes the hash from the row of the maximum.
        let sql =
            "SELECT day, max(revision), content_sha256 FROM export WHERE folder = ?1 AND format = ?2 GROUP BY day";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![target.folder, target.format], |row| {
            let day: String = row.get(0)?;
            Ok((day, ExportedDay { revision: row.get(1)?, content_sha256: row.get(2)? }))
        })?;
        let mut days = BTreeMap::new();
        for row in rows {
            let (day, exported) = row?;
            // Somebody else's row is none of ours.
            if let Ok(day) = day.parse() {
                days.insert(day, exported);
            }
        }
        Ok(days)
    }
}

/// Writes the watermark, also while the service writes: each record is a short transaction that waits for its turn.
pub struct ExportLog {
    connection: Connection,
}

impl ExportLog {
    /// The database must be there and writable, and no older than exports.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|source| schema::open_error(path, source))?;
        connection.busy_timeout(schema::BUSY)?;
        if connection.is_readonly(MAIN_DB)? {
            return Err(StoreError::ReadOnly { path: path.to_path_buf() });
        }
        schema::refuse_newer(&connection, path)?;
        let found = schema::version(&connection).map_err(|source| schema::open_error(path, source))?;
        if found < EXPORT_SCHEMA {
            return Err(StoreError::Older { path: path.to_path_buf(), found, needed: EXPORT_SCHEMA });
        }
        connection.pragma_update(None, "synchronous", "full")?;
        Ok(Self { connection })
    }

    /// When it returns, the record is on the disk. Writing it twice changes nothing.
    pub fn record(
        &mut self,
        target: &ExportTarget,
        day: Date,
        exported: &ExportedDay,
        coverage: Option<f64>,
        at: UtcMicros,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO export (folder, format, day, revision, content_sha256, coverage, written_at_us)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            params![
                target.folder,
                target.format,
                day.to_string(),
                exported.revision,
                exported.content_sha256,
                coverage,
                at.0
            ],
        )?;
        Ok(transaction.commit()?)
    }
}
