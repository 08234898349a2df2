//! What `lotcount db check` tells about a database.

use std::path::Path;

use rusqlite::Connection;

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

/// Crossings whose movements are not those that their line's lots ask for, in a span of time (`:from` to `:until`, us).
pub const CROSSINGS_THAT_MISFIT: &str = "
    SELECT count(*) FROM (
        SELECT crossing.id, other_side_lot_id AS other,
            CASE direction WHEN 'entry' THEN entry_lot_id ELSE exit_lot_id END AS own,
            CASE direction WHEN 'entry' THEN 1 ELSE -1 END AS delta
        FROM crossing JOIN line ON line.id = crossing.line_id
        WHERE at_us >= :from AND at_us < :until
    ) AS expected
    WHERE (SELECT count(*) FROM movement WHERE crossing_id = expected.id)
            <> (own IS NOT NULL) + (other IS NOT NULL)
        OR EXISTS (SELECT 1 FROM movement WHERE crossing_id = expected.id
            AND NOT (lot_id IS own AND movement.delta = expected.delta)
            AND NOT (lot_id IS other AND movement.delta = -expected.delta))";

fn misfits(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let all = [(":from", &i64::MIN), (":until", &i64::MAX)];
    let count: i64 = connection.query_row(CROSSINGS_THAT_MISFIT, &all, |row| row.get(0))?;
    Ok((count > 0).then(|| format!("{count} crossings do not move vehicles as their line's lots ask for")))
}

/// Whether there is anything to back up.
pub fn has_rows(path: &Path) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM crossing) OR EXISTS (SELECT 1 FROM coverage) OR EXISTS (SELECT 1 FROM archived_line)";
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
