//! Single crossings, newest last, for whoever follows them.

use rusqlite::{Row, params};

use super::StoreError;
use super::reader::Reader;
use crate::time::UtcMicros;

/// A crossing that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossingRow {
    /// Rises with every row that is written; crossings of recordings come late.
    pub id: i64,
    /// Name of the run; with camera and sequence the key of the row for ever.
    pub run: String,
    pub camera: String,
    pub sequence: i64,
    pub line: String,
    /// `entry` or `exit`
    pub direction: String,
    pub class: String,
    pub at: UtcMicros,
}

/// CROSS JOIN: from the end of an index of crossings, whatever the statistics say.
const CROSSINGS: &str =
    "SELECT crossing.id, run.uid, camera.name, seq, line.name, direction, class, at_us FROM crossing
     CROSS JOIN session ON session.id = crossing.session_id AND session.counts = 1
     CROSS JOIN run ON run.id = crossing.run_id CROSS JOIN camera ON camera.id = crossing.camera_id
     CROSS JOIN line ON line.id = crossing.line_id";

impl Reader {
    /// The first that were written after the row with this number, in the order in which they were.
    pub fn crossings_after(&self, id: i64, most: usize) -> Result<Vec<CrossingRow>, StoreError> {
        let sql = format!("{CROSSINGS} WHERE crossing.id > ?1 ORDER BY crossing.id LIMIT ?2");
        self.crossings(&sql, id, most)
    }

    /// Those that happened last, the latest first.
    pub fn latest_crossings(&self, most: usize) -> Result<Vec<CrossingRow>, StoreError> {
        let sql = format!("{CROSSINGS} WHERE crossing.at_us > ?1 ORDER BY crossing.at_us DESC LIMIT ?2");
        self.crossings(&sql, i64::MIN, most)
    }

    /// Those that were written last, in the order in which they were.
    pub fn crossings_written_last(&self, most: usize) -> Result<Vec<CrossingRow>, StoreError> {
        let sql = format!("{CROSSINGS} WHERE crossing.id > ?1 ORDER BY crossing.id DESC LIMIT ?2");
        let mut rows = self.crossings(&sql, -1, most)?;
        rows.reverse();
        Ok(rows)
    }

    fn crossings(&self, sql: &str, after: i64, most: usize) -> Result<Vec<CrossingRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![after, i64::try_from(most).unwrap_or(i64::MAX)], crossing)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Another number whenever somebody else has committed something since this reader was opened.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}

fn crossing(row: &Row) -> rusqlite::Result<CrossingRow> {
    Ok(CrossingRow {
        id: row.get(0)?,
        run: row.get(1)?,
        camera: row.get(2)?,
        sequence: row.get(3)?,
        line: row.get(4)?,
        direction: row.get(5)?,
        class: row.get(6)?,
        at: UtcMicros(row.get(7)?),
    })
}
