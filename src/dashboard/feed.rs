//! A thread that reads: whoever draws waits for no disk and no network.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::model::Dashboard;
use super::read::{Bands, nothing, read, read_bands};
use crate::config::Config;
use crate::diagnostics::in_words;
use crate::store::{FileIdentity, Reader, StoreError};
use crate::time::UtcMicros;

/// The running service's status (`lotcount.status/1`), if there is one that answers. It may take its time.
pub type StatusSource = Box<dyn Fn() -> Option<Value> + Send>;

/// Between two looks whether anything is new.
const STEP: Duration = Duration::from_secs(1);
/// How long a question waits for who keeps the database to himself.
const PATIENCE: Duration = Duration::from_millis(500);
const MINUTE_US: i64 = 60_000_000;

/// Gives a new dashboard whenever something has changed, at most one a second. Dropping it ends the thread.
pub struct Feed {
    dashboards: Receiver<Dashboard>,
    _stop: Sender<()>,
}

impl Feed {
    pub fn start(config: Config, status: StatusSource) -> io::Result<Self> {
        let (sender, dashboards) = channel();
        let (stop, stopped) = channel::<()>();
        thread::Builder::new().name("watch-read".into()).spawn(move || {
            let mut watched = Watched { config, status, open: None, bands: Bands::new(), last: None };
            loop {
                if let Some(dashboard) = watched.look(UtcMicros::now())
                    && sender.send(dashboard).is_err()
                {
                    return;
                }
                if stopped.recv_timeout(STEP) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        })?;
        Ok(Self { dashboards, _stop: stop })
    }

    /// The newest there is, after at most so long. An error: the thread has ended, which a panic alone makes it do.
    pub fn newest(&self, wait: Duration) -> io::Result<Option<Dashboard>> {
        match self.dashboards.recv_timeout(wait) {
            Ok(first) => Ok(Some(self.dashboards.try_iter().last().unwrap_or(first))),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the thread that reads the database panicked")),
        }
    }
}

struct Watched {
    config: Config,
    status: StatusSource,
    open: Option<Open>,
    bands: Bands,
    last: Option<Seen>,
}

struct Open {
    reader: Reader,
    identity: FileIdentity,
}

/// What was shown last, and what it was read from.
struct Seen {
    dashboard: Dashboard,
    minute: i64,
    version: Option<i64>,
    status: Option<Value>,
}

impl Watched {
    /// A dashboard if it is another one than the last.
    fn look(&mut self, now: UtcMicros) -> Option<Dashboard> {
        let status = (self.status)();
        let minute = now.0.div_euclid(MINUTE_US);
        let seen = match self.read(status.as_ref(), minute, now) {
            Ok(None) => return None,
            Ok(Some((dashboard, version))) => Seen { dashboard, minute, version: Some(version), status },
            Err(error) => {
                if !error.is_locked() {
                    self.open = None;
                }
                self.stale(&error, minute, status, now)
            }
        };
        let is_new = self.last.as_ref().is_none_or(|last| last.dashboard != seen.dashboard);
        let dashboard = is_new.then(|| seen.dashboard.clone());
        self.last = Some(seen);
        dashboard
    }

    /// `None`: nothing has changed. The version of the database is taken before its rows: what is written meanwhile is read the
    /// next time.
    fn read(
        &mut self,
        status: Option<&Value>,
        minute: i64,
        now: UtcMicros,
    ) -> Result<Option<(Dashboard, i64)>, StoreError> {
        let path = &self.config.site.database;
        if self.open.as_ref().is_some_and(|open| !open.identity.is_still_at(path)) {
            self.open = None;
        }
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let reader = Reader::open_within(path, PATIENCE)?;
                closed.insert(Open { identity: FileIdentity::of(path)?, reader })
            }
        };
        let version = open.reader.data_version()?;
        let last = self.last.as_ref();
        let is_next_minute = last.is_none_or(|last| last.minute != minute || last.version.is_none());
        if !is_next_minute && last.is_some_and(|last| last.version == Some(version) && last.status.as_ref() == status) {
            return Ok(None);
        }
        if is_next_minute {
            self.bands = read_bands(&open.reader, &self.config, now)?;
        }
        Ok(Some((read(&open.reader, &self.config, &self.bands, status, now)?, version)))
    }

    /// The last one, with why there is no newer one.
    fn stale(&self, error: &StoreError, minute: i64, status: Option<Value>, now: UtcMicros) -> Seen {
        let last = self.last.as_ref().map(|last| &last.dashboard).filter(|last| last.is_read);
        let dashboard = match last {
            Some(last) => {
                let since = last.at.strftime("%H:%M");
                let why = if error.is_locked() { "the database is busy".to_owned() } else { in_words(error) };
                Dashboard { trouble: Some(super::text::clean(&format!("as of {since}: {why}"))), ..last.clone() }
            }
            None => nothing(&self.config, now, in_words(error)),
        };
        // No version: as soon as it can be read again, it is.
        Seen { dashboard, minute, version: None, status }
    }
}
