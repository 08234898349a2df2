//! Whether a recording has been counted before, and how the rows of an earlier counting are replaced.
//!
//! A recording is the same when camera, content and start are; without a start in the configuration, camera and content
//! alone. The first counting counts from its first row. Any later one (asked for, or because the earlier was
//! interrupted) writes rows that do not count yet; when it is complete, one transaction removes the earlier rows and lets
//! these count. So at every moment, also after a kill, exactly one counting counts, and in the end it is a complete one.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::StoreError;
use crate::source::Recording;
use crate::time::UtcMicros;

/// What the database knows of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingState {
    New,
    /// Begun and not finished; counting it again replaces that.
    Interrupted,
    Counted(Earlier),
}

/// A complete counting. `Display` continues "the recording ...".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub run: i64,
    pub ended: UtcMicros,
    pub crossings: u64,
}

impl fmt::Display for Earlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "was counted before, by run {} on {}: {} crossings", self.run, self.ended, self.crossings)
    }
}

/// Sessions of the same recording: parameters are camera, content, start, and whether the start is only assumed.
const SAME_RECORDING: &str = "camera_id = (SELECT id FROM camera WHERE name = ?1) AND content_sha256 = ?2 \
     AND (?4 OR start_assumed OR recording_start_us = ?3)";

pub fn state(connection: &Connection, camera: &str, recording: &Recording) -> Result<RecordingState, StoreError> {
    let sql = format!(
        "SELECT run_id, complete, coalesce(ended_at_us, began_at_us),
                (SELECT coalesce(sum(entries + exits), 0) FROM volume WHERE session_id = session.id)
         FROM session WHERE {SAME_RECORDING} ORDER BY complete DESC, id DESC LIMIT 1"
    );
    let key = params![camera, recording.content.to_string(), recording.start.0, recording.start_assumed];
    let found = connection
        .query_row(&sql, key, |row| {
            let earlier = Earlier { run: row.get(0)?, ended: UtcMicros(row.get(2)?), crossings: row.get(3)? };
            Ok((row.get::<_, bool>(1)?, earlier))
        })
        .optional()?;
    Ok(match found {
        None => RecordingState::New,
        Some((true, earlier)) => RecordingState::Counted(earlier),
        Some((false, _)) => RecordingState::Interrupted,
    })
}

/// Makes way for a new session of this recording: removes attempts that never counted, and says whether the new one may
/// count at once, because no earlier one does.
pub fn make_way(transaction: &Transaction, camera: &str, recording: &Recording) -> Result<bool, StoreError> {
    let key = params![camera, recording.content.to_string(), recording.start.0, recording.start_assumed];
    transaction.execute(&format!("DELETE FROM session WHERE {SAME_RECORDING} AND NOT counts"), key)?;
    let sql = format!("SELECT EXISTS (SELECT 1 FROM session WHERE {SAME_RECORDING})");
    let earlier: bool = transaction.query_row(&sql, key, |row| row.get(0))?;
    Ok(!earlier)
}

/// The session is complete: it takes the place of every earlier one of its recording.
pub fn take_over(transaction: &Transaction, session: i64) -> Result<(), StoreError> {
    transaction.execute(
        "DELETE FROM session WHERE id IN (
             SELECT earlier.id FROM session AS earlier JOIN session AS new ON new.id = ?1
             WHERE earlier.id <> new.id AND earlier.camera_id = new.camera_id
               AND earlier.content_sha256 = new.content_sha256
               AND (earlier.start_assumed OR new.start_assumed OR earlier.recording_start_us = new.recording_start_us))",
        [session],
    )?;
    transaction.execute("UPDATE session SET counts = 1 WHERE id = ?1", [session])?;
    Ok(())
}
