//! One file for each local day that is over, made by cron: those that are missing since the last time, and those whose rows
//! have changed since they were written.
//!
//! The database remembers what was written ([`crate::store::ExportLog`]): each day's revision and the hash of its bytes. A
//! day is made again with the revision that it has; only when its bytes are others now it gets the next revision.

mod folder;

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use crate::report::{Format, Period, PublishError, ReportDocument};
use crate::store::{ExportLog, ExportTarget, ExportedDay, Reader, StoreError};
use crate::time::UtcMicros;

pub use folder::{ExportFolder, FolderError};

/// What comes after midnight still belongs to the day before for so long: the last minute's coverage, a car on the line.
const SETTLED_AFTER_MIN: i64 = 5;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{path} cannot be made")]
    Document { path: PathBuf, source: std::io::Error },
    #[error("the day {0} is out of range")]
    Range(Date),
}

/// What to export.
pub struct Job<'a> {
    pub site: &'a str,
    pub zone: &'a TimeZone,
    pub format: Format,
    pub now: Timestamp,
    /// The first day; `None`: the first that was exported, or the first that the database knows of.
    pub since: Option<Date>,
    /// Days from this one on are left for later, though they are over.
    pub until: Option<Date>,
    /// So many of the latest days that were written are looked at again.
    pub amend_days: u32,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub day: Date,
    pub revision: u32,
    /// Of the camera that saw least of the day, 0 to 1; `None`: no camera was in service, or nothing is known of it.
    pub coverage: Option<f64>,
    /// That camera.
    pub camera: Option<String>,
}

/// A day as a file would have it.
struct Made {
    bytes: Vec<u8>,
    exported: ExportedDay,
    coverage: Option<f64>,
    camera: Option<String>,
}

impl Job<'_> {
    /// Writes what is missing or has changed, in order of the days; `written` hears of each file when it and its record are
    /// on the disk. When this fails half-way, the next one goes on from there.
    pub fn run(
        &self,
        reader: &Reader,
        log: &mut ExportLog,
        folder: &ExportFolder,
        mut written: impl FnMut(Written),
    ) -> Result<(), ExportError> {
        let target = self.target(folder);
        let known = reader.exported_days(&target)?;
        let Some(after) = self.after_last()? else { return Ok(()) };
        let first = match (self.since, known.keys().next()) {
            (Some(since), _) => Some(since),
            (None, Some(first)) => Some(*first),
            (None, None) => self.first_known(reader)?,
        };
        let Some(first) = first else { return Ok(()) };
        let amended_from = after.saturating_sub(i64::from(self.amend_days).days());
        let mut day = first;
        while day < after {
            let before = known.get(&day);
            if before.is_none() || day >= amended_from {
                let made = self.make(reader, day, before)?;
                if before != Some(&made.exported) {
                    folder.put(day, self.format.extension(), &made.bytes, before)?;
                    log.record(&target, day, &made.exported, made.coverage, UtcMicros::from(self.now))?;
                    written(made.written(day));
                }
            }
            day = day.tomorrow().map_err(|_| ExportError::Range(day))?;
        }
        Ok(())
    }

    /// One day, over or not, without a watermark: the database may be read-only. The file has the bytes that [`run`]
    /// would give it.
    ///
    /// [`run`]: Self::run
    pub fn run_day(&self, reader: &Reader, folder: &ExportFolder, day: Date) -> Result<Written, ExportError> {
        let known = reader.exported_days(&self.target(folder))?;
        let made = self.make(reader, day, known.get(&day))?;
        folder.put(day, self.format.extension(), &made.bytes, known.get(&day))?;
        Ok(made.written(day))
    }

    fn target(&self, folder: &ExportFolder) -> ExportTarget {
        ExportTarget {
            folder: folder.path().to_string_lossy().into_owned(),
            format: self.format.extension().to_owned(),
        }
    }

    /// The day after the last that is over.
    fn after_last(&self) -> Result<Option<Date>, ExportError> {
        let settled =
            self.now.saturating_sub(SETTLED_AFTER_MIN.minutes()).map_err(|_| ExportError::Range(Date::MIN))?;
        let today = settled.to_zoned(self.zone.clone()).date();
        Ok(Some(self.until.map_or(today, |until| until.min(today))))
    }

    /// The day of the first row.
    fn first_known(&self, reader: &Reader) -> Result<Option<Date>, ExportError> {
        let first = reader.camera_spans()?.into_iter().map(|span| span.first).min();
        Ok(first.and_then(UtcMicros::to_timestamp).map(|first| first.to_zoned(self.zone.clone()).date()))
    }

    /// With the revision that the day has, or the next one if its content has changed.
    fn make(&self, reader: &Reader, day: Date, before: Option<&ExportedDay>) -> Result<Made, ExportError> {
        let span = Period::Day(day).resolve(self.zone, self.now).map_err(|_| ExportError::Range(day))?;
        let mut document = ReportDocument::read(reader, self.site, self.zone, day.to_string(), span)?;
        let shares = document.cameras.iter().filter_map(|row| Some((row.coverage.share()?, row.camera.clone())));
        let (coverage, camera) = shares.min_by(|one, other| one.0.total_cmp(&other.0)).unzip();
        let mut revision = before.map_or(1, |before| before.revision);
        let mut bytes = self.render(&mut document, day, revision)?;
        if before.is_some_and(|before| before.content_sha256 != hash(&bytes)) {
            revision += 1;
            bytes = self.render(&mut document, day, revision)?;
        }
        let exported = ExportedDay { revision, content_sha256: hash(&bytes) };
        Ok(Made { bytes, exported, coverage, camera })
    }

    /// The one place where a document becomes a file.
    fn render(&self, document: &mut ReportDocument, day: Date, revision: u32) -> Result<Vec<u8>, ExportError> {
        document.revision = Some(revision);
        let mut bytes = Vec::new();
        let failed =
            |source| ExportError::Document { path: folder::file_name(day, self.format.extension()).into(), source };
        document.write(self.format, &mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}

impl Made {
    fn written(self, day: Date) -> Written {
        Written { day, revision: self.exported.revision, coverage: self.coverage, camera: self.camera }
    }
}

/// SHA-256, hexadecimal.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
