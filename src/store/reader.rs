//! Those who read. Each question opens no transaction longer than itself, so that the WAL never grows behind a reader.

use std::path::Path;

use rusqlite::{Connection, ToSql};

use super::rows::{LineVolume, LotVolume, Occupancy};
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
    /// ... and before this one.
    pub until: Option<UtcMicros>,
}

/// A quarter of an hour, the step in which volumes are told, microseconds.
pub(super) const QUARTER_US: i64 = 900_000_000;

impl Reader {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: schema::open_for_reading(path)? })
    }

    /// Crossings by line and quarter of an hour, in order of time, camera, line. Quarters without any are left out.
    pub fn line_volumes(&self, filter: &Filter) -> Result<Vec<LineVolume>, StoreError> {
        let sql = "SELECT at_us / :quarter AS quarter, camera, line,
                count(*) FILTER (WHERE direction = 'entry'), count(*) FILTER (WHERE direction = 'exit')
             FROM crossing_detail
             WHERE (:since IS NULL OR at_us >= :since) AND (:until IS NULL OR at_us < :until)
               AND (:camera IS NULL OR camera = :camera) AND (:line IS NULL OR line = :line)
               AND (:lot IS NULL OR EXISTS (SELECT 1 FROM movement_detail
                    WHERE movement_detail.crossing_id = crossing_detail.crossing_id AND lot = :lot))
             GROUP BY quarter, camera, line ORDER BY quarter, camera, line";
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

    /// Vehicles into and out of lots by quarter of an hour, likewise.
    pub fn lot_volumes(&self, filter: &Filter) -> Result<Vec<LotVolume>, StoreError> {
        let sql = "SELECT movement_detail.at_us / :quarter AS quarter, lot,
                count(*) FILTER (WHERE delta = 1), count(*) FILTER (WHERE delta = -1)
             FROM movement_detail JOIN crossing_detail USING (crossing_id)
             WHERE (:since IS NULL OR movement_detail.at_us >= :since)
               AND (:until IS NULL OR movement_detail.at_us < :until)
               AND (:camera IS NULL OR camera = :camera) AND (:line IS NULL OR line = :line)
               AND (:lot IS NULL OR lot = :lot)
             GROUP BY quarter, lot ORDER BY quarter, lot";
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
            (":since", Box::new(filter.since.map(|since| since.0))),
            (":until", Box::new(filter.until.map(|until| until.0))),
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
