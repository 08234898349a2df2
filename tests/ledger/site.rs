//! A site of nested lots whose rows are written by the store's own writer.

use std::path::PathBuf;

use lotcount::config::Config;
use lotcount::count::Direction;
use lotcount::diagnostics::TomlFile;
use lotcount::source::{ContentHash, Recording};
use lotcount::store::{
    Adjustment, AdjustmentKind, Change, NewAdjustment, NewCrossing, NewRun, Reader, SessionBegan, SessionEnded,
    SessionKey, StoreError, Told, Writer, adjust,
};
use lotcount::time::UtcMicros;
use rusqlite::Connection;

/// 2026-06-15T00:00:00Z
pub const MIDNIGHT: i64 = 1_781_481_600_000_000;
pub const SECOND: i64 = 1_000_000;
pub const QUARTER: i64 = 900 * SECOND;
pub const DAY: i64 = 96 * QUARTER;

pub const LOTS: [&str; 5] = ["site", "main", "deck", "upper", "lower"];
/// Name, and what an entry and an exit bring into each of the lots, worked out by hand.
pub const LINES: [(&str, [i64; 5], [i64; 5]); 5] = [
    ("gate", [1, 1, 0, 0, 0], [-1, -1, 0, 0, 0]),
    ("way-in", [1, 0, 1, 0, 1], [0, 0, 0, 0, 0]),
    ("way-out", [0, 0, 0, 0, 0], [-1, 0, -1, 0, -1]),
    ("ramp", [0, 0, 0, 1, -1], [0, 0, 0, -1, 1]),
    ("passage", [0, -1, 1, 1, 0], [0, 1, -1, -1, 0]),
];

const CONFIG: &str = r#"
[site]
name = "nested"
time_zone = "Europe/Berlin"
[[lot]]
name = "site"
[[lot]]
name = "main"
within = "site"
capacity = 100
[[lot]]
name = "deck"
within = "site"
[[lot]]
name = "upper"
within = "deck"
[[lot]]
name = "lower"
within = "deck"
[[camera]]
name = "north"
source = "rtsp://192.0.2.1/"
"#;

/// With these keys of each line.
const LINE_LOTS: [&str; 5] = [
    "entry = \"main\"\nexit = \"main\"",
    "entry = \"lower\"",
    "exit = \"lower\"",
    "entry = \"upper\"\nexit = \"upper\"\nother_side = \"lower\"",
    "entry = \"upper\"\nexit = \"upper\"\nother_side = \"main\"",
];

pub fn config() -> Config {
    let mut text = CONFIG.to_owned();
    for ((name, _, _), lots) in LINES.iter().zip(LINE_LOTS) {
        text.push_str(&format!("[[camera.line]]\nname = \"{name}\"\na = [0.1, 0.5]\nb = [0.9, 0.5]\n{lots}\n"));
    }
    parsed(&text)
}

pub fn parsed(text: &str) -> Config {
    let file = TomlFile { path: "cameras.toml".into(), text: text.to_owned() };
    Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0
}

pub struct Site {
    _folder: tempfile::TempDir,
    pub path: PathBuf,
    pub writer: Writer,
    live: SessionKey,
    sequence: u64,
    generation: u64,
}

impl Site {
    pub fn new() -> Self {
        Self::with(&config())
    }

    pub fn with(config: &Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotcount.db");
        let run = NewRun { started: UtcMicros(MIDNIGHT), version: "test", config_sha256: "0" };
        let mut writer = Writer::begin(&path, &run, config).unwrap();
        let live = begin(&mut writer, 1, None);
        Self { _folder: folder, path, writer, live, sequence: 0, generation: 1 }
    }

    pub fn cross(&mut self, line: &str, direction: Direction, at: i64) {
        let session = self.live.clone();
        self.cross_in(&session, line, direction, at);
    }

    pub fn cross_in(&mut self, session: &SessionKey, line: &str, direction: Direction, at: i64) {
        self.sequence += 1;
        let crossing = NewCrossing {
            session: session.clone(),
            sequence: self.sequence,
            line: line.to_owned(),
            at: UtcMicros(at),
            direction,
            class: if self.sequence.is_multiple_of(3) { "van" } else { "car" }.to_owned(),
            rule: "both_sides".to_owned(),
            track: self.sequence,
            place: 0.5,
            explanation: serde_json::json!({}),
        };
        self.writer.write(&[Change::Crossing(crossing)]).unwrap();
    }

    /// A recording that is counted from now on; counting it again does not count before its end.
    pub fn recording(&mut self) -> SessionKey {
        self.generation += 1;
        let recording = Recording { content: ContentHash([7; 32]), start: UtcMicros(MIDNIGHT), start_assumed: false };
        begin(&mut self.writer, self.generation, Some(recording))
    }

    /// The camera is lost and found again.
    pub fn reconnect(&mut self) {
        self.generation += 1;
        self.live = begin(&mut self.writer, self.generation, None);
    }

    pub fn complete(&mut self, session: SessionKey) {
        let ended = SessionEnded {
            session,
            ended: UtcMicros(MIDNIGHT),
            complete: true,
            reason: "complete".to_owned(),
            frames_read: 0,
            frames_looked_at: 0,
            frames_dropped: 0,
        };
        self.writer.write(&[Change::SessionEnded(ended)]).unwrap();
    }

    pub fn told(lot: &str, kind: AdjustmentKind, number: i64, at: i64) -> Told {
        Told {
            lot: lot.to_owned(),
            kind,
            at: UtcMicros(at),
            number,
            who: "me".to_owned(),
            why: "counted on foot".to_owned(),
            recorded: UtcMicros(MIDNIGHT),
        }
    }

    pub fn adjust(&self, lot: &str, kind: AdjustmentKind, number: i64, at: i64) -> Result<Adjustment, StoreError> {
        adjust(&self.path, &Self::told(lot, kind, number, at))
    }

    pub fn set(&self, lot: &str, number: i64, at: i64) -> Adjustment {
        self.adjust(lot, AdjustmentKind::Set, number, at).unwrap()
    }

    /// As the schedule does.
    pub fn reset(&mut self, uid: &str, lot: &str, number: i64, at: i64) {
        let told = Self::told(lot, AdjustmentKind::Reset, number, at);
        self.writer.write(&[Change::Adjustment(NewAdjustment { uid: uid.to_owned(), told })]).unwrap();
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }

    pub fn inside(&self, lot: &str) -> i64 {
        self.reader().occupancy().unwrap().into_iter().find(|row| row.lot == lot).unwrap().inside
    }

    pub fn sql(&self) -> Connection {
        let connection = Connection::open(&self.path).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        connection
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn begin(writer: &mut Writer, generation: u64, recording: Option<Recording>) -> SessionKey {
    let session = SessionKey { camera: "north".to_owned(), generation };
    let began = SessionBegan {
        session: session.clone(),
        began: UtcMicros(MIDNIGHT),
        source: String::new(),
        recording,
        config_sha256: String::new(),
        model_name: String::new(),
        model_sha256: String::new(),
    };
    writer.write(&[Change::SessionBegan(began)]).unwrap();
    session
}
