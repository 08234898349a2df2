//! Rows that are older than `keep_days` go; what they sum up to by quarter of an hour stays.
//!
//! Whole UTC days, one hour in one transaction, so that every view gives the same numbers at every moment, and whoever
//! counts waits for milliseconds. Volumes are there from the first crossing; coverage is summed up as its rows go. Rows of a
//! recording stay as long from when it was counted; its totals keep its session, so that counting it again replaces them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};

use super::examine::VOLUMES_THAT_MISFIT;
use super::snapshot::Halt;
use super::{StoreError, files, schema};
use crate::time::UtcMicros;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// Days of rows that one pass archives at most: a clock that is wrong by years does not take every row at once.
const DAYS_A_PASS: usize = 31;
/// Sessions and runs that one transaction removes at most.
const BATCH: i64 = 500;

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    pub days: usize,
    pub crossings: usize,
    pub near_crossings: usize,
    pub coverage_rows: usize,
    pub gaps: usize,
    pub alerts: usize,
    pub sessions: usize,
    pub runs: usize,
}

/// Archives what is older than `keep_days` whole UTC days, beside those who write: `pause` is what they have for themselves
/// between two transactions. SQLite lets them look again after up to 0.1 s.
pub fn retain(
    database: &Path,
    keep_days: u32,
    now: UtcMicros,
    pause: Duration,
    halt: &Halt,
) -> Result<Retained, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(database, flags).map_err(|source| schema::open_error(database, source))?;
    schema::prepare(&connection)?;
    schema::refuse_newer(&connection, database)?;
    schema::refuse_older(&connection, database)?;
    let today = now.0.div_euclid(DAY_US);
    let cut = (today - i64::from(keep_days)) * DAY_US;
    let mut done = Retained::default();
    let mut last_day = None;
    for hour in hours_before(&connection, cut)? {
        let day = Some(hour.div_euclid(DAY_US));
        if day != last_day && done.days == DAYS_A_PASS {
            break;
        }
        if halt.is_requested() {
            return Ok(done);
        }
        archive(&mut connection, hour, &settled(cut), &mut done)?;
        done.days += usize::from(day != last_day);
        last_day = day;
        std::thread::sleep(pause);
    }
    remove_what_is_empty(&mut connection, cut, pause, &mut done)?;
    Ok(done)
}

/// The beginnings of the hours that have rows to archive, the oldest first. CROSS JOIN makes SQLite begin with the rows of a
/// time, not with all of a session.
fn hours_before(connection: &Connection, cut: i64) -> Result<Vec<i64>, StoreError> {
    let settled = settled(cut);
    let sql = format!(
        "SELECT at_us / {HOUR_US} AS hour FROM crossing CROSS JOIN session ON session.id = session_id
            WHERE at_us < ?1 AND {settled}
         UNION SELECT at_us / {HOUR_US} FROM near_crossing CROSS JOIN session ON session.id = session_id
            WHERE at_us < ?1 AND {settled}
         UNION SELECT minute_us / {HOUR_US} FROM coverage CROSS JOIN session ON session.id = session_id
            WHERE {QUARTER} < ?1 AND {settled}
         ORDER BY hour"
    );
    let mut statement = connection.prepare(&sql)?;
    let hours = statement.query_map([cut], |row| Ok(row.get::<_, i64>(0)? * HOUR_US))?;
    Ok(hours.collect::<Result<_, _>>()?)
}

/// Sessions whose rows may go. A recording is dated by its own time, so that rows may be old while it is being counted: its
/// age is that of the counting.
fn settled(cut: i64) -> String {
    format!("(content_sha256 IS NULL OR session.ended_at_us < {cut})")
}

/// Of a minute of coverage, as its index has it.
const QUARTER: &str = "minute_us / 900000000 * 900000000";
/// Whose totals can still be replaced as a whole.
const KEPT_SESSION: &str = "CASE WHEN content_sha256 IS NULL THEN NULL ELSE session.id END";

fn archive(connection: &mut Connection, hour: i64, settled: &str, done: &mut Retained) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let end = hour + HOUR_US;
    let span = [(":from", &hour), (":until", &end)];
    let misfits: i64 = transaction.query_row(VOLUMES_THAT_MISFIT, &span, |row| row.get(0))?;
    if misfits > 0 {
        // What stays would not be what was counted.
        return Err(StoreError::Misfits { volumes: misfits, hour: UtcMicros(hour) });
    }
    write_totals(&transaction, &span, settled)?;
    let delete = |table: &str, time: &str| {
        // By EXISTS, so that SQLite looks through one hour and not through whole sessions.
        let sql = format!(
            "DELETE FROM {table} WHERE {time} >= :from AND {time} < :until
             AND EXISTS (SELECT 1 FROM session WHERE session.id = {table}.session_id AND {settled})"
        );
        transaction.prepare_cached(&sql)?.execute(&span)
    };
    let crossings = delete("crossing", "at_us")?;
    let near_crossings = delete("near_crossing", "at_us")?;
    let coverage_rows = delete("coverage", QUARTER)?;
    transaction.commit()?;
    done.crossings += crossings;
    done.near_crossings += near_crossings;
    done.coverage_rows += coverage_rows;
    Ok(())
}

