//! The ledger, read: vehicles in each lot at any time, and the adjustments that led there.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::StoreError;
use super::reader::{Filter, QUARTER_US, Reader};
use super::rows::{Adjustment, AdjustmentKind, Occupancy};
use crate::count::Observation;
use crate::time::UtcMicros;

/// Vehicles in a lot just before `:at`: what was told last, what was counted and adjusted since. Where `:at` lies within a
/// part of a quarter of an hour (which ends at `:after`), the crossings from then on are taken off again.
const INSIDE: &str = "
    SELECT coalesce(base.after, 0)
        + coalesce((SELECT sum(part.entries - part.exits) FROM lot_volume_part AS part
            WHERE part.lot_id = lot.id AND part.part_us >= coalesce(base.at_us, :ever) AND part.part_us < :at), 0)
        - coalesce((SELECT sum(CASE direction WHEN 'entry' THEN entry_delta ELSE exit_delta END)
            FROM crossing JOIN session ON session.id = session_id AND session.counts = 1
            JOIN line_lot ON line_lot.line_id = crossing.line_id AND line_lot.lot_id = lot.id
            WHERE crossing.at_us >= :at AND crossing.at_us < :after), 0)
        + coalesce((SELECT sum(step.amount) FROM adjustment AS step
            WHERE step.lot_id = lot.id AND step.kind = 'adjust' AND step.at_us < :told
                AND (base.id IS NULL OR (step.at_us, step.id) > (base.at_us, base.id))), 0)
    FROM lot LEFT JOIN adjustment AS base ON base.id = (
        SELECT id FROM adjustment WHERE lot_id = lot.id AND kind <> 'adjust' AND at_us < :told
        ORDER BY at_us DESC, id DESC LIMIT 1)
    WHERE lot.name = :lot";

/// Vehicles inside at a moment: crossings before it, adjustments before and at it. `None`: there is no such lot.
pub(super) fn inside_at(connection: &Connection, lot: &str, at: UtcMicros) -> Result<Option<i64>, StoreError> {
    let part_end = part_end(connection, at.0)?;
    let mut statement = connection.prepare_cached(INSIDE)?;
    let told = at.0.saturating_add(1);
    let values = named_params! { ":lot": lot, ":at": at.0, ":after": part_end, ":told": told, ":ever": i64::MIN };
    Ok(statement.query_row(values, |row| row.get(0)).optional()?)
}

