//! The same command line with OpenCV and the nets. `lotcount` becomes this program where it needs them.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before any thread exists: it changes the environment.
    lotcount::source::silence_native_logs();
    lotcount::cli::main(lotcount::cli::video).into()
}
