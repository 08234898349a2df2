//! Stage 6: rows of totals as people and programs want them.
//!
//! Only here is local time known. Everything is summed from quarters of an hour in UTC ([`crate::store::LineVolume`]),
//! so that local hours and days of 23, 24 and 25 hours come out right whatever the zone.
//!
//! A [`ReportDocument`] is read from the rows once; formats only show it. docs/reports.md says what the figures mean.

mod alerts;
mod buckets;
mod completeness;
mod coverage;
mod csv;
mod document;
pub mod figures;
mod formats;
mod json;
pub mod live;
mod lots;
mod observations;
mod occupancy;
mod page;
mod period;
mod publish;
mod sheet;
mod sheets;
mod tables;
mod text;
mod totals;
mod unseen;
mod volumes;
mod workbook;

pub use alerts::{alert_table, alerts_json, write_alerts};
pub use buckets::{Bucket, Step, buckets};
pub use coverage::{Coverage, Share};
pub use document::{CameraRow, HourRow, LineRow, ReportDocument};
pub use formats::{Format, rfc3339};
pub use lots::{BusiestHour, Inside, LotFigures, LotRow};
pub use observations::{ClassRow, CountRow, Observations};
pub use occupancy::{LotState, OccupancyDocument, in_order, observation, occupancy_json, zoned};
pub use period::{InvalidPeriod, Period};
pub use publish::{PublishError, write_atomically};
pub use sheet::{Cell, Column, Sheet};
pub use sheets::SheetName;
pub use tables::{local, table};
pub use totals::{Grouping, Totals};
