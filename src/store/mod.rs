//! Stage 5: crossings into SQLite, rows of totals out of it. The only place that names rusqlite; every SQL text is here
//! or in migrations/. docs/database.md describes the schema to who queries it by hand.
//!
//! One process writes ([`Writer`], guarded by a lock file), any number read ([`Reader`]). WAL with synchronous=FULL:
//! what a call of the writer has returned from is on the disk.

mod coverage_reader;
mod error;
mod lock;
mod reader;
mod recording;
mod rows;
mod schema;
mod site;
mod writer;

pub use coverage_reader::{CameraSpan, Gap, LotLine, QuarterCoverage};
pub use error::StoreError;
pub use reader::{Filter, Reader};
pub use recording::RecordingState;
pub use rows::{
    LineVolume, LotVolume, NewCrossing, NewNearCrossing, NewRun, NewSession, Occupancy, SessionEnd, SessionId,
};
pub use writer::Writer;
