//! Log lines on stderr: time, level, thread, message. Progress bars, where there is a terminal, stay below them.

use std::io::{self, IsTerminal, Write};

use env_logger::{Builder, Env, Target};
use indicatif::{MultiProgress, ProgressDrawTarget};

/// Starts logging and returns the place for progress bars. `LOTCOUNT_LOG` overrides the level (env_logger's syntax).
pub fn init(quiet: bool) -> MultiProgress {
    // Whoever adds a bar shows them.
    let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
    let level = if quiet { "warn" } else { "warn,lotcount=info" };
    let mut builder = Builder::from_env(Env::new().filter_or("LOTCOUNT_LOG", level));
    builder.format(|line, record| {
        let thread = std::thread::current();
        let style = line.default_level_style(record.level());
        writeln!(
            line,
            "{} {style}{:<5}{style:#} {}: {}",
            line.timestamp_seconds(),
            record.level(),
            thread.name().unwrap_or("unnamed"),
            record.args()
        )
    });
    if io::stderr().is_terminal() {
        // The pipe below hides the terminal from env_logger, so it is told; NO_COLOR is somebody's wish (no-color.org).
        if std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
            builder.write_style(env_logger::WriteStyle::Always);
        }
        builder.target(Target::Pipe(Box::new(AboveBars(bars.clone()))));
    }
    builder.init();
    log_panics();
    bars
}

/// A panic is one log line with its place, whichever thread it strikes.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        match panic.location() {
            Some(place) => log::error!("panic at {place}: {message}"),
            None => log::error!("panic: {message}"),
        }
    }));
}

/// Writes to stderr with the bars out of the way. A terminal may go away at any time: `println` says so, where `suspend`
/// panics, and with the log's own lock held nobody would come past a panic.
struct AboveBars(MultiProgress);

impl Write for AboveBars {
    /// Whole lines, as env_logger gives them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.is_hidden() {
            io::stderr().write_all(bytes)?;
        } else {
            self.0.println(String::from_utf8_lossy(bytes))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
