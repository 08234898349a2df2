//! Trials come one after the other, and take a tenth of one core at most: counting has the machine.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::server::problem::Problem;
use crate::http::server::worker::Worker;

/// After a trial nobody gets a turn for so many times what it took.
const REST: u32 = 9;

pub struct Trials {
    /// Makes them.
    pub worker: Worker,
    place: Arc<Semaphore>,
    rests_until: Arc<Mutex<Option<Instant>>>,
}

/// The right to make one trial; given back when it is dropped.
pub struct Turn {
    begun: Instant,
    rests_until: Arc<Mutex<Option<Instant>>>,
    _place: OwnedSemaphorePermit,
}

impl Trials {
    pub fn start() -> io::Result<Self> {
        let worker = Worker::start("http-trials")?;
        Ok(Self { worker, place: Arc::new(Semaphore::new(1)), rests_until: Arc::default() })
    }

    pub fn turn(&self) -> Result<Turn, Problem> {
        let later = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "another trial is being made, or was just now");
        let place = Arc::clone(&self.place).try_acquire_owned().map_err(|_| later())?;
        let begun = Instant::now();
        if self.rests_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| begun < until) {
            return Err(later());
        }
        Ok(Turn { begun, rests_until: Arc::clone(&self.rests_until), _place: place })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let now = Instant::now();
        let rest: Duration = (now - self.begun) * REST;
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_turn_and_a_rest_after_it() {
        let trials = Trials::start().unwrap();
        let mut turn = trials.turn().ok().unwrap();
        assert_eq!(trials.turn().err().unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
        // As if it had taken ten seconds.
        turn.begun -= Duration::from_secs(10);
        drop(turn);
        assert!(trials.turn().is_err());
        let rest = trials.rests_until.lock().unwrap().unwrap() - Instant::now();
        assert!((80..=90).contains(&rest.as_secs()), "{rest:?}");
        *trials.rests_until.lock().unwrap() = Some(Instant::now());
        assert!(trials.turn().is_ok());
    }
}
