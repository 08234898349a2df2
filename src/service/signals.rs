//! SIGINT and SIGTERM ask for a stop; a second one leaves at once. SIGHUP asks for the configuration to be read again.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level;

use super::StopToken;

/// What a process that was interrupted says by custom: 128 + SIGINT.
const LEFT_AT_ONCE: i32 = 130;
/// Signals so close together are one: `timeout` sends its signal to the process and again to the process's group.
const ONE_GESTURE: Duration = Duration::from_secs(1);

/// How long the last words may take: nobody may be reading the log, and a full pipe keeps a writer for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Whether somebody wants the configuration to be read again.
#[derive(Clone, Debug, Default)]
pub struct Reload {
    wanted: Arc<AtomicBool>,
}

impl Reload {
    /// Once for each time it was wanted, or for several times together.
    pub fn take(&self) -> bool {
        self.wanted.swap(false, Ordering::Relaxed)
    }
}

/// From now on the first SIGINT or SIGTERM requests the stop. A second one ends the process at once, which is safe at
/// any moment because only committed crossings count. Closing the handle ends the listening thread.
pub fn on_signals(stop: StopToken, reload: Reload) -> io::Result<Handle> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let handle = signals.handle();
    thread::Builder::new().name("signals".into()).spawn(move || {
        let mut first: Option<Instant> = None;
        for signal in signals.forever() {
            let name = if signal == SIGINT { "SIGINT" } else { "SIGTERM" };
            match first {
                _ if signal == SIGHUP => reload.wanted.store(true, Ordering::Relaxed),
                None => {
                    first = Some(Instant::now());
                    stop.request();
                    say(move || log::info!("{name}: finishing what has been read; a second one leaves at once"));
                }
                Some(first) if first.elapsed() < ONE_GESTURE => {}
                Some(_) => {
                    let (said, is_said) = mpsc::channel::<()>();
                    say(move || {
                        log::warn!("{name} again: leaving at once");
                        drop(said);
                    });
                    // Nothing is sent: it waits for the other end to close.
                    let _ = is_said.recv_timeout(LAST_WORDS);
                    low_level::exit(LEFT_AT_ONCE);
                }
            }
        }
    })?;
    Ok(handle)
}

/// Writes to the log from a thread of its own: whoever listens for signals waits for nobody.
fn say(line: impl FnOnce() + Send + 'static) {
    // Without a thread it is not said.
    let _ = thread::Builder::new().name("signals".into()).spawn(line);
}
