//! A camera that is away for a month is tried a million times: its log is a few hundred lines all the same.

use std::time::{Duration, Instant};

/// The same message is told again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
pub struct RepeatedLog {
    last: Option<(String, Instant)>,
    left_out: u64,
}

impl RepeatedLog {
    /// Warns with `line`, unless the last warning had the same `reason` and is not an hour old.
    pub fn warn(&mut self, reason: &str, line: impl FnOnce() -> String) {
        match &self.last {
            Some((last, told)) if last == reason && told.elapsed() < AGAIN_AFTER => self.left_out += 1,
            _ => {
                match std::mem::take(&mut self.left_out) {
                    0 => log::warn!("{}", line()),
                    times => log::warn!("{} ({times} more attempts before failed)", line()),
                }
                self.last = Some((reason.to_owned(), Instant::now()));
            }
        }
    }
}
