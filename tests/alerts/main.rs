//! Alerts of the real program: lots that fill, cameras that go down, lines that fall silent, and restarts in between.
#![cfg(all(feature = "onnx", feature = "video"))]

mod camera;
mod configuration;
mod fill;
mod history;
mod restart;
mod rows;
mod site;

use std::time::{Duration, Instant};

/// Longest that anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at a condition that nobody tells of.
const STEP: Duration = Duration::from_millis(50);

/// Waits until the condition holds; `done` looks at it and gives what was waited for.
fn until<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(STEP);
    }
}
