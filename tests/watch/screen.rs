//! The whole screen of a terminal.

use lotcount::count::Direction;

use super::site::Site;
use super::tmux::{Window, is_there};

fn command(site: &Site) -> String {
    let program = assert_cmd::cargo::cargo_bin!("lotcount");
    format!("'{}' watch --config '{}'", program.display(), site.path("cameras.toml").display())
}

/// The first row is the head, the last one the foot, and both are as wide as the window.
fn fills(shown: &[String], columns: usize, rows: usize) -> bool {
    let wide = |line: &str| line.chars().count() <= columns;
    shown.len() == rows
        && shown[0].starts_with(" Watched site")
        && shown[rows - 1].ends_with("q quits")
        && shown[rows - 1].chars().count() == columns
        && shown.iter().all(|line| wide(line))
}

#[test]
fn it_fits_every_size_follows_a_resize_and_leaves_the_terminal_as_it_was() {
    if !is_there() {
        return;
    }
    let site = Site::new();
    let mut run = site.run();
    for _ in 0..3 {
        run.crosses(Direction::Entry);
    }
    for (columns, rows) in [(40, 10), (40, 30), (80, 24), (200, 50), (300, 60)] {
        let window = Window::open(&command(&site), columns, rows);
        let shown = window.wait_for("a screen", |shown| fills(shown, columns.into(), rows.into()));
        let shown = shown.join("\n");
        for part in ["3 / 20", "北口", "0 / 5", "1 of 2 counting", "refused"] {
            assert!(shown.contains(part), "no {part} at {columns}x{rows} in\n{shown}");
        }
        assert_eq!(window.ask("#{alternate_on} #{cursor_flag}"), "1 0");
        window.keys("q");
        let shown = window.wait_for_text("ended with 0");
        // The screen before is back, with nothing of ours on it.
        assert!(!shown.iter().any(|line| line.contains("Watched site")), "{shown:?}");
        assert_eq!(window.ask("#{alternate_on} #{cursor_flag}"), "0 1");
    }

    let window = Window::open(&command(&site), 80, 24);
    window.wait_for("a screen", |shown| fills(shown, 80, 24));
    for (columns, rows) in [(200, 50), (40, 10), (123, 17)] {
        window.resize(columns, rows);
        window.wait_for("a screen of another size", |shown| fills(shown, columns.into(), rows.into()));
    }
    // What happens is shown without a key.
    run.crosses(Direction::Exit);
    window.wait_for_text("← exit");
    window.wait_for_text("2 / 20");
    window.keys("Escape");
    window.wait_for_text("ended with 0");
}

/// Whether a sequence names a colour other than the terminal's own (39, 49).
fn has_colour(shown: &str) -> bool {
    let sequences = shown.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m'));
    let mut numbers = sequences.flat_map(|(numbers, _)| numbers.split(';')).filter_map(|number| number.parse().ok());
    numbers.any(|number: u8| matches!(number, 30..=38 | 40..=48 | 90..=107))
}

#[test]
fn colours_are_left_out_when_that_is_wished() {
    if !is_there() {
        return;
    }
    let site = Site::new();
    let _run = site.run();
    let is_coloured = |prefix: &str| {
        let window = Window::open(&format!("{prefix} {}", command(&site)), 80, 24);
        window.wait_for("a screen", |shown| fills(shown, 80, 24));
        let shown = window.shows_in_colour();
        window.keys("C-c");
        window.wait_for_text("ended with 0");
        has_colour(&shown)
    };
    assert!(is_coloured(""));
    assert!(!is_coloured("NO_COLOR=1"));
}

#[test]
fn a_signal_ends_it_as_a_key_does() {
    if !is_there() {
        return;
    }
    let site = Site::new();
    let _run = site.run();
    let pid = site.path("pid");
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        let inner = format!("echo $$ > '{}'; exec {}", pid.display(), command(&site));
        let window = Window::open(&format!("sh -c \"{inner}\"").replace("$$", "\\$\\$"), 80, 24);
        window.wait_for("a screen", |shown| fills(shown, 80, 24));
        let number: libc::pid_t = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
        // SAFETY: a signal to the program that was started above and has not ended: its screen is there.
        assert_eq!(unsafe { libc::kill(number, signal) }, 0);
        window.wait_for_text("ended with 0");
        assert_eq!(window.ask("#{alternate_on} #{cursor_flag}"), "0 1");
    }
}
