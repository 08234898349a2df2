//! Alerts, and what their rules have to know.

use std::collections::HashMap;

use rusqlite::{Row, params};

use super::StoreError;
use super::reader::{Filter, Reader};
use crate::alert::{Alert, Kind, Subject};
use crate::time::UtcMicros;

/// The schema that brought alerts.
const ALERT_SCHEMA: i64 = 6;
/// When the last vehicle crossed a version of a line: a look into the index, however many there were.
const LAST_OF_LINE: &str = "SELECT max(last_us) FROM line_volume_part AS part WHERE part.line_id = line.id
    AND part.part_us = (SELECT max(part_us) FROM volume WHERE volume.line_id = line.id)";
const COLUMNS: &str = "id, key, kind, lot, camera, line, began_us, ended_us, detail, ended_detail";

impl Reader {
    fn keeps_alerts(&self) -> Result<bool, StoreError> {
        let found: i64 = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok(found >= ALERT_SCHEMA)
    }

    /// Alerts that lasted in the period, in order of their beginning. Of a lot that is asked for its own, of a camera also
    /// those of its lines.
    pub fn alerts(&self, filter: &Filter) -> Result<Vec<Alert>, StoreError> {
        if !self.keeps_alerts()? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM alert_state
             WHERE began_us < ?2 AND (began_us >= ?1 OR coalesce(ended_us, ?2) > ?1)
               AND (?3 IS NULL OR lot = ?3) AND (?4 IS NULL OR camera = ?4) AND (?5 IS NULL OR line = ?5)
             ORDER BY began_us, id"
        );
        let since = filter.since.map_or(i64::MIN, |since| since.0);
        let until = filter.until.map_or(i64::MAX, |until| until.0);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![since, until, filter.lot, filter.camera, filter.line], read)?;
        Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
    }

    /// Alerts that have not ended, in order of their beginning.
    pub fn open_alerts(&self) -> Result<Vec<Alert>, StoreError> {
        self.read_alerts("WHERE ended_us IS NULL ORDER BY began_us, id")
    }

    /// The latest alert of each kind and subject, open or not.
    pub fn latest_alerts(&self) -> Result<Vec<Alert>, StoreError> {
        self.read_alerts("WHERE id IN (SELECT max(id) FROM alert GROUP BY kind, lot_id, camera_id, line) ORDER BY id")
    }

    /// When the last vehicle entered or left each lot, or somebody adjusted its number, of those that ever had any.
    pub fn lot_changes(&self) -> Result<HashMap<String, UtcMicros>, StoreError> {
        let sql = format!(
            "SELECT name, max(last) FROM (
                 SELECT lot_id, ({LAST_OF_LINE}) AS last FROM line_lot JOIN line ON line.id = line_id
                 UNION ALL SELECT lot_id, max(at_us) FROM adjustment GROUP BY lot_id)
             JOIN lot ON lot.id = lot_id WHERE last IS NOT NULL GROUP BY lot_id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, UtcMicros(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the last vehicle crossed a line, in whatever version of it.
    pub fn last_crossing(&self, camera: &str, line: &str) -> Result<Option<UtcMicros>, StoreError> {
        let sql = format!(
            "SELECT max(({LAST_OF_LINE})) FROM line JOIN camera ON camera.id = line.camera_id
             WHERE camera.name = ?1 AND line.name = ?2"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([camera, line], |row| row.get::<_, Option<i64>>(0))?.map(UtcMicros))
    }

    fn read_alerts(&self, condition: &str) -> Result<Vec<Alert>, StoreError> {
        if !self.keeps_alerts()? {
            return Ok(Vec::new());
        }
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM alert_state {condition}"))?;
        let rows = statement.query_map([], read)?;
        Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
    }
}

/// `None`: of a kind that this program does not know.
fn read(row: &Row) -> rusqlite::Result<Option<Alert>> {
    let Some(kind) = Kind::from_word(&row.get::<_, String>(2)?) else { return Ok(None) };
    let subject = match (row.get(3)?, row.get(4)?, row.get(5)?) {
        (Some(lot), _, _) => Subject::Lot(lot),
        (None, Some(camera), None) => Subject::Camera(camera),
        (None, Some(camera), Some(line)) => Subject::Line { camera, line },
        // The schema has none of these.
        (None, None, _) => return Ok(None),
    };
    Ok(Some(Alert {
        id: row.get(0)?,
        key: row.get(1)?,
        kind,
        subject,
        began: UtcMicros(row.get(6)?),
        ended: row.get::<_, Option<i64>>(7)?.map(UtcMicros),
        detail: row.get(8)?,
        ended_detail: row.get(9)?,
    }))
}
