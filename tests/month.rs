//! A month of two busy gates in seconds, through the product's own journal, with a reconnection every hour and old rows
//! turned into totals every day: nothing grows but what has to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lotcount::config::Config;
use lotcount::count::Direction;
use lotcount::diagnostics::TomlFile;
use lotcount::store::{
    Change, CoverageMinute, Filter, Halt, Journal, NewCrossing, NewGap, NewRun, Reader, SessionBegan, SessionEnded,
    SessionKey, Writer, retain,
};
use lotcount::time::UtcMicros;

const SITE: &str = r#"
site = { name = "month", time_zone = "UTC" }
lot = [{ name = "main" }]
[[camera]]
name = "north"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.0, 0.5]
b = [1.0, 0.5]
entry = "main"
exit = "main"
[[camera]]
name = "south"
source = "rtsp://192.0.2.2/"
[[camera.line]]
name = "gate"
a = [0.0, 0.5]
b = [1.0, 0.5]
entry = "main"
exit = "main"
"#;

const CAMERAS: [&str; 2] = ["north", "south"];
const DAYS: i64 = 30;
const KEEP_DAYS: u32 = 7;
/// Of one camera: every 43 s a car, day and night.
const CROSSINGS_AN_HOUR: i64 = 84;
/// Commits come in batches here, as after a time without a database, or the disk would set the pace.
const COMMITS_AN_HOUR: i64 = 2;
const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;
/// 2026-06-01T00:00:00Z
const BEGAN: i64 = 1_780_272_000_000_000;

/// What the process and its database hold.
#[derive(Clone, Copy, Debug)]
struct Held {
    memory_kib: u64,
    descriptors: usize,
    wal_kib: u64,
    database_kib: u64,
}

impl Held {
    fn now(database: &Path) -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib = |path: PathBuf| fs::metadata(path).map_or(0, |file| file.len() / 1024);
        Self {
            memory_kib: memory.split_whitespace().next().unwrap().parse().unwrap(),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            wal_kib: kib(format!("{}-wal", database.display()).into()),
            database_kib: kib(database.to_path_buf()),
        }
    }
}

/// One camera's rows.
struct Gate {
    camera: &'static str,
    sequence: u64,
    generation: u64,
    gaps: u64,
}

impl Gate {
    fn session(&self) -> SessionKey {
        SessionKey { camera: self.camera.to_owned(), generation: self.generation }
    }

    /// The camera is lost and found again within a few seconds.
    fn reconnect(&mut self, at: i64) -> Vec<Change> {
        let ended = SessionEnded {
            session: self.session(),
            ended: UtcMicros(at),
            complete: false,
            reason: "the connection broke off".to_owned(),
            frames_read: 43_200,
            frames_looked_at: 21_600,
            frames_dropped: 0,
        };
        self.gaps += 1;
        let gap = NewGap {
            camera: self.camera.to_owned(),
            sequence: self.gaps,
            from: UtcMicros(at),
            until: UtcMicros(at + 3_000_000),
            reason: "broke-off".to_owned(),
            detail: "the connection broke off".to_owned(),
        };
        self.generation += 1;
        let mut changes = vec![Change::Gap(gap), self.begin(at + 3_000_000)];
        if self.generation > 1 {
            changes.insert(0, Change::SessionEnded(ended));
        }
        changes
    }

    fn begin(&self, at: i64) -> Change {
        Change::SessionBegan(SessionBegan {
            session: self.session(),
            began: UtcMicros(at),
            source: "rtsp://192.0.2.1/".to_owned(),
            recording: None,
            config_sha256: "0".to_owned(),
            model_name: "net".to_owned(),
            model_sha256: "0".to_owned(),
        })
    }

    fn crossing(&mut self, at: i64) -> Change {
        self.sequence += 1;
        Change::Crossing(NewCrossing {
            session: self.session(),
            sequence: self.sequence,
            line: "gate".to_owned(),
            at: UtcMicros(at),
            direction: if self.sequence.is_multiple_of(3) { Direction::Exit } else { Direction::Entry },
            class: "car".to_owned(),
            rule: "crossed".to_owned(),
            track: self.sequence,
            place: 0.5,
            explanation: serde_json::json!({ "from": [0.5, 0.2], "to": [0.5, 0.8], "looks": 14, "score": 0.8 }),
        })
    }

