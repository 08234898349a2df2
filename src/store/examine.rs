//! What `lotcount db check` tells about a database.

use std::path::Path;

use rusqlite::{Connection, ToSql};

use super::older::LEDGER_SCHEMA;
use super::{StoreError, files, schema};

/// Findings of one check that are shown; more say nothing new.
const FINDINGS: u32 = 20;

/// What is wrong with the database, best known first; empty when nothing is. Reads every page and compares every index with
/// its table, while others write.
pub fn examine(path: &Path) -> Result<Vec<String>, StoreError> {
    let connection = match schema::open_for_reading(path) {
        Ok(connection) => connection,
        Err(error) if error.is_damage() => return Ok(vec![error.to_string()]),
        Err(error) => return Err(error),
    };
    let found = schema::findings(&connection, FINDINGS).and_then(|mut findings| {
        if findings.is_empty() {
            findings.extend(misfits(&connection)?);
        }
        Ok(findings)
    });
    match found.map_err(StoreError::Sqlite) {
        Err(error) if error.is_damage() => Ok(vec![crate::diagnostics::in_words(&error)]),
        other => other,
    }
}

/// Volumes that are not what their crossings sum up to, in a span of time (`:from` to `:until`, us): with the number of
/// those whose rows are gone they must be the same.
pub const VOLUMES_THAT_MISFIT: &str = "
    SELECT count(*) FROM (
        SELECT sum(entries) AS entries, sum(exits) AS exits, sum(archived) AS archived,
            sum(kept_entries) AS kept_entries, sum(kept_exits) AS kept_exits
        FROM (
            SELECT line_id, part_us, class, session_id, entries, exits, archived, 0 AS kept_entries, 0 AS kept_exits
            FROM volume WHERE line_id IN (SELECT id FROM line) AND part_us >= :from AND part_us < :until
            UNION ALL
            SELECT line_id, part_us, class, session_id, 0, 0, 0, entries, exits
            FROM crossing_part WHERE at_us >= :from AND at_us < :until
        )
        GROUP BY line_id, part_us, class, session_id
    )
    WHERE entries + exits <> archived + kept_entries + kept_exits OR entries < kept_entries OR exits < kept_exits";

/// The schema that brought sums of coverage.
const SUMS_SCHEMA: i64 = 7;

/// Sums of coverage that are not what their minutes sum up to.
const SUMS_THAT_MISFIT: &str = "
    SELECT count(*) FROM (
        SELECT quarter_us, session_id
        FROM (
            SELECT quarter_us, session_id, minutes, observed_us, degraded_us, frames_read, frames_looked_at, frames_dropped
            FROM coverage_sum
            UNION ALL
            SELECT minute_us / 900000000 * 900000000, session_id, -1, -observed_us, -degraded_us, -frames_read,
                -frames_looked_at, -frames_dropped
            FROM coverage
        )
        GROUP BY quarter_us, session_id
        HAVING sum(minutes) <> 0 OR sum(observed_us) <> 0 OR sum(degraded_us) <> 0 OR sum(frames_read) <> 0
            OR sum(frames_looked_at) <> 0 OR sum(frames_dropped) <> 0
    )";

/// Sums that are not what the rows say.
fn misfits(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let version = schema::version(connection)?;
    let mut findings = Vec::new();
    let mut compare = |sql: &str, parameters: &[(&str, &dyn ToSql)], sums: &str, rows: &str| {
        let count: i64 = connection.query_row(sql, parameters, |row| row.get(0))?;
        if count > 0 {
            findings.push(format!("{count} rows of `{sums}` are not what the {rows} sum up to"));
        }
        Ok::<(), rusqlite::Error>(())
    };
    if version >= LEDGER_SCHEMA {
        let all: [(&str, &dyn ToSql); 2] = [(":from", &i64::MIN), (":until", &i64::MAX)];
        compare(VOLUMES_THAT_MISFIT, &all, "volume", "crossings")?;
    }
    if version >= SUMS_SCHEMA {
        compare(SUMS_THAT_MISFIT, &[], "coverage_sum", "minutes")?;
    }
    Ok(findings)
}

/// Whether there is anything to back up.
pub fn has_rows(path: &Path) -> Result<bool, StoreError> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM volume) OR EXISTS (SELECT 1 FROM coverage) OR EXISTS (SELECT 1 FROM adjustment)";
    Ok(schema::open_for_reading(path)?.query_row(sql, [], |row| row.get(0))?)
}

/// How large a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Which of the migrations were applied, and how many there are.
    pub schema: (i64, i64),
    pub bytes: u64,
    pub wal_bytes: u64,
    pub pages: i64,
    /// Of the pages: those without content, which new rows will take.
    pub free_pages: i64,
    /// Rows by table.
    pub rows: Vec<(String, i64)>,
}

impl Sizes {
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_for_reading(path)?;
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let mut tables = connection.prepare(sql)?;
        let names = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let rows = names.into_iter().map(|name| {
            let rows = number(&format!("SELECT count(*) FROM \"{name}\""))?;
            Ok((name, rows))
        });
        Ok(Self {
            schema: (schema::version(&connection)?, schema::newest()),
            bytes: files::length(path)?.unwrap_or(0),
            wal_bytes: files::length(&files::beside(path, "-wal"))?.unwrap_or(0),
            pages: number("PRAGMA page_count")?,
            free_pages: number("PRAGMA freelist_count")?,
            rows: rows.collect::<Result<_, rusqlite::Error>>()?,
        })
    }
}
