//! Faults injected into the real program. docs/reliability.md has the table: fault, what happens, test.
#![cfg(all(feature = "video", feature = "onnx"))]

mod cameras;
mod machine;
mod scenario;
mod site;
