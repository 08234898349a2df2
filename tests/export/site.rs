//! A site of simulated days, a folder for its exports, and the program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::ToSpan;
use jiff::civil::Date;
use lotcount::config::Config;
use lotcount::simulate::{Plan, simulate};
use rusqlite::{Connection, params};

pub struct Site {
    pub folder: tempfile::TempDir,
}

/// A file's bytes and when it was written.
pub type Files = BTreeMap<String, (Vec<u8>, std::time::SystemTime)>;

impl Site {
    /// So many days of two gates in Berlin.
    pub fn new(first: Date, days: i64) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        let camera = |number: u32, name: &str| {
            format!(
                "[[camera]]\nname = \"{name}\"\nsource = \"rtsp://192.0.2.{number}/\"\nmodel = \"{}/models/lotcount-s\"\n\
                 [[camera.line]]\nname = \"gate\"\na = [0.1, 0.5]\nb = [0.9, 0.5]\nentry = \"main\"\nexit = \"main\"\n",
                env!("CARGO_MANIFEST_DIR")
            )
        };
        let text = format!(
            "[site]\nname = \"s\"\ntime_zone = \"Europe/Berlin\"\ndatabase = \"data/lotcount.db\"\n\
             [[lot]]\nname = \"main\"\ncapacity = 20\n{}{}",
            camera(1, "north"),
            camera(2, "south")
        );
        std::fs::write(site.path("cameras.toml"), text).unwrap();
        std::fs::create_dir(site.path("data")).unwrap();
        std::fs::create_dir(site.path("out")).unwrap();
        let (config, _) = Config::load(&site.path("cameras.toml")).unwrap();
        let midnight = |day: Date| day.to_zoned(config.site.time_zone.clone()).unwrap();
        let end = midnight(first.checked_add(days.days()).unwrap());
        let plan = Plan { start: midnight(first), end, seed: 5, cars_a_day: None, each_car: false };
        simulate(&config, &plan, &site.database(), &site.path("truth")).unwrap();
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&self) -> PathBuf {
        self.path("data/lotcount.db")
    }

    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    pub fn sql(&self) -> Connection {
        let connection = Connection::open(self.database()).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        connection
    }

    /// `lotcount export` into `out`, whatever the coverage was.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lotcount"));
        command.arg("export").arg("--dir").arg(self.out()).args(arguments);
        command.arg("--config").arg(self.path("cameras.toml")).env_remove("LOTCOUNT_LOG").stdin(Stdio::null());
        if !arguments.contains(&"--min-coverage") {
            command.args(["--min-coverage", "0"]);
        }
        command
    }

    /// Its exit code and what it said.
    pub fn export(&self, arguments: &[&str]) -> (i32, String) {
        said(self.command(arguments).output().unwrap())
    }

    /// It must succeed without a word.
    pub fn exports(&self, arguments: &[&str]) {
        assert_eq!(self.export(arguments), (0, String::new()), "{arguments:?}");
    }

    /// Files in the folder, but for the lock.
    pub fn files(&self) -> Files {
        files(&self.out())
    }

    pub fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.out().join(name)).unwrap()
    }

    /// An entry over the gate of the first camera that was not there before, as a saved file brings it.
    pub fn late_car(&self, at: i64) {
        let sql = self.sql();
        sql.execute(
            "INSERT INTO crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, rule, track, place,
                                   explanation)
             SELECT run_id, camera_id, 1000000 + (SELECT count(*) FROM crossing), id, 1, 'entry', ?1, 'car', 'both_sides', 1, 0.5, '{}'
             FROM session WHERE camera_id = 1 ORDER BY id LIMIT 1",
            params![at],
        )
        .unwrap();
    }
}

pub fn files(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_file() && name != ".lotcount-export.lock" {
            let modified = entry.metadata().unwrap().modified().unwrap();
            files.insert(name, (std::fs::read(entry.path()).unwrap(), modified));
        }
    }
    files
}

/// stdout and stderr together.
pub fn said(output: Output) -> (i32, String) {
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8(text).unwrap())
}

/// Local midnight in Berlin, in UTC microseconds.
pub fn midnight(day: Date) -> i64 {
    day.in_tz("Europe/Berlin").unwrap().timestamp().as_microsecond()
}
