//! A folder with a configuration, its database, and the program that counts into it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, LazyLock};

use misbehaving_camera::media::{Media, Variant};
use misbehaving_camera::{Camera, Protocol};
use rusqlite::Connection;
use serde_json::Value;

use super::{PATIENCE, until};

/// What cameras show: the sample recording for ever, whose cars are known.
static MEDIA: LazyLock<Arc<Media>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let media = Media::open(&project().join("samples/overhead.mp4"), Some(&folder)).unwrap();
    media.jpegs(Variant::Plain).unwrap();
    Arc::new(media)
});

pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A camera that works, until it is told otherwise.
pub fn camera() -> Camera {
    Camera::start(Arc::clone(&MEDIA), Protocol::Mjpeg, None, 0).unwrap()
}

/// The head of a configuration that publishes every second.
pub fn head(more: &str) -> String {
    format!("[site]\nname = \"site\"\ntime_zone = \"UTC\"\npublish_every_s = 1\n{more}\n")
}

/// A camera whose line does to the lot what `leads` says. The line and the model are those that find every car.
pub fn gate(name: &str, source: &str, leads: &str) -> String {
    format!(
        "[[camera]]\nname = \"{name}\"\n{source}\nanchor = \"centre\"\n\
         model = \"{}/models/lotcount-s-256x160.onnx\"\n\
         [[camera.line]]\nname = \"gate\"\na = [0.3, 0.5]\nb = [0.7, 0.5]\n{leads}\n",
        project().display()
    )
}

/// The source of a recording with 7 entries and 6 exits in 38 s.
pub fn recording(start: &str) -> String {
    format!("source = \"{}/samples/overhead.mp4\"\nstart = {start}", project().display())
}

pub struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub fn with(config: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        site.configure(config);
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn configure(&self, config: &str) {
        fs::write(self.path("cameras.toml"), config).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lotcount"));
        command.args(arguments).arg("--config").arg(self.path("cameras.toml"));
        command.stdin(Stdio::null()).env_remove("LOTCOUNT_LOG").env_remove("NOTIFY_SOCKET");
        command
    }

    /// What a command says that ends with this exit code.
    pub fn ends_with(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        out
    }

    pub fn json(&self, code: i32, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ends_with(code, arguments)).unwrap()
    }

    /// Counts recordings to their end; the log.
    pub fn count(&self) -> String {
        let output = self.command(&["run"]).stdout(Stdio::null()).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{log}");
        log
    }

    /// `lotcount run`, logging into a file.
    pub fn run(&self) -> Running {
        let log = self.path(&format!("log-{}", fs::read_dir(self.folder.path()).unwrap().count()));
        let mut command = self.command(&["run"]);
        let child = command.stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        Running { child, log }
    }

    pub fn sql(&self) -> Connection {
        let database = Connection::open(self.path("lotcount.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    /// The rows of a question of one text, once there is a database that can answer it.
    pub fn try_rows(&self, sql: &str) -> Option<Vec<String>> {
        if !self.path("lotcount.db").exists() {
            return None;
        }
        let database = self.sql();
        let mut statement = database.prepare(sql).ok()?;
        let rows = statement.query_map([], |row| row.get(0)).ok()?;
        rows.collect::<Result<_, _>>().ok()
    }

    pub fn rows(&self, sql: &str) -> Vec<String> {
        self.try_rows(sql).unwrap_or_else(|| panic!("no answer: {sql}"))
    }

    /// Each edge in the order in which it was written: `began full main`.
    pub fn edges(&self) -> Vec<String> {
        self.rows(EDGES)
    }

    pub fn wait_for_edge(&self, edge: &str) {
        until(edge, || self.try_rows(EDGES)?.iter().any(|found| found == edge).then_some(()));
    }
}

const EDGES: &str = "SELECT edge || ' ' || kind || ' ' || coalesce(lot, camera || coalesce('/' || line, '')) FROM alert_detail ORDER BY id";

/// A running program that counts.
pub struct Running {
    pub child: Child,
    log: PathBuf,
}

impl Running {
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Lines of the log that hold `part`.
    pub fn said(&self, part: &str) -> usize {
        self.log().lines().filter(|line| line.contains(part)).count()
    }

    pub fn wait_until_said(&self, part: &str, times: usize) {
        until(&format!("`{part}`, {times} times"), || (self.said(part) >= times).then_some(()));
    }

    /// Waits until everything that was so before has been judged: twice, because one may be under way.
    pub fn wait_until_judged(&self) {
        let published = self.said("inside:");
        self.wait_until_said("inside:", published + 3);
    }

    pub fn signal(&self, signal: libc::c_int) {
        // SAFETY: a signal to a child that has not been waited for, so that the number is still its own.
        assert_eq!(unsafe { libc::kill(self.child.id() as libc::pid_t, signal) }, 0, "signal {signal}");
    }

    fn ended(&mut self) -> ExitStatus {
        until("it ends", || self.child.try_wait().unwrap())
    }

    /// Asks it to stop, and expects that all went well.
    pub fn stop(&mut self) {
        self.signal(libc::SIGTERM);
        assert_eq!(self.ended().code(), Some(0), "{}", self.log());
        assert!(!self.log().contains("panic"), "{}", self.log());
    }

    /// As a power cut does.
    pub fn kill(&mut self) {
        self.signal(libc::SIGKILL);
        self.ended();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}
