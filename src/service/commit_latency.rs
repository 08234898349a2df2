//! How long it takes from a live camera's frame until the crossing that was decided at it is in the database.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::Change;
use crate::time::UtcMicros;

/// So many of the latest crossings are remembered, ...
const REMEMBERED: usize = 32_768;
/// ... and so many at most that wait for the database.
const WAITING: usize = 32_768;

/// Written by the tracker, read by the service's owner.
#[derive(Debug, Default)]
pub struct CommitLatency {
    crossings: Mutex<Crossings>,
}

#[derive(Debug, Default)]
struct Crossings {
    waiting: VecDeque<Decided>,
    /// us, the latest last
    latencies: VecDeque<u32>,
}

/// A crossing that is not committed yet.
#[derive(Debug)]
struct Decided {
    camera: String,
    sequence: u64,
    at: UtcMicros,
}

impl CommitLatency {
    /// The crossing with this key was decided at the frame of `at`.
    pub fn decided(&self, camera: &str, sequence: u64, at: UtcMicros) {
        let mut crossings = self.crossings();
        if crossings.waiting.len() == WAITING {
            crossings.waiting.pop_front();
        }
        crossings.waiting.push_back(Decided { camera: camera.to_owned(), sequence, at });
    }

    /// What is in the database `now`, in the order in which it was decided.
    pub fn committed(&self, written: &[Change], now: UtcMicros) {
        let mut crossings = self.crossings();
        for change in written {
            let Change::Crossing(row) = change else { continue };
            let is_it = |decided: &Decided| decided.sequence == row.sequence && decided.camera == row.session.camera;
            let Some(index) = crossings.waiting.iter().position(is_it) else { continue };
            // Those before it went another way, into a file.
            let Some(decided) = crossings.waiting.drain(..=index).next_back() else { continue };
            let us = u32::try_from(now.0 - decided.at.0).unwrap_or(if now > decided.at { u32::MAX } else { 0 });
            if crossings.latencies.len() == REMEMBERED {
                crossings.latencies.pop_front();
            }
            crossings.latencies.push_back(us);
        }
    }

    /// Of the latest crossings, in the order in which they were committed.
    pub fn latest(&self) -> Vec<Duration> {
        self.crossings().latencies.iter().map(|&us| Duration::from_micros(us.into())).collect()
    }

    fn crossings(&self) -> MutexGuard<'_, Crossings> {
        self.crossings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::Direction;
    use crate::store::{NewCrossing, SessionKey};

    fn crossing(camera: &str, sequence: u64) -> Change {
        Change::Crossing(NewCrossing {
            session: SessionKey { camera: camera.to_owned(), generation: 1 },
            sequence,
            line: "gate".to_owned(),
            at: UtcMicros(0),
            direction: Direction::Entry,
            class: "car".to_owned(),
            rule: "both_sides".to_owned(),
            track: 1,
            place: 0.5,
            explanation: serde_json::Value::Null,
        })
    }

    #[test]
    fn a_crossing_takes_from_its_frame_to_its_row() {
        let latency = CommitLatency::default();
        latency.decided("north", 1, UtcMicros(1_000));
        latency.decided("south", 1, UtcMicros(2_000));
        latency.committed(&[crossing("north", 1)], UtcMicros(4_000));
        latency.committed(&[Change::RunEnded { at: UtcMicros(0) }, crossing("south", 1)], UtcMicros(9_000));
        assert_eq!(latency.latest(), [Duration::from_millis(3), Duration::from_millis(7)]);
    }

    #[test]
    fn what_went_into_a_file_and_what_nobody_decided_is_left_out() {
        let latency = CommitLatency::default();
        for sequence in 1..4 {
            latency.decided("north", sequence, UtcMicros(1_000));
        }
        latency.committed(&[crossing("north", 3), crossing("north", 9)], UtcMicros(4_000));
        assert_eq!(latency.latest(), [Duration::from_millis(3)]);
        assert!(latency.crossings().waiting.is_empty());
    }
}
