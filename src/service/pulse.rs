//! Signs of life of the tracker, the only writer of the database, for whoever watches over it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    beat_ms: AtomicU64,
    /// Changes that wait in memory because the database does not take them.
    waiting: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { began: Instant::now(), beat_ms: AtomicU64::new(0), waiting: AtomicU64::new(0) }
    }
}

impl Pulse {
    pub fn beat(&self, waiting: usize) {
        self.beat_ms.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.waiting.store(waiting as u64, Ordering::Relaxed);
    }

    /// Time since the last beat.
    pub fn age(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.beat_ms.load(Ordering::Relaxed)))
    }

    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }
}
