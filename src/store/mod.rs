//! Stage 5: crossings into SQLite, rows of totals out of it. The only place that names rusqlite; every SQL text is here
//! or in migrations/. docs/database.md describes the schema to who queries it by hand.
//!
//! One process writes ([`Writer`], guarded by a lock file), any number read ([`Reader`]). WAL with synchronous=FULL:
//! what a call of the writer has returned from is on the disk.
//!
//! A damaged database is set aside and a backup takes its place when it is opened ([`open_for_writing`]); [`BackupFolder`]
//! makes and keeps them; [`retain`] turns rows that are old into totals.

mod adjust;
mod alert_reader;
mod alert_writer;
mod apply;
mod backup;
mod bulk;
mod change;
mod coverage_reader;
mod crossing_reader;
mod damage;
mod error;
mod examine;
mod export_log;
mod files;
mod journal;
mod ledger;
mod live_reader;
mod lock;
mod older;
mod opening;
#[cfg(test)]
mod plans;
mod reader;
mod recording;
mod retention;
mod rows;
mod schema;
mod site;
mod snapshot;
mod spill;
mod volume_reader;
mod writer;

pub use adjust::adjust;
pub use alert_writer::write_alerts;
pub use backup::{Backup, BackupFolder, copy_to, restore};
pub use bulk::BulkWriter;
pub use change::{
    Change, CoverageMinute, NewAdjustment, NewCrossing, NewGap, NewNearCrossing, SessionBegan, SessionEnded,
    SessionKey, Told,
};
pub use coverage_reader::{CameraSpan, Gap, LotLine, QuarterCoverage};
pub use crossing_reader::CrossingRow;
pub use error::StoreError;
pub use examine::{Sizes, examine, has_rows};
pub use export_log::{ExportLog, ExportTarget, ExportedDay};
pub use files::{FileIdentity, set_aside};
pub use journal::{Journal, Unsaved};
pub use live_reader::{LatestRun, LatestSight};
pub use lock::WriterLock;
pub use opening::{Mended, Opened, open_for_writing};
pub use reader::{Filter, Reader};
pub use recording::RecordingState;
pub use retention::{Retained, cut_wal, retain, wal_bytes};
pub use rows::{Adjustment, AdjustmentKind, LineTotal, LineVolume, Lot, LotVolume, Occupancy};
pub use site::SiteLayout;
pub use snapshot::{Figures, Halt, write_back};
pub use volume_reader::{LineVersion, LotDelta, PartVolume};
pub use writer::{NewRun, RunName, Writer};