impl Reader {
    /// Vehicles in each lot now, by name of the lot.
    pub fn occupancy(&self) -> Result<Vec<Occupancy>, StoreError> {
        let sql = "SELECT lot, within, inside, capacity, since_us FROM occupancy ORDER BY lot";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(Occupancy {
                lot: row.get(0)?,
                within: row.get(1)?,
                inside: row.get(2)?,
                capacity: row.get(3)?,
                since: row.get::<_, Option<i64>>(4)?.map(UtcMicros),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Vehicles in one lot at a moment: crossings at that very moment are not in it, adjustments are. Exact at whole quarters
    /// of an hour and at every moment whose crossings are kept; within a quarter of which only a total is left, its crossings
    /// are taken to come before. `None`: there is no such lot.
    pub fn occupancy_at(&self, lot: &str, at: UtcMicros) -> Result<Option<i64>, StoreError> {
        inside_at(&self.connection, lot, at)
    }

    /// When the true number of a lot was told last before a moment.
    pub fn told_before(&self, lot: &str, at: UtcMicros) -> Result<Option<UtcMicros>, StoreError> {
        let sql = "SELECT max(at_us) FROM adjustment
             WHERE lot_id = (SELECT id FROM lot WHERE name = ?1) AND kind <> 'adjust' AND at_us < ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let told: Option<i64> = statement.query_row(params![lot, at.0], |row| row.get(0))?;
        Ok(told.map(UtcMicros))
    }

    /// Adjustments in order of their time. Of the filter, lot and period matter.
    pub fn adjustments(&self, filter: &Filter) -> Result<Vec<Adjustment>, StoreError> {
        let sql = format!(
            "{ADJUSTMENTS} WHERE at_us >= ?1 AND at_us < ?2 AND (?3 IS NULL OR lot = ?3) ORDER BY at_us, adjustment_id"
        );
        let since = filter.since.map_or(i64::MIN, |since| since.0);
        let until = filter.until.map_or(i64::MAX, |until| until.0);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![since, until, filter.lot], adjustment)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Reader {
    /// What was found each time the true number of a lot was told before a moment, having been told before: the latest of
    /// them, so many at most, in order of their time. The volumes are read once for all, where `adjustment_detail` sums them
    /// up twice for each.
    pub fn drift_observations(&self, lot: &str, until: UtcMicros, most: usize) -> Result<Vec<Observation>, StoreError> {
        let sql = "SELECT at_us, adjustment.id, after FROM adjustment JOIN lot ON lot.id = lot_id
             WHERE lot.name = ?1 AND kind <> 'adjust' AND at_us < ?2 ORDER BY at_us DESC, adjustment.id DESC LIMIT ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ends = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let rows = statement.query_map(params![lot, until.0, ends], |row| {
            Ok(Told { at: row.get(0)?, id: row.get(1)?, number: row.get(2)? })
        })?;
        let mut told: Vec<Told> = rows.collect::<Result<_, _>>()?;
        told.reverse();
        let (Some(first), Some(last)) = (told.first(), told.last()) else { return Ok(Vec::new()) };
        let mut since: Vec<Since> = told[1..].iter().map(|_| Since::default()).collect();

        let sql = "SELECT part_us, entries, exits FROM lot_volume_part
             WHERE lot_id = (SELECT id FROM lot WHERE name = ?1) AND part_us >= ?2 AND part_us < ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![lot, first.at, last.at])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(0)?;
            let (entries, exits): (i64, i64) = (row.get(1)?, row.get(2)?);
            let since = &mut since[told.partition_point(|told| told.at <= at) - 1];
            since.crossings += entries + exits;
            since.change += entries - exits;
        }

        let sql = "SELECT at_us, adjustment.id, amount FROM adjustment JOIN lot ON lot.id = lot_id
             WHERE lot.name = ?1 AND kind = 'adjust' AND (at_us, adjustment.id) > (?2, ?3)
                AND (at_us, adjustment.id) < (?4, ?5)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![lot, first.at, first.id, last.at, last.id])?;
        while let Some(row) = rows.next()? {
            let step: (i64, i64) = (row.get(0)?, row.get(1)?);
            since[told.partition_point(|told| (told.at, told.id) < step) - 1].change += row.get::<_, i64>(2)?;
        }

        let ends = told.windows(2).zip(since);
        Ok(ends
            .map(|(ends, since)| Observation {
                crossings: since.crossings.unsigned_abs(),
                days: UtcMicros(ends[1].at).days_since(UtcMicros(ends[0].at)),
                error: ends[0].number + since.change - ends[1].number,
            })
            .collect())
    }
}

/// A true number.
struct Told {
    at: i64,
    id: i64,
    number: i64,
}

/// What was counted from one true number until the next.
#[derive(Default)]
struct Since {
    crossings: i64,
    /// Entries less exits, and adjustments.
    change: i64,
}

const ADJUSTMENTS: &str =
    "SELECT lot, kind, at_us, effect, counted, base_us, crossings, amount, before, after, who, why,
    recorded_at_us FROM adjustment_detail";

/// The adjustment that stands in the row of this number.
pub(super) fn adjustment_of(connection: &Connection, id: i64) -> Result<Adjustment, StoreError> {
    Ok(connection.query_row(&format!("{ADJUSTMENTS} WHERE adjustment_id = ?1"), [id], adjustment)?)
}

fn adjustment(row: &Row) -> rusqlite::Result<Adjustment> {
    Ok(Adjustment {
        lot: row.get(0)?,
        kind: AdjustmentKind::from_name(&row.get::<_, String>(1)?),
        at: UtcMicros(row.get(2)?),
        effect: row.get(3)?,
        counted: row.get(4)?,
        previous: row.get::<_, Option<i64>>(5)?.map(UtcMicros),
        crossings: row.get(6)?,
        amount: row.get(7)?,
        before: row.get(8)?,
        after: row.get(9)?,
        who: row.get(10)?,
        why: row.get(11)?,
        recorded: UtcMicros(row.get(12)?),
    })
}

/// Where the part of a quarter of an hour ends that holds this moment; the moment itself where a part begins.
pub(super) fn part_end(connection: &Connection, at: i64) -> Result<i64, StoreError> {
    let begin = at.div_euclid(QUARTER_US).saturating_mul(QUARTER_US);
    if begin == at || at == i64::MIN || at == i64::MAX {
        return Ok(at);
    }
    let end = begin.saturating_add(QUARTER_US);
    let sql = "SELECT min(at_us) FROM adjustment WHERE kind <> 'adjust' AND at_us >= ?1 AND at_us < ?2";
    let divided: Option<i64> = connection.prepare_cached(sql)?.query_row(params![at, end], |row| row.get(0))?;
    Ok(divided.unwrap_or(end))
}
