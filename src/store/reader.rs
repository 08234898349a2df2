//! Those who read. Each question opens no transaction longer than itself, so that the WAL never grows behind a reader.

use std::path::Path;

use rusqlite::{Connection, ToSql};

use super::rows::{LineTotal, LineVolume, LotVolume, Occupancy};
use super::{StoreError, schema};
use crate::time::UtcMicros;

/// Reads while another process writes, or nobody does.
pub struct Reader {
    pub(super) connection: Connection,
}

/// Which crossings are asked for; `None` means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub lot: Option<String>,
    pub camera: Option<String>,
    pub line: Option<String>,
    /// From this moment on ...
    pub since: Option<UtcMicros>,
    /// ... and before this one. Where only totals are left, a quarter of an hour is taken or left as a whole.
    pub until: Option<UtcMicros>,
}

/// A quarter of an hour, the step in which volumes are told, microseconds.
pub(super) const QUARTER_US: i64 = 900_000_000;

/// The schema that brought totals of rows that are gone.
const ARCHIVE_SCHEMA: i64 = 3;
/// For a database that no run has brought up to date yet: the same views in this connection alone.
const WITHOUT_ARCHIVE: &str = "
    PRAGMA temp_store = memory;
    CREATE TEMP VIEW archived_line AS SELECT 0 AS quarter_us, 0 AS line_id WHERE 0;
    CREATE TEMP VIEW archived_coverage AS SELECT 0 AS quarter_us, 0 AS camera_id WHERE 0;
    CREATE TEMP VIEW line_volume_part AS
        SELECT at_us, line_id, direction = 'entry' AS entries, direction = 'exit' AS exits
        FROM crossing JOIN session ON session.id = session_id AND session.counts = 1;
    CREATE TEMP VIEW lot_volume_part AS
        SELECT at_us, line_id, lot_id, delta = 1 AS entries, delta = -1 AS exits
        FROM movement JOIN crossing ON crossing.id = crossing_id
        JOIN session ON session.id = session_id AND session.counts = 1;
    CREATE TEMP VIEW coverage_part AS
        SELECT session.camera_id, minute_us / 900000000 * 900000000 AS quarter_us, observed_us, degraded_us,
            coverage.frames_read, coverage.frames_looked_at, coverage.frames_dropped
        FROM coverage JOIN session ON session.id = session_id AND session.counts = 1;";

impl Reader {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_for_reading(path)?;
        if schema::version(&connection)? < ARCHIVE_SCHEMA {
            connection.execute_batch(WITHOUT_ARCHIVE)?;
        }
        Ok(Self { connection })
    }

    /// Crossings by line and quarter of an hour, in order of time, camera, line. Quarters without any are left out.
    pub fn line_volumes(&self, filter: &Filter) -> Result<Vec<LineVolume>, StoreError> {
        // A lot that is asked for takes those directions of a version of a line that lead into or out of it.
        let sql = "SELECT at_us / :quarter AS quarter, camera.name, line.name,
                coalesce(sum(entries) FILTER (WHERE :lot IS NULL OR entry.name = :lot OR other.name = :lot), 0) AS entered,
                coalesce(sum(exits) FILTER (WHERE :lot IS NULL OR exit.name = :lot OR other.name = :lot), 0) AS gone
             FROM line_volume_part
             JOIN line ON line.id = line_id JOIN camera ON camera.id = line.camera_id
             LEFT JOIN lot AS entry ON entry.id = line.entry_lot_id LEFT JOIN lot AS exit ON exit.id = line.exit_lot_id
             LEFT JOIN lot AS other ON other.id = line.other_side_lot_id
             WHERE at_us >= :since AND at_us < :until
               AND (:camera IS NULL OR camera.name = :camera) AND (:line IS NULL OR line.name = :line)
             GROUP BY quarter, camera.name, line.name HAVING entered + gone > 0
             ORDER BY quarter, camera.name, line.name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(&self.parameters(filter)[..], |row| {
            Ok(LineVolume {
                quarter: UtcMicros(row.get::<_, i64>(0)? * QUARTER_US),
                camera: row.get(1)?,
                line: row.get(2)?,
                entries: row.get(3)?,
                exits: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Entries and exits of each line since it was first counted, by camera and line; lines without any are left out.
    pub fn line_totals(&self) -> Result<Vec<LineTotal>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT camera, line, entries, exits FROM line_totals ORDER BY camera, line")?;
        let rows = statement.query_map([], |row| {
            Ok(LineTotal { camera: row.get(0)?, line: row.get(1)?, entries: row.get(2)?, exits: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Vehicles into and out of lots by quarter of an hour, likewise.
    pub fn lot_volumes(&self, filter: &Filter) -> Result<Vec<LotVolume>, StoreError> {
        let sql = "SELECT at_us / :quarter AS quarter, lot.name, sum(entries), sum(exits)
             FROM lot_volume_part
             JOIN lot ON lot.id = lot_id JOIN line ON line.id = line_id JOIN camera ON camera.id = line.camera_id
             WHERE at_us >= :since AND at_us < :until
               AND (:camera IS NULL OR camera.name = :camera) AND (:line IS NULL OR line.name = :line)
               AND (:lot IS NULL OR lot.name = :lot)
             GROUP BY quarter, lot.name HAVING sum(entries + exits) > 0 ORDER BY quarter, lot.name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(&self.parameters(filter)[..], |row| {
            Ok(LotVolume {
                quarter: UtcMicros(row.get::<_, i64>(0)? * QUARTER_US),
                lot: row.get(1)?,
                entries: row.get(2)?,
                exits: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn parameters<'a>(&self, filter: &'a Filter) -> [(&'static str, Box<dyn ToSql + 'a>); 6] {
        [
            (":quarter", Box::new(QUARTER_US)),
            (":since", Box::new(filter.since.map_or(i64::MIN, |since| since.0))),
            (":until", Box::new(filter.until.map_or(i64::MAX, |until| until.0))),
            (":camera", Box::new(&filter.camera)),
            (":line", Box::new(&filter.line)),
            (":lot", Box::new(&filter.lot)),
        ]
    }

    /// Vehicles in each lot now, by name of the lot.
    pub fn occupancy(&self) -> Result<Vec<Occupancy>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT lot, inside, capacity FROM occupancy ORDER BY lot")?;
        let rows = statement
            .query_map([], |row| Ok(Occupancy { lot: row.get(0)?, inside: row.get(1)?, capacity: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Camera and name of every line that was ever configured.
    pub fn lines(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql =
            "SELECT DISTINCT camera.name, line.name FROM line JOIN camera ON camera.id = line.camera_id ORDER BY 1, 2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Names of all lots that were ever configured.
    pub fn lots(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT name FROM lot ORDER BY 1")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
