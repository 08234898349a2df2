//! A reader's right to act for its camera. A call into a C library that hangs cannot be ended; the supervisor takes the
//! lease from the thread in it, gives a new one to a successor, and the thread finds out when it comes back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Lease {
    revoked: AtomicBool,
    granted: Instant,
    /// Milliseconds after `granted` at which its holder went into a call, plus one; 0: it is in none.
    call_began_ms: AtomicU64,
}

impl Default for Lease {
    fn default() -> Self {
        Self { revoked: AtomicBool::new(false), granted: Instant::now(), call_began_ms: AtomicU64::new(0) }
    }
}

impl Lease {
    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    pub fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
    }

    /// Runs a call that may hang for ever.
    pub fn watch<T>(&self, call: impl FnOnce() -> T) -> T {
        self.call_began_ms.store(self.granted.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
        let result = call();
        self.call_began_ms.store(0, Ordering::Relaxed);
        result
    }

    /// How long the holder has been in such a call.
    pub fn in_call_for(&self) -> Option<Duration> {
        let began = self.call_began_ms.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.granted.elapsed().saturating_sub(Duration::from_millis(began)))
    }
}
