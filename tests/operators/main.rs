//! What operators, cron jobs, terminals and systemd do to the real program while it counts a live camera.
#![cfg(all(feature = "onnx", feature = "video"))]

mod gate;
#[path = "../faults/machine.rs"]
mod machine;
mod outputs;
mod process;
mod reload;
mod restart;
mod sharing;
mod site;
mod stopping;
mod systemd;
mod terminal;

use std::time::{Duration, Instant};

/// Longest that anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
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
