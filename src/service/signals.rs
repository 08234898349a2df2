//! SIGINT and SIGTERM ask for a stop; a second one leaves at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};

use super::StopToken;

/// What a process that was interrupted says by custom: 128 + SIGINT.
const LEFT_AT_ONCE: i32 = 130;

/// From now on the first SIGINT or SIGTERM requests the stop. A second one ends the process at once, which is safe at
/// any moment because only committed crossings count. Closing the handle ends the listening thread.
pub fn stop_on_signals(stop: StopToken) -> io::Result<Handle> {
    let stopping = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset and sets it, the second finds it set and leaves.
        flag::register_conditional_shutdown(signal, LEFT_AT_ONCE, Arc::clone(&stopping))?;
        flag::register(signal, Arc::clone(&stopping))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let handle = signals.handle();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            let name = if signal == SIGINT { "SIGINT" } else { "SIGTERM" };
            log::info!("{name}: finishing what has been read; a second one leaves at once");
            stop.request();
        }
    })?;
    Ok(handle)
}
