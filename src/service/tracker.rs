//! The thread `tracker`: turns the looks of all cameras into tracks, crossings and rows. The only writer of the database.

use std::path::PathBuf;

use flume::Receiver;

use super::camera_tracking::CameraTracking;
use super::detector::Report;
use super::stop::StopToken;
use crate::config::Config;
use crate::diagnostics::in_words;
use crate::store::{StoreError, Writer};
use crate::time::UtcMicros;

pub struct TrackerThread {
    writer: Writer,
    reports: Receiver<Report>,
    stop: StopToken,
    /// In the order of the configuration.
    cameras: Vec<CameraTracking>,
}

impl TrackerThread {
    pub fn new(
        config: &Config,
        writer: Writer,
        reports: Receiver<Report>,
        annotate: Option<PathBuf>,
        stop: StopToken,
    ) -> Self {
        let cameras =
            config.cameras.iter().map(|camera| CameraTracking::new(camera.clone(), annotate.clone())).collect();
        Self { writer, reports, stop, cameras }
    }

    /// Ends when every detector has gone. A database that fails stops the whole service: counting on without keeping
    /// would only look like counting.
    pub fn run(mut self) -> Result<(), StoreError> {
        let result = self.take_in_everything().and_then(|()| self.writer.end_run(UtcMicros::now()));
        if let Err(error) = &result {
            log::error!("the database failed, stopping: {}", in_words(error));
            self.stop.request();
            // The detectors wait at a full queue: let them finish. Nothing of this was ever shown as counted.
            let lost = self.reports.iter().filter(|report| matches!(report, Report::Look(_))).count();
            if lost > 0 {
                log::error!("{lost} looks after the failure were not counted");
            }
        }
        result
    }

    fn take_in_everything(&mut self) -> Result<(), StoreError> {
        while let Ok(report) = self.reports.recv() {
            let camera = match &report {
                Report::Look(look) => look.session.camera,
                Report::Ended { session, .. } => session.camera,
            };
            self.cameras[camera].take_in(&report, &mut self.writer)?;
        }
        Ok(())
    }
}

/// So that a thread that panics before it can say so still stops the others.
impl Drop for TrackerThread {
    fn drop(&mut self) {
        if std::thread::panicking() {
            log::error!("the tracker panicked, stopping");
            self.stop.request();
        }
    }
}
