//! `lotcount watch`: the real program in a real terminal (tmux), into a pipe, and with a database that comes and goes.
#![cfg(all(feature = "http", feature = "onnx", feature = "video"))]

mod database;
mod pipe;
mod screen;
mod site;
mod tmux;

use std::time::{Duration, Instant};

/// Longest that anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the condition holds; `done` looks at it and gives what was waited for.
fn until<T>(what: impl Fn() -> String, mut done: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(Instant::now() < deadline, "never happened: {}", what());
        std::thread::sleep(Duration::from_millis(50));
    }
}
