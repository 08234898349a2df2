//! A site whose rows are written by the store's own writer, as `lotcount run` writes them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use lotcount::config::Config;
use lotcount::count::Direction;
use lotcount::store::{Change, CoverageMinute, NewCrossing, NewGap, NewRun, SessionBegan, SessionKey, Writer};
use lotcount::time::UtcMicros;

const CONFIG: &str = r#"
[site]
name = "Watched site"
time_zone = "UTC"
[[lot]]
name = "main"
capacity = 20
[[lot]]
name = "北口"
within = "main"
capacity = 5
[[camera]]
name = "north-gate"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "way"
a = [0.1, 0.5]
b = [0.9, 0.5]
entry = "main"
exit = "main"
[[camera]]
name = "ramp"
source = "rtsp://192.0.2.2/"
[[camera.line]]
name = "up"
a = [0.1, 0.5]
b = [0.9, 0.5]
entry = "北口"
exit = "北口"
"#;

pub struct Site {
    pub folder: tempfile::TempDir,
}

impl Site {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cameras.toml"), CONFIG).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Begins to count.
    pub fn run(&self) -> Run {
        let (config, _) = Config::load(&self.path("cameras.toml")).unwrap();
        let run = NewRun { started: UtcMicros::now(), version: "test", config_sha256: "0" };
        let mut writer = Writer::begin(&config.site.database, &run, &config).unwrap();
        let session = SessionKey { camera: "north-gate".to_owned(), generation: 1 };
        let began = SessionBegan {
            session: session.clone(),
            began: UtcMicros::now(),
            source: "rtsp://192.0.2.1/".to_owned(),
            recording: None,
            config_sha256: String::new(),
            model_name: "net".to_owned(),
            model_sha256: "1".to_owned(),
        };
        writer.write(&[Change::SessionBegan(began)]).unwrap();
        let mut run = Run { writer, session, sequence: 0 };
        run.sees();
        run
    }

    /// `lotcount watch`, its output read by whoever wants it.
    pub fn watch(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lotcount"));
        command.arg("watch").arg("--config").arg(self.path("cameras.toml"));
        command.stdin(Stdio::null()).env_remove("LOTCOUNT_LOG").env_remove("NO_COLOR");
        command
    }
}

pub struct Run {
    writer: Writer,
    session: SessionKey,
    sequence: u64,
}

impl Run {
    /// One vehicle over the line of the north gate.
    pub fn crosses(&mut self, direction: Direction) {
        self.sequence += 1;
        let crossing = NewCrossing {
            session: self.session.clone(),
            sequence: self.sequence,
            line: "way".to_owned(),
            at: UtcMicros::now(),
            direction,
            class: "truck".to_owned(),
            rule: "crossed".to_owned(),
            track: self.sequence,
            place: 0.5,
            explanation: serde_json::json!({}),
        };
        self.writer.write(&[Change::Crossing(crossing)]).unwrap();
    }

    /// The north gate is observed now, the ramp is not.
    pub fn sees(&mut self) {
        let now = UtcMicros::now();
        let minute = CoverageMinute {
            session: self.session.clone(),
            minute: UtcMicros(now.0.div_euclid(60_000_000) * 60_000_000),
            until: now,
            observed_us: 1_000_000,
            degraded_us: 0,
            frames_read: 10,
            frames_looked_at: 5,
            frames_dropped: 0,
        };
        let gap = NewGap {
            camera: "ramp".to_owned(),
            sequence: 1,
            from: UtcMicros(now.0 - 30_000_000),
            until: now,
            reason: "refused".to_owned(),
            detail: "nobody answers".to_owned(),
        };
        self.writer.write(&[Change::Coverage(minute), Change::Gap(gap)]).unwrap();
    }
}
