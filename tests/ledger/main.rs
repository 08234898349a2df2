//! The ledger: what is told about lots and what is counted give one number at every moment, whatever comes late, twice or
//! goes; and the commands by which people tell it.

#[cfg(all(feature = "onnx", feature = "video"))]
mod commands;
mod identity;
mod nesting;
#[cfg(all(feature = "onnx", feature = "video"))]
mod program;
mod rows;
#[cfg(all(feature = "onnx", feature = "video"))]
mod running;
mod site;
