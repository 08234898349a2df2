//! The terminal from which it was started goes away: somebody closed a window, or a connection broke off.

use std::ffi::CStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use super::PATIENCE;
use super::gate::{Gate, now};
use super::process::Running;
use super::site::{Site, config, project};

/// Both ends of a new terminal: the window's and the program's.
fn terminal() -> (File, File) {
    let open = |path: &str| File::options().read(true).write(true).custom_flags(libc::O_NOCTTY).open(path).unwrap();
    let window = open("/dev/ptmx");
    let mut name = [0; 64];
    // SAFETY: a descriptor that stays open meanwhile, and a place for a name with its length.
    let failed = unsafe {
        libc::unlockpt(window.as_raw_fd()) != 0
            || libc::ptsname_r(window.as_raw_fd(), name.as_mut_ptr(), name.len()) != 0
    };
    assert!(!failed, "{}", std::io::Error::last_os_error());
    // SAFETY: the call above put a name with its end there.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) };
    (window, open(name.to_str().unwrap()))
}

#[test]
fn a_terminal_that_goes_away_is_no_reason_to_stop() {
    let gate = Gate::open();
    // A recording has a progress bar, which is drawn anew after each line of the log.
    let recording = project().join("samples/oblique.mp4").display().to_string();
    let both = config(&[("gate", &gate), ("film", &gate)]);
    let (first, film) = both.split_at(both.find("name = \"film\"").unwrap());
    let film = film.replacen(&gate.url(), &format!("{recording}\"\nstart = \"2026-06-15T07:00:00Z"), 1);
    let film = film.replace("start = \"2026-06-15T07:00:00Z\"", "start = 2026-06-15T07:00:00Z");
    let site = Site::with(&format!("{first}{film}"));
    let (mut window, program) = terminal();
    let mut command = site.command(&["run"]);
    let end = || Stdio::from(program.try_clone().unwrap());
    command.stdin(end()).stderr(end());
    // SAFETY: both may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            if libc::setsid() == -1 || libc::ioctl(0, libc::TIOCSCTTY, 0) == -1 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let mut running = Running::start_unheard(command);
    drop(program);
    let mut shown = String::new();
    while !shown.contains("gate -> entry") {
        let mut bytes = [0; 4096];
        let length = window.read(&mut bytes).unwrap_or_else(|error| panic!("{error} after\n{shown}"));
        shown.push_str(&String::from_utf8_lossy(&bytes[..length]));
        assert!(length > 0 && shown.len() < 1_000_000, "it is never shown:\n{shown}");
    }
    drop(window);
    let gone = now();
    site.wait_until(&format!("SELECT count(*) FROM crossing WHERE camera_id = 1 AND at_us > {gone}"), 2);
    let until = now();
    running.signal(libc::SIGTERM);
    let (code, took) = running.ended();
    assert_eq!(code, Some(0), "after {took:?} of {PATIENCE:?}");
    gate.assert_counted(&site, "gate", until);
    assert_eq!(site.number("SELECT count(*) FROM session WHERE camera_id = 1"), 1);
    site.assert_sound();
}
