//! `lotcount export` as cron runs it: the real program, a folder, and everything that goes wrong at night.
#![cfg(all(feature = "onnx", feature = "video"))]

mod amended;
mod faults;
mod nights;
mod script;
#[path = "../storage_faults/shim.rs"]
mod shim;
mod site;
