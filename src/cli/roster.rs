//! Which cameras take part in a run.

use std::path::Path;

use super::{Exit, Failure};
use crate::config::{Config, Source};
use crate::service::Roll;
use crate::source::{Recording, content_hash};
use crate::store::{RecordingState, Writer};
use crate::time::UtcMicros;

/// The cameras to start, and what is to be said of those that are not.
pub struct Roster {
    pub cameras: Vec<Roll>,
    /// A recording was counted before.
    pub refused: bool,
    /// A recording cannot be read.
    pub failed: bool,
}

impl Roster {
    /// Reads every recording once to know it, and leaves out those that were counted before unless `recount`.
    pub fn call(config: &Config, writer: &Writer, recount: bool) -> Result<Self, Failure> {
        let mut roster = Self { cameras: Vec::new(), refused: false, failed: false };
        for camera in &config.cameras {
            let recording = match identify(&camera.source) {
                Ok(recording) => recording,
                Err(error) => {
                    log::error!("{}: {} cannot be read: {error}", camera.name, camera.source);
                    roster.failed = true;
                    continue;
                }
            };
            if let Some(recording) = &recording
                && !recount
            {
                let state = writer.recording_state(&camera.name, recording);
                match state.map_err(|error| Failure::new(Exit::Database, &error))? {
                    RecordingState::Counted(earlier) => {
                        log::warn!(
                            "{}: {} {earlier}; --recount counts it again and replaces those",
                            camera.name,
                            camera.source
                        );
                        roster.refused = true;
                        continue;
                    }
                    RecordingState::Interrupted => {
                        log::info!(
                            "{}: {} was not counted to its end before: counting it anew",
                            camera.name,
                            camera.source
                        );
                    }
                    RecordingState::New => {}
                }
            }
            roster.cameras.push(Roll { config: camera.clone(), recording });
        }
        Ok(roster)
    }
}

/// Reads a recording once to know it by its content. Live cameras have no identity.
fn identify(source: &Source) -> std::io::Result<Option<Recording>> {
    let Source::Recording { path, start } = source else { return Ok(None) };
    let content = content_hash(path)?;
    let (start, start_assumed) = match start {
        Some(start) => (*start, false),
        None => (modified(path)?, true),
    };
    Ok(Some(Recording { content, start, start_assumed }))
}

fn modified(path: &Path) -> std::io::Result<UtcMicros> {
    let modified = std::fs::metadata(path)?.modified()?;
    // Whole seconds: some file systems keep no more.
    let timestamp = jiff::Timestamp::try_from(modified).unwrap_or_default();
    Ok(UtcMicros(timestamp.as_second() * 1_000_000))
}
