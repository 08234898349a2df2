//! The plain logic of scripts/bench-peers: crossings, tracker, regions, tables. What needs a peer's packages skips itself.

use std::io::Write;
use std::process::{Command, Stdio};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/peers");

#[test]
fn the_side_by_side_scripts_pass_their_own_tests() {
    let python = std::env::var("LOTCOUNT_PYTHON").unwrap_or_else(|_| "/usr/bin/python3".to_owned());
    let new_enough = Command::new(&python).args(["-c", "import tomllib"]).stderr(Stdio::null()).status();
    if !new_enough.is_ok_and(|status| status.success()) {
        // Not eprintln: the test harness would keep it to itself.
        let _ = writeln!(std::io::stderr(), "skipped: {python} is no Python 3.11, so scripts/bench-peers is not tried");
        return;
    }
    let mut command = Command::new(&python);
    command.current_dir(SCRIPTS).args(["-m", "unittest", "discover", "tests"]).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("\nRan ") && !said.contains("\nRan 0 "), "{said}");
}
