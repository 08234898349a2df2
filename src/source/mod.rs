//! Stage 1: a camera or a recording in, frames out.

mod picture;

pub use picture::{Frame, Picture};
