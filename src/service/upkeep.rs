//! The thread `upkeep`: each day a backup and the end of old rows; a -wal file that does not grow.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::stop::StopToken;
use super::vital::Vital;
use crate::config::Config;
use crate::diagnostics::in_words;
use crate::store::{self, BackupFolder, Halt, StoreError};
use crate::time::{Clock, UtcMicros};

/// How often it looks whether anything is due.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// What failed is tried again after this time: a backup reads the whole database.
const AGAIN_AFTER: Duration = Duration::from_secs(3600);
/// A -wal file larger than this is cut, bytes. SQLite itself starts it anew at a few MB, unless somebody always reads.
const LARGE_WAL: u64 = 64 << 20;
/// Between two transactions that end old rows.
const PAUSE: Duration = Duration::from_millis(100);
const DAY_US: i64 = 86_400_000_000;

/// Works beside those who count and never in their way: whatever fails is one line in the log until it succeeds again.
pub struct Upkeep {
    database: PathBuf,
    backups: BackupFolder,
    keep_days: u32,
    clock: Arc<dyn Clock>,
    stop: StopToken,
    backup: Task,
    retention: Task,
    wal: Task,
    /// Day of the last retention.
    retained_on: Option<i64>,
    vital: Arc<Vital>,
}

impl Upkeep {
    /// `stop` ends it: requested when nothing is counted any more.
    pub fn new(config: &Config, clock: Arc<dyn Clock>, stop: StopToken) -> Self {
        Self {
            database: config.site.database.clone(),
            backups: BackupFolder::of(&config.site),
            keep_days: config.site.keep_days,
            clock,
            stop,
            backup: Task::new("no backup was made"),
            retention: Task::new("old rows were not turned into totals"),
            wal: Task::new("the -wal file cannot be cut"),
            retained_on: None,
            vital: Arc::default(),
        }
    }

    pub fn vital(&self) -> Arc<Vital> {
        Arc::clone(&self.vital)
    }

    /// Ends soon after a stop is requested, in the middle of a backup if need be: an unfinished one is removed.
    pub fn run(mut self) {
        loop {
            self.vital.beat();
            if catch_unwind(AssertUnwindSafe(|| self.look())).is_err() {
                self.vital.failed("it panicked");
                log::error!("the upkeep of the database panicked; it goes on in a minute");
            }
            if self.stop.wait(LOOK_EVERY) {
                self.vital.ended();
                return;
            }
        }
    }

    /// Does what is due. The backup comes first: rows that go are in it.
    pub fn look(&mut self) {
        let now = self.clock.now();
        let today = self.clock.wall(now);
        let stop = self.stop.clone();
        let halt = Halt::when(move || stop.is_requested());
        let (database, backups, keep_days) = (&self.database, &self.backups, self.keep_days);
        self.backup.attempt(now, || {
            if !backups.is_due(today)? || !store::has_rows(database)? {
                return Ok(());
            }
            let made = backups.make(database, today, &halt)?;
            log::info!("backup: {}", made.path.display());
            Ok(())
        });
        let day = today.0.div_euclid(DAY_US);
        if self.retained_on != Some(day) {
            let done = self.retention.attempt(now, || {
                let done = store::retain(database, keep_days, today, PAUSE, &halt)?;
                if done.days > 0 {
                    log::info!(
                        "{} crossings of {} days, older than {keep_days}, are kept as totals from now on",
                        done.crossings,
                        done.days
                    );
                }
                Ok(())
            });
            if done {
                self.retained_on = Some(day);
            }
        }
        self.wal.attempt(now, || match store::wal_bytes(database)? {
            ..=LARGE_WAL => Ok(()),
            _ => store::cut_wal(database),
        });
    }
}

/// Something that is done again and again.
struct Task {
    /// What its failure means.
    failure: &'static str,
    failing: bool,
    /// By the clock that never steps.
    not_before: Option<UtcMicros>,
}

impl Task {
    fn new(failure: &'static str) -> Self {
        Self { failure, failing: false, not_before: None }
    }

    /// Whether it was done.
    fn attempt(&mut self, now: UtcMicros, work: impl FnOnce() -> Result<(), StoreError>) -> bool {
        if self.not_before.is_some_and(|time| now < time) {
            return false;
        }
        match work() {
            Ok(()) => {
                *self = Self::new(self.failure);
                return true;
            }
            Err(StoreError::Halted) => {}
            Err(error) => {
                if !self.failing {
                    log::error!("{}: {}", self.failure, in_words(&error));
                }
                self.failing = true;
                self.not_before = Some(now + AGAIN_AFTER);
            }
        }
        false
    }
}
