//! Stage 3: detections over time in, vehicles followed over time out.
//!
//! A track is one vehicle: where its anchor is and how fast it goes ([`Motion`]), how large it looks and how fast that
//! grows ([`Extent`]), how often and how surely it was seen. Every look predicts all tracks to its own time stamp,
//! gives each box to the track that most likely made it, and lets the boxes that are left start tracks of their own.
//! Made for few looks a second, at which a vehicle may move twice its own length between two of them: nothing asks
//! boxes to overlap. The algorithm, its constants and what each of them is worth: docs/counting.md.

mod anchor;
mod assignment;
mod duplicates;
mod extent;
mod field;
mod likelihood;
mod matrix;
mod motion;
mod observation;
mod path;
mod thresholds;
mod tracked_vehicle;
mod tracker;
mod votes;

pub use anchor::{Anchor, UnknownAnchor};
pub use extent::Extent;
pub use matrix::Matrix;
pub use motion::Motion;
pub use path::{Path, PathPoint};
pub use thresholds::Thresholds;
pub use tracked_vehicle::Track;
pub use tracker::{Look, Tracker};
