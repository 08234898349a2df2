//! lotcount counts the cars that enter and leave parking lots, from ordinary fixed cameras, on a small CPU-only computer.
//!
//! The way of the data, which is also the order in which to read the modules:
//!
//! ```text
//! camera or file ─ reader ─▶ [bounded queue] ─ detector ─▶ [bounded queue] ─ tracker ─▶ SQLite ─▶ reporter ─▶ totals
//!                  frames    newest wins (live)  boxes      blocks            tracks,   WAL        file, log
//!                            blocks (recording)                               crossings
//! ```
//!
//! Only the queue of live frames may lose anything; it counts what it drops. Nobody sees a count before its row is
//! committed: totals are always read back from SQLite.
//!
//! Stages 1 to 6 hold no thread and no channel; `service` turns them into threads; only `cli` uses `service`.

pub mod geometry;
pub mod time;

pub mod diagnostics;

pub mod config;

pub mod source;

pub mod detect;

pub mod track;

pub mod count;

pub mod alert;

pub mod store;

pub mod report;

pub mod export;

pub mod simulate;

pub mod dashboard;

#[cfg(feature = "video")]
pub mod draw;

pub mod http;

#[cfg(feature = "video")]
pub mod service;

#[cfg(all(feature = "video", feature = "onnx", feature = "http"))]
pub mod cli;
