//! Volumes as they stand in the database, for who sums them up himself: every line and lot of a period in one reading.

use super::StoreError;
use super::reader::{QUARTER_US, Reader};
use crate::time::UtcMicros;

/// One version of a counting line, and what its crossings did to lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineVersion {
    pub id: i64,
    pub camera: String,
    pub line: String,
    pub lots: Vec<LotDelta>,
}

/// Vehicles that one entry and one exit brought into a lot: -1, 0 or 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotDelta {
    pub lot: String,
    pub entry: i64,
    pub exit: i64,
}

/// Crossings of one version of a line and one class in one quarter of an hour, or in a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartVolume {
    pub quarter: UtcMicros,
    pub version: i64,
    pub class: String,
    pub entries: u64,
    pub exits: u64,
}

impl Reader {
    /// Every version of every line that was ever configured.
    pub fn line_versions(&self) -> Result<Vec<LineVersion>, StoreError> {
        let sql = "SELECT line.id, camera.name, line.name, lot.name, entry_delta, exit_delta
             FROM line JOIN camera ON camera.id = line.camera_id
             LEFT JOIN line_lot ON line_lot.line_id = line.id LEFT JOIN lot ON lot.id = lot_id ORDER BY line.id, lot.name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut versions: Vec<LineVersion> = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if versions.last().is_none_or(|last| last.id != id) {
                versions.push(LineVersion { id, camera: row.get(1)?, line: row.get(2)?, lots: Vec::new() });
            }
            if let (Some(last), Some(lot)) = (versions.last_mut(), row.get(3)?) {
                last.lots.push(LotDelta { lot, entry: row.get(4)?, exit: row.get(5)? });
            }
        }
        Ok(versions)
    }

    /// Volumes of all lines from the beginning of a quarter of an hour until before that of another, in no order. A quarter
    /// in which somebody told a true number comes in parts. `None`: without that end.
    pub fn part_volumes(
        &self,
        since: Option<UtcMicros>,
        until: Option<UtcMicros>,
    ) -> Result<Vec<PartVolume>, StoreError> {
        // Line by line, as the index has them.
        let sql = "SELECT part_us, line_id, class, entries, exits FROM line_volume_part
             WHERE line_id IN (SELECT id FROM line) AND part_us >= ?1 AND part_us < ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let since = since.map_or(i64::MIN, |since| since.0);
        let until = until.map_or(i64::MAX, |until| until.0);
        let rows = statement.query_map([since, until], |row| {
            Ok(PartVolume {
                quarter: UtcMicros(row.get::<_, i64>(0)?.div_euclid(QUARTER_US) * QUARTER_US),
                version: row.get(1)?,
                class: row.get(2)?,
                entries: row.get(3)?,
                exits: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
