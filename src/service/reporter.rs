//! The thread `reporter`: publishes totals every period and at the end, always as read back from the database, and then
//! looks whether there is anything to be told of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flume::{Receiver, RecvTimeoutError};
use jiff::tz::TimeZone;

use super::alert_watch::{AlertWatch, Moment};
use super::vital::Vital;
use crate::config::Config;
use crate::diagnostics::in_words;
use crate::report::live;
use crate::store::Reader as StoreReader;
use crate::time::Clock;

/// Never sent: the tracker's end of the channel closes when the last crossing is committed.
pub enum Never {}

pub struct Reporter {
    database: PathBuf,
    totals: PathBuf,
    site: String,
    zone: TimeZone,
    period: Duration,
    clock: Arc<dyn Clock>,
    tracker_done: Receiver<Never>,
    alerts: AlertWatch,
    vital: Arc<Vital>,
    failing: bool,
}

impl Reporter {
    pub fn new(config: &Config, clock: Arc<dyn Clock>, tracker_done: Receiver<Never>, alerts: AlertWatch) -> Self {
        Self {
            database: config.site.database.clone(),
            totals: config.site.totals.clone(),
            site: config.site.name.clone(),
            zone: config.site.time_zone.clone(),
            period: config.site.publish_every,
            clock,
            tracker_done,
            alerts,
            vital: Arc::default(),
            failing: false,
        }
    }

    pub fn vital(&self) -> Arc<Vital> {
        Arc::clone(&self.vital)
    }

    /// Ends after a last publication when the tracker is done.
    pub fn run(mut self) {
        loop {
            let last = match self.tracker_done.recv_timeout(self.period) {
                Ok(never) => match never {},
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            self.vital.beat();
            self.publish();
            let moment = Moment { clock: self.clock.as_ref(), is_last: last };
            // What began or ended belongs into what is published, too.
            if self.alerts.look(&moment) {
                self.publish();
            }
            if last {
                self.vital.ended();
                return;
            }
        }
    }

    /// A publication that fails is logged once until one succeeds again; the counts are safe in the database.
    fn publish(&mut self) {
        match self.try_publish() {
            Ok(()) => self.failing = false,
            Err(error) if !self.failing => {
                self.failing = true;
                self.vital.failed(in_words(error.as_ref()));
                log::error!("totals are not published: {}", in_words(error.as_ref()));
            }
            Err(_) => {}
        }
    }

    fn try_publish(&self) -> Result<(), Box<dyn std::error::Error>> {
        let reader = StoreReader::open(&self.database)?;
        let totals = live::totals(&reader, &self.site, &self.zone, self.clock.now())?;
        live::write(&self.totals, &totals)?;
        log::info!("{}", totals.in_words());
        Ok(())
    }
}
