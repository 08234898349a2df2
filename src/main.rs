//! Parse, run, exit code. Nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    lotcount::cli::main().into()
}
