//! Those who read. Each question opens no transaction longer than itself, so that the WAL never grows behind a reader.

use std::path::Path;

use rusqlite::{Connection, ToSql};

use super::ledger::part_end;
use super::rows::{LineTotal, LineVolume, Lot, LotVolume};
use super::{StoreError, older, schema};
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

/// Names and values of a filter in a statement.
type Parameters<'a> = Vec<(&'static str, Box<dyn ToSql + 'a>)>;

/// Crossings of a period by part of a quarter of an hour, line and class: those of every part that begins in it, and, when it
/// begins or ends within a part, single crossings more and less.
const COUNTED: &str = "
    WITH counted (at_us, line_id, class, entries, exits) AS (
        SELECT part_us, line_id, class, entries, exits FROM line_volume_part
        WHERE line_id IN (SELECT id FROM line) AND part_us >= :since AND part_us < :until
        UNION ALL
        SELECT at_us, line_id, class, direction = 'entry', direction = 'exit'
        FROM crossing JOIN session ON session.id = session_id AND session.counts = 1
        WHERE at_us >= :since AND at_us < :after_since
        UNION ALL
        SELECT at_us, line_id, class, -(direction = 'entry'), -(direction = 'exit')
        FROM crossing JOIN session ON session.id = session_id AND session.counts = 1
        WHERE at_us >= :until AND at_us < :after_until
    )";

impl Reader {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_for_reading(path)?;
        older::supplement(&connection, schema::version(&connection)?)?;
        Ok(Self { connection })
    }

    /// Crossings by line, class and quarter of an hour, in order of time, camera, line, class. Quarters without any are left
    /// out.
    pub fn line_volumes(&self, filter: &Filter) -> Result<Vec<LineVolume>, StoreError> {
        // A lot that is asked for takes those directions of a version of a line that lead into or out of it.
        let sql = format!(
            "{COUNTED}
             SELECT at_us / :quarter AS quarter, camera.name, line.name, class,
                coalesce(sum(entries) FILTER (WHERE :lot IS NULL OR entry_delta <> 0), 0) AS entered,
                coalesce(sum(exits) FILTER (WHERE :lot IS NULL OR exit_delta <> 0), 0) AS gone
             FROM counted
             JOIN line ON line.id = counted.line_id JOIN camera ON camera.id = line.camera_id
             LEFT JOIN line_lot ON line_lot.line_id = line.id AND lot_id = (SELECT id FROM lot WHERE name = :lot)
             WHERE (:camera IS NULL OR camera.name = :camera) AND (:line IS NULL OR line.name = :line)
             GROUP BY quarter, camera.name, line.name, class HAVING entered + gone > 0
             ORDER BY quarter, camera.name, line.name, class"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(&self.parameters(filter)?[..], |row| {
            Ok(LineVolume {
                quarter: UtcMicros(row.get::<_, i64>(0)? * QUARTER_US),
                camera: row.get(1)?,
                line: row.get(2)?,
                class: row.get(3)?,
                entries: row.get(4)?,
                exits: row.get(5)?,
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
        let sql = format!(
            "{COUNTED}
             SELECT at_us / :quarter AS quarter, lot.name,
                sum(entries * (entry_delta = 1) + exits * (exit_delta = 1)) AS entered,
                sum(entries * (entry_delta = -1) + exits * (exit_delta = -1)) AS gone
             FROM counted
             JOIN line ON line.id = counted.line_id JOIN camera ON camera.id = line.camera_id
             JOIN line_lot ON line_lot.line_id = line.id JOIN lot ON lot.id = lot_id
             WHERE (:camera IS NULL OR camera.name = :camera) AND (:line IS NULL OR line.name = :line)
               AND (:lot IS NULL OR lot.name = :lot)
             GROUP BY quarter, lot.name HAVING entered + gone > 0 ORDER BY quarter, lot.name"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(&self.parameters(filter)?[..], |row| {
            Ok(LotVolume {
                quarter: UtcMicros(row.get::<_, i64>(0)? * QUARTER_US),
                lot: row.get(1)?,
                entries: row.get(2)?,
                exits: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn parameters<'a>(&self, filter: &'a Filter) -> Result<Parameters<'a>, StoreError> {
        let since = filter.since.map_or(i64::MIN, |since| since.0);
        let until = filter.until.map_or(i64::MAX, |until| until.0);
        Ok(vec![
            (":quarter", Box::new(QUARTER_US)),
            (":since", Box::new(since)),
            (":after_since", Box::new(part_end(&self.connection, since)?)),
            (":until", Box::new(until)),
            (":after_until", Box::new(part_end(&self.connection, until)?)),
            (":camera", Box::new(&filter.camera)),
            (":line", Box::new(&filter.line)),
            (":lot", Box::new(&filter.lot)),
        ])
    }

    /// Camera and name of every line that was ever configured.
    pub fn lines(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql =
            "SELECT DISTINCT camera.name, line.name FROM line JOIN camera ON camera.id = line.camera_id ORDER BY 1, 2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All lots that were ever configured, by name.
    pub fn lots(&self) -> Result<Vec<Lot>, StoreError> {
        let sql = "SELECT lot.name, outer_lot.name, lot.capacity FROM lot
             LEFT JOIN lot AS outer_lot ON outer_lot.id = lot.parent_id ORDER BY 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows =
            statement.query_map([], |row| Ok(Lot { name: row.get(0)?, within: row.get(1)?, capacity: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
