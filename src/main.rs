//! Parse, run, exit code. Nothing else. What needs OpenCV or a net is left to `lotcount-video`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lotcount::cli::main(lotcount::cli::hand_over).into()
}
