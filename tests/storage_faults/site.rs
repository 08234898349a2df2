//! A site of one recording, the program counting it, and everything that must be the same whatever went wrong.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::{clip, shim};

/// Longest that one run may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Site {
    folder: tempfile::TempDir,
}

/// A fault: variables of the shim, see faults.c.
pub type Fault<'a> = &'a [(&'a str, String)];

impl Site {
    /// With a recording of two crossings, nothing counted yet. The net is the fastest one that finds both.
    pub fn new() -> Self {
        let clip = format!("source = \"{}\"\nstart = 2026-06-15T07:00:00\n", clip::path().display());
        Self::with(&clip, "lotcount-s-160x96", "[0.369, 0.5]", "[0.631, 0.5]")
    }

    /// With a camera that shows the bundled sample. The line is longer than in the sample's own configuration, at whose end a
    /// truck just passes, and the net the fastest one that finds all cars.
    pub fn live(url: &str) -> Self {
        Self::with(&format!("source = \"{url}\"\n"), "lotcount-s-256x160", "[0.3, 0.5]", "[0.7, 0.5]")
    }

    fn with(source: &str, model: &str, a: &str, b: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[site]\nname = \"faults\"\ntime_zone = \"UTC\"\ndatabase = \"data/lotcount.db\"\n\
             totals = \"totals.json\"\nbackup_folder = \"backups\"\n[[lot]]\nname = \"deck\"\n\
             [[camera]]\nname = \"overhead\"\n{source}anchor = \"centre\"\nlooks_per_second = 4\n\
             model = \"{root}/models/{model}.onnx\"\n[[camera.line]]\nname = \"gate\"\na = {a}\nb = {b}\n\
             entry = \"deck\"\nexit = \"deck\"\n",
            root = env!("CARGO_MANIFEST_DIR"),
        );
        std::fs::write(folder.path().join("cameras.toml"), text).unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the database and what belongs to it lie, and nothing else.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn database(&self) -> PathBuf {
        self.path("data/lotcount.db")
    }

    pub fn command(&self, arguments: &[&str], fault: Fault) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lotcount"));
        command.args(arguments).arg("--config").arg(self.path("cameras.toml"));
        command.env_remove("LOTCOUNT_LOG").env("TMPDIR", self.folder.path()).stdin(Stdio::null());
        if !fault.is_empty() {
            command.env("LD_PRELOAD", shim::library()).env("FAULT_FILES", self.data());
            command.envs(fault.iter().map(|(name, value)| (name, value)));
        }
        command
    }

    pub fn start(&self, fault: Fault) -> Running {
        let mut child = self.command(&["run"], fault).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Running { child, log, seen: String::new() }
    }

    /// Counts with this fault. The exit code (`None`: killed) and the log.
    pub fn run(&self, fault: Fault) -> (Option<i32>, String) {
        self.start(fault).wait()
    }

    /// Whatever happened before: counts to a good end now, and gives all that must be as without a fault. A recording that
    /// is counted already is refused, with exit code 4.
    pub fn finished(&self, what: &str) -> Outcome {
        let (code, log) = self.run(&[]);
        assert!(matches!(code, Some(0 | 4 | 7)), "{what}: the next start ended with {code:?}\n{log}");
        self.outcome(what)
    }

    /// All that must be as without a fault.
    pub fn outcome(&self, what: &str) -> Outcome {
        let database = Connection::open_with_flags(self.database(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let text = |sql: &str| {
            let mut statement = database.prepare(sql).unwrap_or_else(|error| panic!("{what}: {error}"));
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.map(Result::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(text("PRAGMA integrity_check"), ["ok"], "{what}");
        assert!(text("SELECT \"table\" FROM pragma_foreign_key_check").is_empty(), "{what}");
        let left = self.unsaved();
        assert!(left.is_empty(), "{what}: {left:?} was not brought in");
        Outcome {
            crossings: text(
                "SELECT concat_ws(' ', line, direction, at_utc, class, seq, place) FROM crossing_detail
                 WHERE camera = 'overhead' ORDER BY seq",
            ),
            movements: text(
                "SELECT concat_ws(' ', at_us, delta) FROM movement_detail WHERE lot = 'deck' ORDER BY at_us",
            ),
            near_crossings: text(
                "SELECT concat_ws(' ', direction, at_us, near_crossing.reason) FROM near_crossing
                 JOIN session ON session.id = session_id AND counts = 1 ORDER BY at_us",
            ),
            inside: text("SELECT inside || '' FROM occupancy WHERE lot = 'deck'"),
            coverage: text(
                "SELECT concat_ws(' ', quarter_us, observed_us, frames_looked_at) FROM quarter_coverage
                 WHERE camera = 'overhead'",
            ),
            sessions: text(
                "SELECT concat_ws(' ', complete, counts, frames_read) FROM session
                 JOIN camera ON camera.id = camera_id AND name = 'overhead' WHERE counts = 1",
            ),
        }
    }
}

impl Site {
    /// Files of rows that the database did not take, beside it or in the folder for temporary files.
    pub fn unsaved(&self) -> Vec<String> {
        let folders = [self.data(), self.folder.path().to_owned()];
        folders.iter().flat_map(|folder| names(folder)).filter(|name| name.contains("unsaved")).collect()
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub crossings: Vec<String>,
    pub movements: Vec<String>,
    pub near_crossings: Vec<String>,
    pub inside: Vec<String>,
    pub coverage: Vec<String>,
    pub sessions: Vec<String>,
}

/// A program that is counting.
pub struct Running {
    pub child: Child,
    log: mpsc::Receiver<String>,
    pub seen: String,
}

impl Running {
    /// Waits for a log line that holds `part`; false when the program ended without one.
    pub fn says(&mut self, part: &str) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.log.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                    if line.contains(part) {
                        return true;
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return false,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("no `{part}` in\n{}", self.seen),
            }
        }
    }

    pub fn wait_for(&mut self, part: &str) {
        assert!(self.says(part), "it ended without `{part}`:\n{}", self.seen);
    }

    /// Its end: exit code (`None`: killed) and the whole log.
    pub fn wait(mut self) -> (Option<i32>, String) {
        // Nothing says this: it reads the log to its end.
        self.says("\u{0}");
        let code = self.child.wait().unwrap().code();
        (code, std::mem::take(&mut self.seen))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only what this test started; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
