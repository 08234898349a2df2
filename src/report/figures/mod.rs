//! Figures of a lot from its opening number, its volumes and its adjustments: plain data in, plain data out.

mod band;
mod busiest;
mod curve;
mod ratios;
mod stay;

pub use band::{BandPoint, Told, Watch, band};
pub use busiest::busiest;
pub use curve::{Curve, Extreme, Flow, Jump, Piece, Span};
pub use ratios::{turnover, utilization};
pub use stay::{NoStay, mean_stay};
