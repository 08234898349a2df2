//! Stage 2: a picture in, the vehicles on it out.

mod detection;

pub use detection::{Class, Detection};
