//! Signs of life of one thread, for whoever watches over it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Vital {
    began: Instant,
    beat_ms: AtomicU64,
    restarts: AtomicU32,
    ended: AtomicBool,
    last_error: Mutex<Option<String>>,
}

impl Default for Vital {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            beat_ms: AtomicU64::new(0),
            restarts: AtomicU32::new(0),
            ended: AtomicBool::new(false),
            last_error: Mutex::default(),
        }
    }
}

impl Vital {
    pub fn beat(&self) {
        self.beat_ms.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Time since the last beat.
    pub fn age(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.beat_ms.load(Ordering::Relaxed)))
    }

    /// Another thread does its work from now on.
    pub fn restarted(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        self.beat();
    }

    pub fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    pub fn failed(&self, error: impl Into<String>) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.into());
    }

    pub fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn ended(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}
