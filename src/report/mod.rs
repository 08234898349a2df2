//! Stage 6: rows of totals as people and programs want them.
//!
//! Only here is local time known. Everything is summed from quarters of an hour in UTC ([`crate::store::LineVolume`]),
//! so that local hours and days of 23, 24 and 25 hours come out right whatever the zone.

mod alerts;
mod buckets;
mod completeness;
mod coverage;
mod document;
mod formats;
pub mod live;
mod observations;
mod occupancy;
mod period;
mod publish;
mod tables;
mod totals;
mod unseen;

pub use alerts::{alert_table, alerts_json, write_alerts};
pub use buckets::{Bucket, Step, buckets};
pub use coverage::{Coverage, Share};
pub use document::{CameraRow, LotRow, ReportDocument};
pub use formats::Format;
pub use observations::CountRow;
pub use occupancy::{LotState, OccupancyDocument, observation};
pub use period::{InvalidPeriod, Period};
pub use publish::{PublishError, write_atomically};
pub use tables::{local, table};
pub use totals::{Grouping, Totals};
