//! A running `lotcount run`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::{PATIENCE, until};

pub struct Running {
    child: Child,
    log: Receiver<String>,
    /// What it has logged so far, as far as somebody waited for it.
    pub seen: String,
}

impl Running {
    /// Reads its stderr.
    pub fn start(mut command: Command) -> Self {
        command.stderr(Stdio::piped());
        let mut running = Self::start_unheard(command);
        let (sender, log) = channel();
        let stderr = BufReader::new(running.child.stderr.take().unwrap());
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        running.log = log;
        running
    }

    /// Leaves its stderr as the command has it.
    pub fn start_unheard(mut command: Command) -> Self {
        let child = command.spawn().unwrap();
        Self { child, log: channel().1, seen: String::new() }
    }

    /// The next line of its log that holds `part`.
    pub fn wait_for(&mut self, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.log.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                    if line.contains(part) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no `{part}` within {PATIENCE:?} in\n{}", self.seen),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without `{part}`:\n{}", self.seen),
            }
        }
    }

    pub fn signal(&self, signal: libc::c_int) {
        // SAFETY: a signal to a child that has not been waited for, so that the number is still its own.
        assert_eq!(unsafe { libc::kill(self.child.id() as libc::pid_t, signal) }, 0, "signal {signal}");
    }

    /// Whether it deals with a signal itself, as the kernel knows.
    pub fn listens_for(&self, signal: libc::c_int) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
        caught & 1 << (signal - 1) != 0
    }

    /// Kills it as a power cut does, and takes in what it had logged.
    pub fn kill(&mut self) {
        self.signal(libc::SIGKILL);
        self.ended();
    }

    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Its exit code, and the time that it took from now on.
    pub fn ended(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let status = until("it ends", || self.has_ended());
        // The reader of a pipe that nobody writes any more ends too.
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            self.seen.push_str(&line);
            self.seen.push('\n');
        }
        (status.code(), begun.elapsed())
    }

    /// Asks it to stop, and expects that all went well.
    pub fn stop(&mut self) {
        self.signal(libc::SIGTERM);
        let (code, _) = self.ended();
        assert_eq!(code, Some(0), "{}", self.seen);
        assert!(!self.seen.contains("panic"), "{}", self.seen);
    }

    /// Run, camera and seq of the crossings that it has logged, which are therefore in the database.
    pub fn acknowledged(&self) -> Vec<(String, String, i64)> {
        let keys = self.seen.lines().filter_map(|line| line.split_once("[run ")?.1.strip_suffix(']'));
        let key = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            (words[0].to_owned(), words[2].to_owned(), words[4].parse().unwrap())
        };
        keys.map(key).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only what this test started; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
