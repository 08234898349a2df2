//! Writing the ledger: what somebody, or the configuration, says about a lot.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use super::change::{NewAdjustment, Told};
use super::reader::QUARTER_US;
use super::rows::{Adjustment, AdjustmentKind};
use super::writer::begin;
use super::{StoreError, ledger, schema};
use crate::time::UtcMicros;

/// Adds a row to the ledger beside whoever counts, waiting for the write lock as every statement does, and gives it as it
/// stands there now.
pub fn adjust(database: &Path, told: &Told) -> Result<Adjustment, StoreError> {
    // Says in words when there is none.
    drop(schema::open_for_reading(database)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(database, flags).map_err(|source| schema::open_error(database, source))?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(StoreError::ReadOnly { path: database.to_path_buf() });
    }
    schema::prepare(&connection)?;
    schema::refuse_newer(&connection, database)?;
    schema::refuse_older(&connection, database)?;
    let transaction = begin(&mut connection)?;
    let uid = transaction.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
    let id = record(&transaction, &NewAdjustment { uid, told: told.clone() })?;
    let adjustment = ledger::adjustment_of(&transaction, id)?;
    transaction.commit()?;
    Ok(adjustment)
}

/// The number of the row, also when it was there already.
pub fn record(transaction: &Transaction, new: &NewAdjustment) -> Result<i64, StoreError> {
    let NewAdjustment { uid, told } = new;
    let known = |sql: &str| transaction.query_row(sql, [uid], |row| row.get::<_, i64>(0)).optional();
    if let Some(id) = known("SELECT id FROM adjustment WHERE uid = ?1")? {
        return Ok(id);
    }
    let lot = lot(transaction, &told.lot)?.ok_or_else(|| StoreError::UnknownLot { lot: told.lot.clone() })?;
    // The lot is there, so there is a number.
    let before = ledger::inside_at(transaction, &told.lot, told.at)?.unwrap_or(0);
    let kind = match told.kind {
        AdjustmentKind::Set if !was_told(transaction, lot, told.at)? => AdjustmentKind::Opening,
        kind => kind,
    };
    if kind.is_absolute() {
        refuse_total_only(transaction, told.at)?;
    }
    let amount = if kind.is_absolute() { told.number - before } else { told.number };
    transaction.execute(
        "INSERT INTO adjustment (uid, lot_id, kind, at_us, amount, before, after, who, why, recorded_at_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![uid, lot, kind.name(), told.at.0, amount, before, before + amount, told.who, told.why, told.recorded.0],
    )?;
    Ok(transaction.last_insert_rowid())
}

/// What the configuration asks for. It is left out where it would say something about a time that nobody knows anything of:
/// before the first row of the lot, or within a quarter of an hour of which only a total is left.
pub fn record_scheduled(transaction: &Transaction, new: &NewAdjustment) -> Result<(), StoreError> {
    let Some(lot) = lot(transaction, &new.told.lot)? else { return Ok(()) };
    if first_row(transaction, lot)?.is_none_or(|first| new.told.at < first) {
        return Ok(());
    }
    match record(transaction, new) {
        Ok(_) => Ok(()),
        Err(error @ StoreError::TotalOnly { .. }) => {
            log::warn!("the reset of {} at {} is left out: {error}", new.told.lot, new.told.at);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn lot(connection: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection.query_row("SELECT id FROM lot WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

/// Whether the true number was told at that moment or before.
fn was_told(connection: &Connection, lot: i64, at: UtcMicros) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM adjustment WHERE lot_id = ?1 AND kind <> 'adjust' AND at_us <= ?2)";
    Ok(connection.query_row(sql, params![lot, at.0], |row| row.get(0))?)
}

/// A true number divides its quarter of an hour, which takes the crossings themselves.
fn refuse_total_only(connection: &Connection, at: UtcMicros) -> Result<(), StoreError> {
    let begin = at.0.div_euclid(QUARTER_US) * QUARTER_US;
    let sql = "SELECT EXISTS (SELECT 1 FROM volume
        WHERE line_id IN (SELECT id FROM line) AND part_us >= ?1 AND part_us < ?2 AND archived > 0)";
    let end = begin + QUARTER_US;
    if at.0 != begin && connection.query_row(sql, params![begin, end], |row| row.get(0))? {
        return Err(StoreError::TotalOnly { at, begin: UtcMicros(begin), end: UtcMicros(end) });
    }
    Ok(())
}

/// Since when anything is known of a lot: something crossed, was watched, or was told.
fn first_row(connection: &Connection, lot: i64) -> Result<Option<UtcMicros>, StoreError> {
    let sql = "
        SELECT min(us) FROM (
            SELECT (SELECT min(part_us) FROM volume WHERE volume.line_id = line_lot.line_id) AS us
            FROM line_lot WHERE lot_id = ?1
            UNION ALL
            SELECT (SELECT min(began_at_us) FROM session WHERE camera_id = line.camera_id)
            FROM line_lot JOIN line ON line.id = line_id WHERE lot_id = ?1
            UNION ALL
            SELECT min(at_us) FROM adjustment WHERE lot_id = ?1)";
    Ok(connection.query_row(sql, [lot], |row| row.get::<_, Option<i64>>(0))?.map(UtcMicros))
}
