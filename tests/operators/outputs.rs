//! Nobody reads what is said, and nobody is at the keyboard.

use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::gate::{Gate, now};
use super::process::Running;
use super::site::{Site, config};

/// A pipe whose reader has gone.
fn broken_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Stdio::from(OwnedFd::from(writer))
}

/// The same command, started by a shell that redirects as said.
fn redirected(command: &Command, how: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec \"$@\" {how}"), "sh"]).arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for (name, _) in command.get_envs() {
        shell.env_remove(name);
    }
    shell
}

/// Starts it as a daemon is: nothing is open, and it has no terminal.
fn detached(command: &Command) -> Command {
    let mut detached = redirected(command, "<&- >&- 2>&-");
    // SAFETY: setsid may be called between fork and exec.
    unsafe {
        detached.pre_exec(|| match libc::setsid() {
            -1 => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
    detached
}

#[test]
fn counting_does_not_notice_that_nobody_reads_what_it_says() {
    let gate = Gate::open();
    let start = |how: &str| {
        let site = Site::counting(&[("gate", &gate)]);
        let mut command = site.command(&["run"]);
        command.stderr(Stdio::null());
        let command = match how {
            "no terminal" => detached(&command),
            "stdout is a broken pipe" => {
                command.stdout(broken_pipe());
                command
            }
            "stderr is a broken pipe" => {
                command.stderr(broken_pipe());
                command
            }
            redirection => redirected(&command, redirection),
        };
        (how.to_owned(), site, Running::start_unheard(command))
    };
    let ways = ["no terminal", "stdout is a broken pipe", "stderr is a broken pipe", ">&-", "2>&-", "<&-"];
    for (how, site, mut running) in ways.map(start) {
        site.wait_until("SELECT count(*) FROM crossing", 2);
        if how == "stderr is a broken pipe" {
            // A warning that cannot be said, here of two cameras with one source, is no reason to end.
            site.configure(&config(&[("gate", &gate), ("other", &gate)]));
            running.signal(libc::SIGHUP);
            site.wait_until("SELECT count(*) FROM session", 2);
        }
        let until = now();
        running.signal(libc::SIGTERM);
        assert_eq!(running.ended().0, Some(0), "{how}");
        assert_eq!(site.number("SELECT count(*) FROM session WHERE camera_id = 1"), 1, "{how}");
        assert_eq!(site.number("SELECT count(*) FROM run WHERE ended_at_us IS NULL"), 0, "{how}");
        gate.assert_counted(&site, "gate", until);
        site.assert_sound();
    }
}

#[test]
fn the_exit_code_is_told_though_nobody_reads_the_totals() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.mp4");
    std::fs::write(&broken, vec![0x55; 100_000]).unwrap();
    let gate = Gate::open();
    let recording = format!("source = \"{}\"\nstart = 2026-06-15T07:00:00Z", broken.display());
    let site = Site::with(&config(&[("gate", &gate)]).replace(&format!("source = \"{}\"", gate.url()), &recording));
    let told = |arguments: &[&str], stdout: Stdio, stderr: Stdio| {
        site.command(arguments).stdout(stdout).stderr(stderr).status().unwrap().code()
    };
    assert_eq!(told(&["totals"], Stdio::null(), broken_pipe()), Some(5), "there is no database yet");
    assert_eq!(told(&["run"], Stdio::null(), Stdio::null()), Some(6));
    assert_eq!(told(&["run"], broken_pipe(), broken_pipe()), Some(6));
}
