//! A folder with a configuration and its database.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;

use super::gate::{Crossing, Gate};
use super::process::Running;
use super::until;

pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub struct Site {
    pub folder: tempfile::TempDir,
}

/// The configuration of a site with these cameras. The line is longer than in the sample's own configuration, at whose end a
/// truck just passes, and the model the smallest one that finds all cars.
pub fn config(cameras: &[(&str, &Gate)]) -> String {
    let camera = |(name, gate): &(&str, &Gate)| {
        format!(
            "[[camera]]\nname = \"{name}\"\nsource = \"{}\"\nanchor = \"centre\"\n\
             model = \"{}/models/lotcount-s-256x160.onnx\"\n\
             [[camera.line]]\nname = \"gate\"\na = [0.3, 0.5]\nb = [0.7, 0.5]\nentry = \"lot\"\nexit = \"lot\"\n",
            gate.url(),
            project().display()
        )
    };
    let cameras: String = cameras.iter().map(camera).collect();
    format!("[site]\nname = \"site\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"lot\"\n{cameras}")
}

impl Site {
    pub fn with(config: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        site.configure(config);
        site
    }

    pub fn counting(cameras: &[(&str, &Gate)]) -> Self {
        Self::with(&config(cameras))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn configure(&self, config: &str) {
        std::fs::write(self.path("cameras.toml"), config).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lotcount"));
        command.args(arguments).arg("--config").arg(self.path("cameras.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        for name in ["LOTCOUNT_LOG", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            command.env_remove(name);
        }
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdout(Stdio::piped()).output().unwrap()
    }

    /// What a command says that succeeds; nothing on stderr.
    pub fn succeeds_in_silence(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && errors.is_empty(), "{arguments:?}: {:?} {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// `lotcount run`, its log read.
    pub fn run(&self) -> Running {
        Running::start(self.command(&["run"]))
    }

    pub fn sql(&self) -> Connection {
        let database = Connection::open(self.path("lotcount.db")).unwrap();
        database.busy_timeout(super::PATIENCE).unwrap();
        database
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// What a question of one text gives.
    pub fn text(&self, sql: &str) -> String {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The crossings of a camera in the database, in the order of time.
    pub fn crossings(&self, camera: &str) -> Vec<Crossing> {
        let database = self.sql();
        let sql = "SELECT at_us, direction FROM crossing_detail WHERE camera = ?1 ORDER BY at_us";
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([camera], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// What is known of how a camera was seen, for whoever wonders why a car is missing.
    pub fn observed(&self, camera: &str) -> String {
        let sql = "SELECT group_concat(text, '; ') FROM (
            SELECT 'observed ' || observed_us || ', degraded ' || degraded_us || ', read ' || coverage.frames_read
                || ', looked at ' || coverage.frames_looked_at || ', dropped ' || coverage.frames_dropped AS text
            FROM coverage JOIN session ON session.id = session_id JOIN camera ON camera.id = camera_id WHERE name = ?1
            UNION ALL
            SELECT 'nearly: ' || direction || ' at ' || at_us || ' ' || reason || ' ' || detail
            FROM near_crossing JOIN camera ON camera.id = camera_id WHERE name = ?1)";
        self.sql().query_row(sql, [camera], |row| row.get(0)).unwrap_or_else(|error| error.to_string())
    }

    /// Waits until the number that `sql` gives, once there is a database, is `at_least`.
    pub fn wait_until(&self, sql: &str, at_least: i64) {
        until(&format!("{sql} >= {at_least}"), || {
            let database = Connection::open(self.path("lotcount.db")).ok()?;
            let found: i64 = database.query_row(sql, [], |row| row.get(0)).ok()?;
            (found >= at_least).then_some(())
        });
    }

    /// Asserts what must hold of every database that nobody writes any more.
    pub fn assert_sound(&self) {
        assert_eq!(self.text("PRAGMA integrity_check"), "ok");
        let inside = self.number("SELECT inside FROM occupancy WHERE lot = 'lot'");
        let balance = "SELECT count(*) FILTER (WHERE direction = 'entry') - count(*) FILTER (WHERE direction = 'exit')
                       FROM crossing_detail";
        assert_eq!(inside, self.number(balance));
        assert_eq!(self.number("SELECT count(*) FROM gap WHERE until_us < from_us"), 0);
    }
}
