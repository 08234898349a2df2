//! Signs of life of the tracker, the only writer of the database, for whoever watches over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::vital::Vital;

#[derive(Debug, Default)]
pub struct Pulse {
    pub vital: Arc<Vital>,
    /// Changes that wait in memory because the database does not take them.
    waiting: AtomicU64,
}

impl Pulse {
    pub fn beat(&self, waiting: usize) {
        self.vital.beat();
        self.waiting.store(waiting as u64, Ordering::Relaxed);
    }

    /// Time since the last beat.
    pub fn age(&self) -> Duration {
        self.vital.age()
    }

    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }
}
