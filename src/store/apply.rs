//! From a change to its rows.

use rusqlite::{OptionalExtension, Transaction, params};

use super::StoreError;
use super::change::{
    Change, CoverageMinute, NewCrossing, NewGap, NewNearCrossing, SessionBegan, SessionEnded, SessionKey,
};
use super::site::SiteRows;
use super::{adjust, recording};
use crate::time::UtcMicros;

/// Writes changes of one run, within a transaction.
pub struct Pen<'a> {
    pub transaction: &'a Transaction<'a>,
    pub run: i64,
    pub site: &'a SiteRows,
}

impl Pen<'_> {
    pub fn write(&self, change: &Change) -> Result<(), StoreError> {
        match change {
            // Whoever holds the rows of the site registers it.
            Change::Site(_) => Ok(()),
            Change::SessionBegan(began) => self.begin_session(began),
            Change::Crossing(crossing) => self.crossing(crossing),
            Change::NearCrossing(near) => self.near_crossing(near),
            Change::Coverage(minute) => self.coverage(minute),
            Change::Gap(gap) => self.gap(gap),
            Change::SessionEnded(ended) => self.end_session(ended),
            Change::Adjustment(new) => adjust::record_scheduled(self.transaction, new),
            Change::RunEnded { at } => self.end_run(*at),
        }
    }

    fn camera(&self, name: &str) -> Result<i64, StoreError> {
        match self.site.camera(name) {
            Some(row) => Ok(row.id),
            None => Err(StoreError::UnknownLine { camera: name.to_owned(), line: String::new() }),
        }
    }

    /// `None` when a later counting of the same recording has replaced it: its rows are not wanted any more.
    fn session(&self, key: &SessionKey) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM session WHERE run_id = ?1 AND camera_id = ?2 AND generation = ?3";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let key = params![self.run, self.camera(&key.camera)?, key.generation];
        Ok(statement.query_row(key, |row| row.get(0)).optional()?)
    }

    fn begin_session(&self, began: &SessionBegan) -> Result<(), StoreError> {
        if self.session(&began.session)?.is_some() {
            return Ok(());
        }
        let recording = began.recording.as_ref();
        let counts = match recording {
            Some(recording) => recording::make_way(self.transaction, &began.session.camera, recording)?,
            None => true,
        };
        self.transaction.execute(
            "INSERT INTO session (run_id, camera_id, generation, began_at_us, counts, source, content_sha256,
                                  recording_start_us, start_assumed, config_sha256, model_name, model_sha256)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                self.run,
                self.camera(&began.session.camera)?,
                began.session.generation,
                began.began.0,
                counts,
                began.source,
                recording.map(|recording| recording.content.to_string()),
                recording.map(|recording| recording.start.0),
                recording.is_some_and(|recording| recording.start_assumed),
                began.config_sha256,
                began.model_name,
                began.model_sha256,
            ],
        )?;
        Ok(())
    }

    fn crossing(&self, new: &NewCrossing) -> Result<(), StoreError> {
        let Some(session) = self.session(&new.session)? else { return Ok(()) };
        let (camera, line) = self.site.line(&new.session.camera, &new.line)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, rule,
                                       track, place, explanation)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                self.run,
                camera,
                new.sequence,
                session,
                line,
                new.direction.name(),
                new.at.0,
                new.class,
                new.rule,
                new.track,
                new.place,
                new.explanation.to_string(),
            ])?;
        Ok(())
    }

    fn near_crossing(&self, new: &NewNearCrossing) -> Result<(), StoreError> {
        let Some(session) = self.session(&new.session)? else { return Ok(()) };
        let (camera, line) = self.site.line(&new.session.camera, &new.line)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO near_crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, track,
                                            place, reason, detail, explanation)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                self.run,
                camera,
                new.sequence,
                session,
                line,
                new.direction.name(),
                new.at.0,
                new.class,
                new.track,
                new.place,
                new.reason,
                new.detail,
                new.explanation.to_string(),
            ])?;
        Ok(())
    }

    /// The counts of a minute only grow, so what is there already from a later change wins.
    fn coverage(&self, minute: &CoverageMinute) -> Result<(), StoreError> {
        let Some(session) = self.session(&minute.session)? else { return Ok(()) };
        self.transaction
            .prepare_cached(
                "INSERT INTO coverage (session_id, minute_us, until_us, observed_us, degraded_us, frames_read,
                                       frames_looked_at, frames_dropped)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT DO UPDATE SET
                     until_us = max(until_us, excluded.until_us),
                     observed_us = max(observed_us, excluded.observed_us),
                     degraded_us = max(degraded_us, excluded.degraded_us),
                     frames_read = max(frames_read, excluded.frames_read),
                     frames_looked_at = max(frames_looked_at, excluded.frames_looked_at),
                     frames_dropped = max(frames_dropped, excluded.frames_dropped)",
            )?
            .execute(params![
                session,
                minute.minute.0,
                minute.until.0,
                minute.observed_us,
                minute.degraded_us,
                minute.frames_read,
                minute.frames_looked_at,
                minute.frames_dropped,
            ])?;
        Ok(())
    }

    fn gap(&self, gap: &NewGap) -> Result<(), StoreError> {
        if gap.until <= gap.from {
            self.transaction
                .prepare_cached("DELETE FROM gap WHERE run_id = ?1 AND camera_id = ?2 AND seq = ?3")?
                .execute(params![self.run, self.camera(&gap.camera)?, gap.sequence])?;
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO gap (run_id, camera_id, seq, from_us, until_us, reason, detail)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO UPDATE SET until_us = excluded.until_us, reason = excluded.reason,
                     detail = excluded.detail",
            )?
            .execute(params![
                self.run,
                self.camera(&gap.camera)?,
                gap.sequence,
                gap.from.0,
                gap.until.0,
                gap.reason,
                gap.detail,
            ])?;
        Ok(())
    }

    fn end_session(&self, end: &SessionEnded) -> Result<(), StoreError> {
        let Some(session) = self.session(&end.session)? else { return Ok(()) };
        self.transaction.execute(
            "UPDATE session SET ended_at_us = ?2, complete = ?3, reason = ?4, frames_read = ?5, frames_looked_at = ?6,
                                frames_dropped = ?7 WHERE id = ?1",
            params![
                session,
                end.ended.0,
                end.complete,
                end.reason,
                end.frames_read,
                end.frames_looked_at,
                end.frames_dropped
            ],
        )?;
        if end.complete {
            recording::take_over(self.transaction, session)?;
        }
        Ok(())
    }

    fn end_run(&self, at: UtcMicros) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE run SET ended_at_us = ?2 WHERE id = ?1", params![self.run, at.0])?;
        Ok(())
    }
}
