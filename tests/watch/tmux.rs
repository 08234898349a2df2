//! A tmux server of this test's own, with one window.

use std::path::PathBuf;
use std::process::{Command, Output};

use super::until;

pub struct Window {
    folder: tempfile::TempDir,
}

/// Whether there is a tmux; says so when there is none.
pub fn is_there() -> bool {
    let found = Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("SKIPPED: there is no tmux (apt-get install tmux)");
    }
    found
}

impl Window {
    /// Runs a command of the shell in a window of this size, and a shell after it.
    pub fn open(command: &str, columns: u16, rows: u16) -> Self {
        let window = Self { folder: tempfile::tempdir().unwrap() };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let command = format!("{command}; echo \"ended with $?\"; exec cat");
        let begin = ["new-session", "-d", "-x", &columns, "-y", &rows, "sh", "-c", &command];
        let output = window.tmux(&begin);
        assert!(output.status.success(), "{output:?}");
        window
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("tmux")
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        // No configuration of whoever runs the tests; UTF-8 whatever the locale.
        command.args(["-u", "-f", "/dev/null", "-S"]).arg(self.socket()).args(arguments);
        command.env_remove("TMUX").output().unwrap()
    }

    pub fn keys(&self, keys: &str) {
        assert!(self.tmux(&["send-keys", keys]).status.success());
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        assert!(self.tmux(&["resize-window", "-x", &columns, "-y", &rows]).status.success());
    }

    /// What the window shows, line by line.
    pub fn shows(&self) -> Vec<String> {
        let output = self.tmux(&["capture-pane", "-p"]);
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// With the sequences that colour it.
    pub fn shows_in_colour(&self) -> String {
        String::from_utf8(self.tmux(&["capture-pane", "-p", "-e"]).stdout).unwrap()
    }

    pub fn ask(&self, format: &str) -> String {
        String::from_utf8(self.tmux(&["display-message", "-p", format]).stdout).unwrap().trim().to_owned()
    }

    /// Waits until it shows something that `is_it` finds right.
    pub fn wait_for(&self, what: &str, is_it: impl Fn(&[String]) -> bool) -> Vec<String> {
        until(|| format!("{what} in\n{}", self.shows().join("\n")), || Some(self.shows()).filter(|shown| is_it(shown)))
    }

    pub fn wait_for_text(&self, text: &str) -> Vec<String> {
        self.wait_for(text, |shown| shown.iter().any(|line| line.contains(text)))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // This server alone.
        self.tmux(&["kill-server"]);
    }
}
