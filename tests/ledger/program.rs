//! The real program in a folder of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// Longest that anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Folder {
    folder: tempfile::TempDir,
}

/// Exit code, stdout, stderr.
pub type Said = (Option<i32>, String, String);

impl Folder {
    pub fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cameras.toml"), config).unwrap();
        Self { folder }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("lotcount.db")
    }

    pub fn sql(&self) -> Connection {
        let connection = Connection::open(self.database()).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        connection
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lotcount"));
        command.args(arguments).arg("--config").arg(self.folder.path().join("cameras.toml"));
        for name in ["LOTCOUNT_LOG", "SUDO_USER", "LOGNAME"] {
            command.env_remove(name);
        }
        command.env("USER", "ann").stdin(Stdio::null());
        command
    }

    pub fn says(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// What a command says that succeeds, with nothing on stderr.
    pub fn succeeds(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.says(arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}: {out}");
        out
    }

    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.succeeds(arguments)).unwrap()
    }

    pub fn run(&self) -> Running {
        let mut child = self.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Running { child, log, seen: String::new() }
    }
}

pub struct Running {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    pub seen: String,
}

impl Running {
    pub fn wait_for(&mut self, part: &str) {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < PATIENCE, "no `{part}` in\n{}", self.seen);
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "it ended without `{part}`:\n{}", self.seen);
            self.seen.push_str(&line);
            if line.contains(part) {
                return;
            }
        }
    }

    pub fn stop(&self) {
        // SAFETY: a signal to a child that has not been waited for, so that the number is still its own.
        assert_eq!(unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) }, 0);
    }

    /// Its exit code, when it has ended.
    pub fn ended(&mut self) -> Option<i32> {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        self.seen.push_str(&rest);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only what this test started; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