    fn minute(&self, minute: i64) -> Change {
        Change::Coverage(CoverageMinute {
            session: self.session(),
            minute: UtcMicros(minute),
            until: UtcMicros(minute + MINUTE_US),
            observed_us: MINUTE_US,
            degraded_us: 0,
            frames_read: 720,
            frames_looked_at: 360,
            frames_dropped: 0,
        })
    }
}

fn hour(journal: &mut Journal, gates: &mut [Gate], begin: i64) {
    for gate in &mut *gates {
        gate.reconnect(begin).into_iter().for_each(|change| journal.record(change));
    }
    for part in 0..COMMITS_AN_HOUR {
        let (from, length) = (begin + part * HOUR_US / COMMITS_AN_HOUR, HOUR_US / COMMITS_AN_HOUR);
        let cars = CROSSINGS_AN_HOUR / COMMITS_AN_HOUR;
        for gate in &mut *gates {
            (0..cars).for_each(|car| journal.record(gate.crossing(from + car * length / cars)));
            (0..length / MINUTE_US).for_each(|minute| journal.record(gate.minute(from + minute * MINUTE_US)));
        }
        journal.flush().unwrap();
    }
}

#[test]
fn a_month_of_crossings_leaves_nothing_growing() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("lotcount.db");
    let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
    let (config, _) = Config::from_file(file).unwrap();
    let run = NewRun { started: UtcMicros(BEGAN), version: "test", config_sha256: "0" };
    let mut journal = Journal::new(Writer::begin(&database, &run, &config).unwrap());
    let mut gates = CAMERAS.map(|camera| Gate { camera, sequence: 0, generation: 0, gaps: 0 });
    let mut days = Vec::new();
    for day in 0..DAYS {
        for number in 0..24 {
            hour(&mut journal, &mut gates, BEGAN + day * DAY_US + number * HOUR_US);
            if number % 6 == 0 {
                // Somebody asks, as the reporter does.
                Reader::open(&database).unwrap().line_volumes(&Filter::default()).unwrap();
            }
        }
        retain(&database, KEEP_DAYS, UtcMicros(BEGAN + (day + 1) * DAY_US), Duration::ZERO, &Halt::never()).unwrap();
        let held = Held::now(&database);
        println!("month: day {:2}: {held:?}", day + 1);
        days.push(held);
    }
    let counted: u64 = gates.iter().map(|gate| gate.sequence).sum();
    let reconnections: u64 = gates.iter().map(|gate| gate.generation).sum();
    println!("month: {counted} crossings, {reconnections} connections, {} coverage minutes", DAYS * 24 * 60 * 2);
    assert!(counted > 120_000 && reconnections > 1_000);

    let reader = Reader::open(&database).unwrap();
    let volumes = reader.line_volumes(&Filter::default()).unwrap();
    let total = volumes.iter().map(|volume| volume.entries + volume.exits).sum::<u64>();
    assert_eq!(total, counted, "rows and totals together are everything that was counted");
    let inside = gates.iter().map(|gate| gate.sequence as i64 - 2 * (gate.sequence as i64 / 3)).sum::<i64>();
    assert_eq!(reader.occupancy().unwrap()[0].inside, inside);

    // From the second ten days to the last.
    let largest = |days: &[Held], of: fn(&Held) -> u64| days.iter().map(of).max().unwrap();
    let (middle, last) = (&days[10..20], &days[20..]);
    let memory = |held: &Held| held.memory_kib;
    assert!(largest(last, memory) <= largest(middle, memory) + 2048, "memory grows: {days:?}");
    assert_eq!(last[9].descriptors, middle[0].descriptors, "{days:?}");
    assert!(largest(&days, |held| held.wal_kib) <= 16 * 1024, "{days:?}");
    // Permanent totals: a row for each quarter of an hour, line and camera.
    let rows_for_ever = 10 * 24 * 4 * 2 * 2 * 100 / 1024;
    let size = |held: &Held| held.database_kib;
    assert!(largest(last, size) <= largest(middle, size) + rows_for_ever, "the database grows: {days:?}");
}
