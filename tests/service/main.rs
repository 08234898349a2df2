//! The threads with prepared cameras, detectors and clocks: one camera's trouble is its own, a stop loses nothing, and who
//! hangs, panics or is configured anew is dealt with.
#![cfg(feature = "video")]

mod isolation;
mod overload;
mod resets;
mod supervision;
mod ticking;
