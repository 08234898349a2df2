//! How many vehicles probably crossed while nobody watched.

use std::collections::HashMap;

use crate::store::{Filter, Reader, StoreError};
use crate::time::UtcMicros;

const QUARTER_US: i64 = 900_000_000;
const DAY_US: i64 = 24 * 3_600_000_000;
/// How many cross is told from so many days before now, so that every day of the week is among them.
const RATE_DAYS: i64 = 7;
/// Coverage of a longer time is taken to be that of so many days, which are a minute's rows each.
const MOST_DAYS: i64 = 28;

/// What each camera saw of each quarter of an hour of the last days, microseconds.
pub struct Unseen {
    now: i64,
    /// By camera and quarter.
    observed: HashMap<String, HashMap<i64, u64>>,
}

impl Unseen {
    /// `cameras` are those of which all is lost that nobody sees: live ones. A recording that has ended hides nothing.
    pub fn read(reader: &Reader, cameras: &[&str], now: UtcMicros) -> Result<Self, StoreError> {
        let now = now.0.div_euclid(QUARTER_US) * QUARTER_US;
        let filter = Filter {
            since: Some(UtcMicros(now - MOST_DAYS * DAY_US)),
            until: Some(UtcMicros(now)),
            ..Filter::default()
        };
        let mut observed: HashMap<String, HashMap<i64, u64>> =
            cameras.iter().map(|camera| ((*camera).to_owned(), HashMap::new())).collect();
        for quarter in reader.coverage(&filter)? {
            if let Some(quarters) = observed.get_mut(&quarter.camera) {
                quarters.insert(quarter.quarter.0, quarter.observed_us);
            }
        }
        Ok(Self { now, observed })
    }

    /// Vehicles into and out of the lot since then that no camera of it saw, at the mean rate of the last days.
    pub fn crossings(&self, reader: &Reader, lot: &str, since: UtcMicros) -> Result<f64, StoreError> {
        let week = self.now - RATE_DAYS * DAY_US;
        let filter = Filter {
            lot: Some(lot.to_owned()),
            since: Some(UtcMicros(week)),
            until: Some(UtcMicros(self.now)),
            ..Filter::default()
        };
        let mut counted: HashMap<String, u64> = HashMap::new();
        for volume in reader.line_volumes(&filter)? {
            *counted.entry(volume.camera).or_default() += volume.entries + volume.exits;
        }
        // From the next whole quarter on: what the one that holds it saw before that moment is not told apart.
        let since = (since.0 + QUARTER_US - 1).div_euclid(QUARTER_US) * QUARTER_US;
        let missed = counted.iter().filter_map(|(camera, crossings)| {
            let seen = self.seen(camera, week)?;
            (seen > 0).then(|| *crossings as f64 / seen as f64 * self.blind(camera, since))
        });
        // The sum of nothing is -0.0.
        Ok(missed.sum::<f64>() + 0.0)
    }

    /// microseconds that were observed since then
    fn seen(&self, camera: &str, since: i64) -> Option<u64> {
        let quarters = self.observed.get(camera)?;
        Some(quarters.iter().filter(|(quarter, _)| **quarter >= since).map(|(_, observed)| *observed).sum())
    }

    /// microseconds that were not
    fn blind(&self, camera: &str, since: i64) -> f64 {
        let known = since.max(self.now - MOST_DAYS * DAY_US);
        let (all, known_us) = ((self.now - since).max(0), self.now - known);
        if known_us <= 0 {
            return 0.0;
        }
        let seen = self.seen(camera, known).unwrap_or(0);
        let blind = (known_us as f64 - seen as f64).max(0.0);
        blind * all as f64 / known_us as f64
    }
}
