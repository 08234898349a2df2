//! Between those who count and the database: keeps in memory what the database cannot take at the moment, and in a file
//! what it could not take to the end. Nothing that was recorded here is lost, and nothing is shown as counted before it
//! is in the database.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::change::{Change, SessionBegan, SessionKey};
use super::writer::{RunName, Writer};
use super::{StoreError, spill};
use crate::diagnostics::in_words;

/// Changes in memory at most; about 1 KiB each. More go into a file.
const MOST_PENDING: usize = 20_000;
/// Changes in one transaction at most: others may want to write too.
const BATCH: usize = 500;
/// Between two attempts while the database fails: doubling from the first to the second.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

pub struct Journal {
    writer: Writer,
    pending: VecDeque<Change>,
    /// Sessions that are open, so that a file of their rows can be understood by a database that never saw them begin.
    open: HashMap<SessionKey, SessionBegan>,
    failing: Option<Failing>,
    files_written: u32,
}

/// Since when the database takes nothing.
struct Failing {
    since: Instant,
    next: Instant,
    wait: Duration,
}

/// What did not get into the database.
#[derive(Debug)]
pub struct Unsaved {
    pub changes: usize,
    /// Where they wait for the next start. `None`: they could not be written anywhere; the log holds them.
    pub file: Option<PathBuf>,
}

impl Journal {
    pub fn new(writer: Writer) -> Self {
        Self { writer, pending: VecDeque::new(), open: HashMap::new(), failing: None, files_written: 0 }
    }

    pub fn run(&self) -> &RunName {
        self.writer.run()
    }

    /// Takes a change in. It is safe once [`Journal::flush`] has returned it.
    pub fn record(&mut self, change: Change) {
        match &change {
            Change::SessionBegan(began) => {
                self.open.insert(began.session.clone(), began.clone());
            }
            Change::SessionEnded(ended) => {
                self.open.remove(&ended.session);
            }
            _ => {}
        }
        self.pending.push_back(change);
    }

    /// Changes that wait in memory.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How long the database has been failing.
    pub fn failing_for(&self) -> Option<Duration> {
        self.failing.as_ref().map(|failing| failing.since.elapsed())
    }

    /// Writes what waits, and gives what is in the database now. A database that fails in a way that may pass is tried
    /// again later; other failures are returned, and whatever waits stays here.
    pub fn flush(&mut self) -> Result<Vec<Change>, StoreError> {
        let mut written = Vec::new();
        if self.failing.as_ref().is_some_and(|failing| Instant::now() < failing.next) {
            self.make_room();
            return Ok(written);
        }
        while !self.pending.is_empty() {
            let batch = self.pending.len().min(BATCH);
            let done = self.writer.stay_in_place().and_then(|()| self.writer.write(self.pending.range(..batch)));
            match done {
                Ok(()) => written.extend(self.pending.drain(..batch)),
                Err(error) if error.is_passing() => {
                    self.fails(&error);
                    self.make_room();
                    return Ok(written);
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(failing) = self.failing.take() {
            log::warn!("the database takes rows again, after {:.0} s", failing.since.elapsed().as_secs_f64());
            if self.files_written > 0 {
                self.writer.take_in_unsaved()?;
            }
        }
        Ok(written)
    }

    fn fails(&mut self, error: &StoreError) {
        let now = Instant::now();
        let (since, wait) = match &self.failing {
            None => {
                let waiting = self.pending.len();
                log::error!("{}; counting goes on, {waiting} changes wait in memory", in_words(error));
                (now, FIRST_WAIT)
            }
            Some(failing) => (failing.since, (failing.wait * 2).min(LONGEST_WAIT)),
        };
        self.failing = Some(Failing { since, next: now + wait, wait });
    }

    /// Memory is bounded: what is too much goes into a file.
    fn make_room(&mut self) {
        if self.pending.len() >= MOST_PENDING {
            self.spill();
        }
    }

    /// Puts everything that waits into a file; keeps it if that fails too.
    fn spill(&mut self) -> Option<PathBuf> {
        let waits = |session: &SessionBegan| {
            self.pending.iter().any(|change| matches!(change, Change::SessionBegan(began) if began == session))
        };
        let begun: Vec<_> =
            self.open.values().filter(|session| !waits(session)).cloned().map(Change::SessionBegan).collect();
        let changes = begun.iter().chain(&self.pending);
        let written =
            spill::write(self.writer.path(), self.writer.run(), self.writer.layout(), self.files_written + 1, changes);
        match written {
            Ok(path) => {
                log::error!(
                    "{} changes that the database does not take are in {} now; the next start brings them in",
                    self.pending.len(),
                    path.display()
                );
                self.files_written += 1;
                self.pending.clear();
                Some(path)
            }
            Err(error) => {
                log::error!("what the database does not take cannot be put into a file either: {error}");
                None
            }
        }
    }

    /// The end: tries for `patience` at most to write what waits, and puts the rest into a file. Gives what was written
    /// last, and what was not.
    pub fn close(mut self, patience: Duration) -> (Vec<Change>, Option<Unsaved>) {
        let deadline = Instant::now() + patience;
        let mut written = Vec::new();
        while !self.pending.is_empty() {
            match self.flush() {
                Ok(more) => written.extend(more),
                Err(_) => break, // who asked for the close has met this error before
            }
            let now = Instant::now();
            let Some(failing) = &self.failing else { continue };
            if now >= deadline {
                break;
            }
            std::thread::sleep(failing.next.min(deadline).saturating_duration_since(now));
        }
        if self.pending.is_empty() {
            return (written, None);
        }
        let changes = self.pending.len();
        let file = self.spill();
        if file.is_none() {
            for change in &self.pending {
                log::error!("not written anywhere: {}", serde_json::to_string(change).unwrap_or_default());
            }
        }
        (written, Some(Unsaved { changes, file }))
    }
}
