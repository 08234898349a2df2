//! The real program counting misbehaving cameras, and what its database and log say.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use misbehaving_camera::media::Media;
use misbehaving_camera::{Camera, Protocol};
use rusqlite::{Connection, OpenFlags, params};

/// What all cameras show; encoded once and kept beside the build.
pub static MEDIA: LazyLock<Arc<Media>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    Arc::new(Media::open(&root().join("samples/overhead.mp4"), Some(&folder)).unwrap())
});

/// Longest that anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Microseconds since 1970.
pub fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

/// Polls until it gives something; panics with what was waited for when that takes too long.
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

pub struct Site {
    folder: tempfile::TempDir,
    cameras: Vec<(String, Camera)>,
    process: Child,
}

/// A row of `gap`; times in microseconds since 1970.
#[derive(Clone, Debug)]
pub struct Gap {
    pub from: i64,
    pub until: i64,
    pub reason: String,
}

/// When, in microseconds since 1970, and in which direction.
pub type Passage = (i64, String);

/// Sums over all minutes, microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Coverage {
    pub observed: i64,
    pub degraded: i64,
}

impl Site {
    /// Starts the program on cameras that run already. Each has a line and a lot of its own. `more` is added to what is
    /// configured of the site.
    pub fn begin(cameras: Vec<(String, Camera)>, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut text = format!("[site]\nname = \"site\"\ntime_zone = \"UTC\"\n{more}\n");
        for (name, camera) in &cameras {
            let (url, model) = (camera.url(), root().join("models/lotcount-s"));
            text += &format!(
                "[[lot]]\nname = \"{name}\"\n[[camera]]\nname = \"{name}\"\nsource = \"{url}\"\nanchor = \"centre\"\n\
                 looks_per_second = 4\nmodel = \"{}\"\n[[camera.line]]\nname = \"gate\"\na = [0.369, 0.5]\n\
                 b = [0.631, 0.5]\nentry = \"{name}\"\nexit = \"{name}\"\n",
                model.display()
            );
        }
        let config = folder.path().join("cameras.toml");
        fs::write(&config, text).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_lotcount"))
            .args(["run", "--config"])
            .arg(config)
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        Self { folder, cameras, process }
    }

    pub fn camera(&self, name: &str) -> &Camera {
        &self.cameras.iter().find(|(its, _)| its == name).unwrap().1
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The database, once it is there.
    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let path: PathBuf = self.folder.path().join("lotcount.db");
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        database.busy_timeout(Duration::from_secs(5)).unwrap();
        question(&database).ok()
    }

    pub fn gaps(&self, camera: &str) -> Vec<Gap> {
        let sql = "SELECT from_us, until_us, reason FROM gap_detail WHERE camera = ?1 ORDER BY from_us";
        let gaps = self.ask(|database| {
            let mut statement = database.prepare(sql)?;
            let rows = statement
                .query_map([camera], |row| Ok(Gap { from: row.get(0)?, until: row.get(1)?, reason: row.get(2)? }))?;
            rows.collect()
        });
        gaps.unwrap_or_default()
    }

    /// Times and directions.
    pub fn crossings(&self, camera: &str) -> Vec<Passage> {
        let sql = "SELECT at_us, direction FROM crossing_detail WHERE camera = ?1 ORDER BY at_us";
        let rows = self.ask(|database| {
            let mut statement = database.prepare(sql)?;
            statement.query_map([camera], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        });
        rows.unwrap_or_default()
    }

    /// Beginnings of the camera's connections.
    pub fn sessions(&self, camera: &str) -> Vec<i64> {
        let sql = "SELECT began_at_us FROM session JOIN camera ON camera.id = camera_id WHERE camera.name = ?1
                   ORDER BY began_at_us";
        let rows = self.ask(|database| {
            let mut statement = database.prepare(sql)?;
            statement.query_map([camera], |row| row.get(0))?.collect()
        });
        rows.unwrap_or_default()
    }

    pub fn coverage(&self, camera: &str) -> Coverage {
        let sql = "SELECT coalesce(sum(observed_us), 0), coalesce(sum(degraded_us), 0) FROM coverage
                   JOIN session ON session.id = session_id JOIN camera ON camera.id = camera_id WHERE camera.name = ?1";
        let sums = self.ask(|database| {
            database.query_row(sql, [camera], |row| Ok(Coverage { observed: row.get(0)?, degraded: row.get(1)? }))
        });
        sums.unwrap()
    }

    /// Frames that were read of a camera, over all its connections that have ended.
    pub fn frames_read(&self, camera: &str) -> u64 {
        let sql = "SELECT sum(frames_read) FROM session JOIN camera ON camera.id = camera_id WHERE camera.name = ?1";
        self.ask(|database| database.query_row(sql, params![camera], |row| row.get(0))).unwrap()
    }

    /// Asks the program to end, and gives its exit code. The cameras go on.
    pub fn stop(&mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let process = &mut self.process;
        wait_for("the program to end", || process.try_wait().unwrap()).code()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Ended already, unless a test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

pub fn camera(protocol: Protocol) -> Camera {
    Camera::start(Arc::clone(&MEDIA), protocol, None, 0).unwrap()
}
