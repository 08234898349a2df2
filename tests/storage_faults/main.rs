//! Disks and clocks that fail under the real program: what it keeps, what it says, and what the next start makes of it.
#![cfg(all(feature = "onnx", feature = "video"))]

mod clip;
mod clock;
mod shim;
mod site;
mod storage;