/// Volumes are there already, and only need to know how many of their crossings have no row any more. Coverage is added to
/// what is there: a clock that was set back may have brought rows of a time that was archived.
fn write_totals(transaction: &Transaction, span: &[(&str, &i64)], settled: &str) -> rusqlite::Result<()> {
    let volumes = "UPDATE volume SET archived = archived + gone.number
         FROM (
             SELECT line_id, part_us, class, part.session_id, count(*) AS number
             FROM crossing_part AS part
             WHERE at_us >= :from AND at_us < :until
               AND EXISTS (SELECT 1 FROM session WHERE session.id = part.own_session_id AND {settled})
             GROUP BY line_id, part_us, class, part.session_id
         ) AS gone
         WHERE volume.line_id = gone.line_id AND volume.part_us = gone.part_us AND volume.class = gone.class
           AND coalesce(volume.session_id, 0) = coalesce(gone.session_id, 0)"
        .replace("{settled}", settled);
    transaction.prepare_cached(&volumes)?.execute(span)?;
    let coverage = format!(
        "INSERT INTO archived_coverage (quarter_us, camera_id, session_id, observed_us, degraded_us, frames_read,
                                        frames_looked_at, frames_dropped)
         SELECT {QUARTER} AS quarter_us, camera_id, {KEPT_SESSION} AS kept,
                sum(observed_us), sum(degraded_us), sum(coverage.frames_read), sum(coverage.frames_looked_at),
                sum(coverage.frames_dropped)
         FROM coverage CROSS JOIN session ON session.id = session_id
         WHERE {QUARTER} >= :from AND {QUARTER} < :until AND {settled}
         GROUP BY 1, 2, 3
         ON CONFLICT (quarter_us, camera_id, coalesce(session_id, 0)) DO UPDATE SET
             observed_us = observed_us + excluded.observed_us, degraded_us = degraded_us + excluded.degraded_us,
             frames_read = frames_read + excluded.frames_read,
             frames_looked_at = frames_looked_at + excluded.frames_looked_at,
             frames_dropped = frames_dropped + excluded.frames_dropped"
    );
    transaction.prepare_cached(&coverage)?.execute(span)?;
    Ok(())
}

/// Gaps that ended before the cut, alerts whose end was told before it, sessions and runs that nothing refers to any more.
///
/// A recording that was counted keeps its session, by which it is known. What may still be written to is kept: a session
/// that is neither ended nor followed by another of its camera, and the newest run.
fn remove_what_is_empty(
    connection: &mut Connection,
    cut: i64,
    pause: Duration,
    done: &mut Retained,
) -> Result<(), StoreError> {
    let gaps = "DELETE FROM gap WHERE (run_id, camera_id, seq) IN
                    (SELECT run_id, camera_id, seq FROM gap WHERE from_us < ?1 AND until_us <= ?1 LIMIT ?2)";
    let sessions = "DELETE FROM session WHERE id IN (
        SELECT id FROM session WHERE began_at_us < ?1 AND NOT (content_sha256 IS NOT NULL AND complete)
            AND (ended_at_us < ?1 OR EXISTS (SELECT 1 FROM session AS later
                 WHERE later.camera_id = session.camera_id AND later.id > session.id))
            AND NOT EXISTS (SELECT 1 FROM crossing WHERE session_id = session.id)
            AND NOT EXISTS (SELECT 1 FROM near_crossing WHERE session_id = session.id)
            AND NOT EXISTS (SELECT 1 FROM coverage WHERE session_id = session.id)
            AND NOT EXISTS (SELECT 1 FROM volume WHERE session_id = session.id)
            AND NOT EXISTS (SELECT 1 FROM archived_coverage WHERE session_id = session.id)
        LIMIT ?2)";
    let runs = "DELETE FROM run WHERE id IN (
        SELECT id FROM run WHERE started_at_us < ?1
            AND id < (SELECT max(id) FROM run) AND started_at_us < (SELECT max(started_at_us) FROM run)
            AND NOT EXISTS (SELECT 1 FROM session WHERE run_id = run.id)
            AND NOT EXISTS (SELECT 1 FROM crossing WHERE run_id = run.id)
            AND NOT EXISTS (SELECT 1 FROM near_crossing WHERE run_id = run.id)
            AND NOT EXISTS (SELECT 1 FROM gap WHERE run_id = run.id)
        LIMIT ?2)";
    let alerts = "DELETE FROM alert WHERE id IN
                      (SELECT alert_id FROM alert_edge WHERE edge = 'ended' AND recorded_at_us < ?1 LIMIT ?2)";
    for (sql, removed) in
        [(gaps, &mut done.gaps), (alerts, &mut done.alerts), (sessions, &mut done.sessions), (runs, &mut done.runs)]
    {
        loop {
            let rows = connection.execute(sql, params![cut, BATCH])?;
            *removed += rows;
            if (rows as i64) < BATCH {
                break;
            }
            std::thread::sleep(pause);
        }
    }
    Ok(())
}

/// Bytes of the -wal file; 0 when there is none.
pub fn wal_bytes(database: &Path) -> Result<u64, StoreError> {
    Ok(files::length(&files::beside(database, "-wal"))?.unwrap_or(0))
}

/// Writes what is in the -wal file into the database and cuts the file to nothing.
pub fn cut_wal(database: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(database, flags).map_err(|source| schema::open_error(database, source))?;
    // Whoever writes would have to wait as long.
    connection.busy_timeout(Duration::from_millis(200))?;
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        return Err(StoreError::WalInUse { path: database.to_path_buf(), bytes: wal_bytes(database)? });
    }
    Ok(())
}
