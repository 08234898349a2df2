//! How much of a period each camera observed, and why not all of it.

use rusqlite::params;

use super::StoreError;
use super::reader::{Filter, QUARTER_US, Reader};
use crate::time::UtcMicros;

/// What one camera saw of one quarter of an hour. Quarters of which nothing was observed have no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarterCoverage {
    pub quarter: UtcMicros,
    pub camera: String,
    /// microseconds, at most a quarter of an hour
    pub observed_us: u64,
    /// ... of these with too few looks to trust the counts
    pub degraded_us: u64,
    pub frames_read: u64,
    pub frames_looked_at: u64,
    /// Because the machine was late.
    pub frames_dropped: u64,
}

/// A stretch of time in which one camera was not observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub camera: String,
    pub from: UtcMicros,
    /// While it lasts: when the camera was last looked after.
    pub until: UtcMicros,
    /// One word, such as `stalled`.
    pub reason: String,
    /// A sentence.
    pub detail: String,
}

/// From when to when the database knows a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraSpan {
    pub camera: String,
    pub first: UtcMicros,
    pub last: UtcMicros,
    /// It took part in the latest run, so it is not known to have been taken down.
    pub in_latest_run: bool,
}

/// The last minute of a session is found by its key; summing up all of them would take seconds.
const SPANS: &str = "
    WITH archived (camera_id, quarter_us) AS (
        SELECT id, (SELECT quarter_us FROM archived_coverage WHERE camera_id = camera.id ORDER BY quarter_us LIMIT 1)
        FROM camera
        UNION ALL SELECT camera_id, (SELECT CASE WHEN archived > 0 THEN part_us END FROM volume
            WHERE line_id = line.id ORDER BY part_us LIMIT 1)
        FROM line),
    known (camera_id, run_id, first, last) AS (
        SELECT camera_id, run_id, began_at_us, coalesce(
            (SELECT until_us FROM coverage WHERE session_id = session.id ORDER BY minute_us DESC LIMIT 1), began_at_us)
        FROM session
        UNION ALL SELECT camera_id, run_id, from_us, until_us FROM gap
        UNION ALL SELECT camera_id, 0, quarter_us, quarter_us FROM archived WHERE quarter_us IS NOT NULL)
    SELECT camera.name, min(first), max(last), max(run_id) = (SELECT max(run_id) FROM known)
    FROM known JOIN camera ON camera.id = camera_id GROUP BY camera_id ORDER BY camera.name";

/// The schema that brought coverage and gaps. A database that no run has brought up to date has none.
const COVERAGE_SCHEMA: i64 = 2;

impl Reader {
    pub(super) fn keeps_coverage(&self) -> Result<bool, StoreError> {
        let found: i64 = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok(found >= COVERAGE_SCHEMA)
    }

    /// The quarters of an hour that the period touches, in order of time and camera. Of the filter, period and camera
    /// matter.
    pub fn coverage(&self, filter: &Filter) -> Result<Vec<QuarterCoverage>, StoreError> {
        if !self.keeps_coverage()? {
            return Ok(Vec::new());
        }
        let sql = "SELECT quarter_us, camera.name, min(sum(observed_us), 900000000), min(sum(degraded_us), 900000000),
                 sum(frames_read), sum(frames_looked_at), sum(frames_dropped)
             FROM coverage_part JOIN camera ON camera.id = camera_id
             WHERE quarter_us >= ?1 AND quarter_us < ?2 AND (?3 IS NULL OR camera.name = ?3)
             GROUP BY quarter_us, camera.name ORDER BY quarter_us, camera.name";
        let since = filter.since.map_or(i64::MIN, |since| since.0.div_euclid(QUARTER_US) * QUARTER_US);
        let until = filter.until.map_or(i64::MAX, |until| until.0);
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![since, until, filter.camera], |row| {
            Ok(QuarterCoverage {
                quarter: UtcMicros(row.get(0)?),
                camera: row.get(1)?,
                observed_us: row.get(2)?,
                degraded_us: row.get(3)?,
                frames_read: row.get(4)?,
                frames_looked_at: row.get(5)?,
                frames_dropped: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Gaps that reach into the period, in order of time, camera, end. Of the filter, period and camera matter.
    pub fn gaps(&self, filter: &Filter) -> Result<Vec<Gap>, StoreError> {
        self.read_gaps(
            "SELECT camera, from_us, until_us, reason, detail FROM gap_detail
             WHERE from_us < ?2 AND until_us > ?1 AND until_us > from_us AND (?3 IS NULL OR camera = ?3)
             ORDER BY from_us, camera, until_us",
            filter,
        )
    }

    /// The latest gap of each camera that had any, by name of the camera. Of the filter, period and camera matter.
    pub fn last_gaps(&self, filter: &Filter) -> Result<Vec<Gap>, StoreError> {
        // SQLite takes the other columns from the row of the maximum.
        self.read_gaps(
            "SELECT camera, from_us, max(until_us), reason, detail FROM gap_detail
             WHERE from_us < ?2 AND until_us > ?1 AND until_us > from_us AND (?3 IS NULL OR camera = ?3)
             GROUP BY camera ORDER BY camera",
            filter,
        )
    }

    fn read_gaps(&self, sql: &str, filter: &Filter) -> Result<Vec<Gap>, StoreError> {
        if !self.keeps_coverage()? {
            return Ok(Vec::new());
        }
        let since = filter.since.map_or(i64::MIN, |since| since.0);
        let until = filter.until.map_or(i64::MAX, |until| until.0);
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![since, until, filter.camera], |row| {
            Ok(Gap {
                camera: row.get(0)?,
                from: UtcMicros(row.get(1)?),
                until: UtcMicros(row.get(2)?),
                reason: row.get(3)?,
                detail: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every camera that ever had a session or a gap, by name.
    pub fn camera_spans(&self) -> Result<Vec<CameraSpan>, StoreError> {
        if !self.keeps_coverage()? {
            return Ok(Vec::new());
        }
        let mut statement = self.connection.prepare_cached(SPANS)?;
        let rows = statement.query_map([], |row| {
            Ok(CameraSpan {
                camera: row.get(0)?,
                first: UtcMicros(row.get(1)?),
                last: UtcMicros(row.get(2)?),
                in_latest_run: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Lot and camera of every line that ever led into or out of a lot, also by lots that lie within it.
    pub fn lot_lines(&self) -> Result<Vec<LotLine>, StoreError> {
        let sql = "SELECT DISTINCT lot.name, camera.name, line.name FROM line_lot
             JOIN line ON line.id = line_lot.line_id JOIN camera ON camera.id = line.camera_id
             JOIN lot ON lot.id = line_lot.lot_id ORDER BY 1, 2, 3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows =
            statement.query_map([], |row| Ok(LotLine { lot: row.get(0)?, camera: row.get(1)?, line: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A line that led into or out of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotLine {
    pub lot: String,
    pub camera: String,
    pub line: String,
}
