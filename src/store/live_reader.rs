//! What somebody who watches asks again and again: small questions, each answered from the end of an index.

use std::path::Path;
use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::coverage_reader::Gap;
use super::reader::Reader;
use super::{StoreError, older, schema};
use crate::time::UtcMicros;

/// The latest life of the process that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatestRun {
    pub started: UtcMicros,
    /// `None`: it counts, or it was killed.
    pub ended: Option<UtcMicros>,
}

/// What the rows of the latest run say of one camera.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatestSight {
    /// The last moment that was observed. Written once a minute.
    pub observed: Option<UtcMicros>,
    /// A recording that was played to its end.
    pub complete: bool,
    /// The last stretch of time that was not observed; it is open while it ends no sooner than what was observed.
    pub gap: Option<Gap>,
}

/// Of one camera in one run: sessions and gaps are found by their keys.
const SESSION: &str = "SELECT complete, (SELECT until_us FROM coverage WHERE session_id = session.id
        ORDER BY minute_us DESC LIMIT 1)
    FROM session WHERE run_id = ?1 AND camera_id = ?2 ORDER BY generation DESC LIMIT 3";
const GAP: &str = "SELECT from_us, until_us, reason, detail FROM gap
    WHERE run_id = ?1 AND camera_id = ?2 ORDER BY seq DESC LIMIT 1";

impl Reader {
    /// Opens for somebody who would rather hear soon that another process keeps the database to itself: each question waits so
    /// long.
    pub fn open_within(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        let connection = schema::open_for_reading_within(path, patience)?;
        older::supplement(&connection, schema::version(&connection)?)?;
        Ok(Self { connection })
    }

    /// `None`: nobody has counted yet.
    pub fn latest_run(&self) -> Result<Option<LatestRun>, StoreError> {
        let sql = "SELECT started_at_us, ended_at_us FROM run ORDER BY id DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let run = statement.query_row([], |row| {
            let ended: Option<i64> = row.get(1)?;
            Ok(LatestRun { started: UtcMicros(row.get(0)?), ended: ended.map(UtcMicros) })
        });
        Ok(run.optional()?)
    }

    /// `None`: the camera has not taken part in the latest run.
    pub fn latest_sight(&self, camera: &str) -> Result<Option<LatestSight>, StoreError> {
        if !self.keeps_coverage()? {
            return Ok(None);
        }
        let sql = "SELECT (SELECT max(id) FROM run), id FROM camera WHERE name = ?1";
        let found = self.connection.prepare_cached(sql)?.query_row([camera], |row| Ok((row.get(0)?, row.get(1)?)));
        let Some((Some(run), id)) = found.optional()? else { return Ok(None) };
        let key: (i64, i64) = (run, id);
        let mut statement = self.connection.prepare_cached(SESSION)?;
        let sessions: Vec<(bool, Option<i64>)> =
            statement.query_map(key, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut statement = self.connection.prepare_cached(GAP)?;
        let gap = statement.query_row(params![run, id], |row| {
            Ok(Gap {
                camera: camera.to_owned(),
                from: UtcMicros(row.get(0)?),
                until: UtcMicros(row.get(1)?),
                reason: row.get(2)?,
                detail: row.get(3)?,
            })
        });
        let gap = gap.optional()?;
        if sessions.is_empty() && gap.is_none() {
            return Ok(None);
        }
        Ok(Some(LatestSight {
            observed: sessions.iter().filter_map(|(_, until)| *until).max().map(UtcMicros),
            complete: sessions.first().is_some_and(|(complete, _)| *complete),
            gap,
        }))
    }
}
