//! Stage 5: crossings into SQLite, rows of totals out of it. The only place that names rusqlite; every SQL text is here
//! or in migrations/. docs/database.md describes the schema to who queries it by hand.
//!
//! One process writes ([`Writer`], guarded by a lock file), any number read ([`Reader`]). WAL with synchronous=FULL:
//! what a call of the writer has returned from is on the disk.

mod apply;
mod change;
mod coverage_reader;
mod error;
mod journal;
mod lock;
mod reader;
mod recording;
mod rows;
mod schema;
mod site;
mod spill;
mod writer;

pub use change::{
    Change, CoverageMinute, NewCrossing, NewGap, NewNearCrossing, SessionBegan, SessionEnded, SessionKey,
};
pub use coverage_reader::{CameraSpan, Gap, LotLine, QuarterCoverage};
pub use error::StoreError;
pub use journal::{Journal, Unsaved};
pub use reader::{Filter, Reader};
pub use recording::RecordingState;
pub use rows::{LineVolume, LotVolume, Occupancy};
pub use site::SiteLayout;
pub use writer::{NewRun, RunName, Writer};
