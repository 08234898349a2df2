//! Signals that come while something else is waited for.

use std::io::{PipeWriter, Write};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use misbehaving_camera::Mode;

use super::gate::Gate;
use super::process::Running;
use super::site::Site;
use super::until;

/// Opening a camera takes 10 s until it is given up: a stop that waited for it would take longer than this.
const WELL_BELOW_THE_TIME_OUT: Duration = Duration::from_secs(8);

#[test]
fn a_stop_does_not_wait_until_a_mute_camera_is_given_up() {
    let (gate, mute) = (Gate::open(), Gate::open_in(Mode::Mute));
    let site = Site::counting(&[("gate", &gate), ("mute", &mute)]);
    let mut running = site.run();
    running.wait_for("looking at");
    site.wait_until("SELECT count(*) FROM session", 1);
    until("the mute camera is being opened", || (mute.clients() == 1).then_some(()));
    running.signal(libc::SIGTERM);
    let (code, took) = running.ended();
    assert_eq!(code, Some(0), "{}", running.seen);
    assert!(took < WELL_BELOW_THE_TIME_OUT, "it took {took:?}\n{}", running.seen);
    assert_eq!(site.number("SELECT count(*) FROM run WHERE ended_at_us IS NULL"), 0);
    assert_eq!(site.number("SELECT count(*) FROM session WHERE ended_at_us IS NULL OR reason <> 'stopped'"), 0);
    let reason = "SELECT reason FROM gap JOIN camera ON camera.id = camera_id WHERE name = 'mute'";
    assert!(["connecting", "no-answer"].contains(&site.text(reason).as_str()), "{}", site.text(reason));
    site.assert_sound();
}

#[test]
fn a_second_signal_leaves_a_stop_that_hangs_and_the_next_start_has_every_count() {
    let gate = Gate::open();
    let site = Site::counting(&[("gate", &gate)]);
    let mut first = site.run();
    first.wait_for("over gate");
    let locked = site.sql();
    locked.execute_batch("BEGIN IMMEDIATE").unwrap();
    first.wait_for("changes wait in memory");
    first.signal(libc::SIGINT);
    first.wait_for("SIGINT: finishing what has been read");
    // It tries the database for 5 s before it gives up. Within the first second signals are one gesture.
    let asked = Instant::now();
    until("it leaves", || {
        first.signal(libc::SIGTERM);
        first.has_ended()
    });
    let (code, _) = first.ended();
    assert_eq!(code, Some(130), "{}", first.seen);
    assert!(asked.elapsed() >= Duration::from_millis(900), "one gesture is one signal\n{}", first.seen);
    assert!(first.seen.contains("SIGTERM again: leaving at once"), "{}", first.seen);
    locked.execute_batch("ROLLBACK").unwrap();

    let mut second = site.run();
    second.wait_for("over gate");
    second.stop();
    let database = site.sql();
    let mut found = database
        .prepare(
            "SELECT count(*) FROM crossing JOIN run ON run.id = run_id JOIN camera ON camera.id = camera_id
             WHERE uid = ?1 AND name = ?2 AND seq = ?3",
        )
        .unwrap();
    for key in first.acknowledged().into_iter().chain(second.acknowledged()) {
        let rows: i64 = found.query_row((&key.0, &key.1, key.2), |row| row.get(0)).unwrap();
        assert_eq!(rows, 1, "{key:?}");
    }
    assert_eq!(site.number("SELECT count(*) FROM run"), 2);
    assert_eq!(site.number("SELECT count(*) FROM run WHERE ended_at_us IS NULL"), 1);
    assert_eq!(site.number("SELECT count(*) FROM gap WHERE reason = 'not-running' AND run_id = 2"), 1);
    site.assert_sound();
}

#[test]
fn a_second_signal_leaves_though_nobody_takes_the_log() {
    let gate = Gate::open();
    let site = Site::counting(&[("gate", &gate)]);
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut command = site.command(&["run"]);
    command.stderr(writer.try_clone().unwrap());
    // As when a terminal was stopped by Ctrl-S: not a single line has room.
    fill(&mut writer);
    let mut running = Running::start_unheard(command);
    until("it listens for signals", || running.listens_for(libc::SIGTERM).then_some(()));
    until("it leaves", || {
        running.signal(libc::SIGTERM);
        running.has_ended()
    });
    assert_eq!(running.ended().0, Some(130));
    drop(reader);
}

/// Writes into a pipe until nothing more goes in.
fn fill(pipe: &mut PipeWriter) {
    let end = pipe.as_raw_fd();
    let set_flags = |flags: libc::c_int| {
        // SAFETY: the descriptor is open; the flags are plain numbers.
        assert_eq!(unsafe { libc::fcntl(end, libc::F_SETFL, flags) }, 0);
    };
    set_flags(libc::O_NONBLOCK);
    // Byte by byte: not the shortest line has room then.
    let full = loop {
        if let Err(error) = pipe.write_all(b".") {
            break error;
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::WouldBlock);
    set_flags(0);
}

#[test]
fn signals_that_come_during_the_start_wait_for_its_end() {
    let gate = Gate::open();
    let site = Site::counting(&[("gate", &gate)]);
    // The start waits for the database.
    let locked = site.sql();
    locked.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut running = site.run();
    until("it listens for signals", || running.listens_for(libc::SIGTERM).then_some(()));
    running.signal(libc::SIGHUP);
    running.signal(libc::SIGTERM);
    running.wait_for("SIGTERM: finishing what has been read");
    locked.execute_batch("ROLLBACK").unwrap();
    let (code, _) = running.ended();
    assert_eq!(code, Some(0), "{}", running.seen);
    assert_eq!(site.number("SELECT count(*) FROM run WHERE ended_at_us IS NOT NULL"), 1);
    site.assert_sound();
}
