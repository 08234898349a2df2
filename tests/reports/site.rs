//! A site whose rows are written by the store's own writer, each at a time that is given.

use std::path::PathBuf;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use lotcount::config::Config;
use lotcount::count::Direction;
use lotcount::diagnostics::TomlFile;
use lotcount::report::{Period, ReportDocument, Step};
use lotcount::store::{
    AdjustmentKind, Change, CoverageMinute, NewAdjustment, NewCrossing, NewGap, NewRun, Reader, SessionBegan,
    SessionKey, SiteLayout, Told, Writer,
};
use lotcount::time::UtcMicros;

/// A yard with a deck in it: who goes up the ramp stays in the yard.
const SITE: &str = r#"
[site]
name = "Kings Yard"
time_zone = "ZONE"
[[lot]]
name = "Yard"
capacity = 60
[[lot]]
name = "=Deck"
capacity = 20
within = "Yard"
[[camera]]
name = "north-gate"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.1, 0.5]
b = [0.9, 0.5]
entry = "Yard"
exit = "Yard"
[[camera]]
name = "ramp-cam"
source = "rtsp://192.0.2.2/"
[[camera.line]]
name = "ramp"
a = [0.1, 0.6]
b = [0.9, 0.6]
entry = "=Deck"
exit = "=Deck"
other_side = "Yard"
"#;

/// Vehicles over a line in each local hour of a day, entries and exits.
pub type Profile = [(u32, u32); 24];

pub const GATE: Profile = [
    (0, 1),
    (0, 0),
    (0, 0),
    (0, 0),
    (1, 0),
    (3, 0),
    (9, 1),
    (21, 3),
    (17, 4),
    (9, 6),
    (6, 7),
    (7, 5),
    (8, 11),
    (10, 9),
    (6, 8),
    (4, 10),
    (3, 14),
    (2, 14),
    (3, 9),
    (2, 4),
    (1, 3),
    (0, 2),
    (0, 1),
    (0, 1),
];
pub const RAMP: Profile = [
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (2, 0),
    (8, 0),
    (5, 1),
    (1, 1),
    (1, 2),
    (2, 1),
    (2, 3),
    (3, 2),
    (1, 2),
    (0, 3),
    (1, 6),
    (0, 2),
    (0, 1),
    (0, 1),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
];
const CLASSES: [&str; 8] = ["car", "car", "car", "van", "car", "car", "truck", "car"];

pub struct Site {
    _folder: tempfile::TempDir,
    path: PathBuf,
    zone: TimeZone,
    writer: Writer,
    sequence: u64,
}

impl Site {
    /// Counted from midnight of this day on.
    pub fn since(day: &str, zone: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotcount.db");
        let file = TomlFile { path: "cameras.toml".into(), text: SITE.replace("ZONE", zone) };
        let config = Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0;
        let zone = TimeZone::get(zone).unwrap();
        let started = midnight(&zone, day.parse().unwrap());
        let run = NewRun { started, version: "test", config_sha256: "0" };
        let writer = Writer::begin(&path, &run, &config).unwrap();
        let mut site = Self { _folder: folder, path, zone, writer, sequence: 0 };
        for camera in ["north-gate", "ramp-cam"] {
            site.write([Change::SessionBegan(SessionBegan {
                session: key(camera),
                began: started,
                source: "rtsp://192.0.2.1/".to_owned(),
                recording: None,
                config_sha256: String::new(),
                model_name: "test".to_owned(),
                model_sha256: "0".to_owned(),
            })]);
        }
        site
    }

    fn write(&mut self, changes: impl IntoIterator<Item = Change>) {
        let changes: Vec<Change> = changes.into_iter().collect();
        self.writer.write(&changes).unwrap();
    }

    pub fn at(&self, text: &str) -> UtcMicros {
        let local = || text.parse::<DateTime>().unwrap().to_zoned(self.zone.clone()).unwrap().timestamp();
        text.parse::<Timestamp>().unwrap_or_else(|_| local()).into()
    }

    /// The camera saw all of this time.
    pub fn observed(&mut self, camera: &str, from: &str, until: &str) {
        let minute = |minute: i64| {
            Change::Coverage(CoverageMinute {
                session: key(camera),
                minute: UtcMicros(minute),
                until: UtcMicros(minute + 60_000_000),
                observed_us: 60_000_000,
                degraded_us: 0,
                frames_read: 720,
                frames_looked_at: 360,
                frames_dropped: 0,
            })
        };
        let span = self.at(from).0..self.at(until).0;
        self.write(span.step_by(60_000_000).map(minute));
    }

    /// Both cameras saw all of the day.
    pub fn observed_all_day(&mut self, day: &str) {
        let after = day.parse::<Date>().unwrap().tomorrow().unwrap().to_string();
        for camera in ["north-gate", "ramp-cam"] {
            self.observed(camera, &format!("{day}T00:00"), &format!("{after}T00:00"));
        }
    }

    pub fn gap(&mut self, camera: &str, from: &str, until: &str, reason: &str, detail: &str) {
        self.sequence += 1;
        let (from, until) = (self.at(from), self.at(until));
        let (reason, detail) = (reason.to_owned(), detail.to_owned());
        self.write([Change::Gap(NewGap {
            camera: camera.to_owned(),
            sequence: self.sequence,
            from,
            until,
            reason,
            detail,
        })]);
    }

    /// From now on the gate's line stands elsewhere on the picture.
    pub fn move_the_gate(&mut self) {
        let text = SITE.replace("ZONE", self.zone.iana_name().unwrap()).replacen("a = [0.1, 0.5]", "a = [0.2, 0.5]", 1);
        let config = Config::from_file(TomlFile { path: "cameras.toml".into(), text })
            .unwrap_or_else(|report| panic!("{report}"))
            .0;
        self.write([Change::Site(SiteLayout::of(&config))]);
    }

    /// The vehicles of one day, evenly within their local hours, but for those of the hours that were not `seen`.
    pub fn traffic(&mut self, day: &str, camera: &str, line: &str, profile: &Profile, seen: impl Fn(i8) -> bool) {
        let midnight = self.at(&format!("{day}T00:00")).to_timestamp().unwrap().to_zoned(self.zone.clone());
        let (mut hour, mut changes) = (midnight.clone(), Vec::new());
        while hour.date() == midnight.date() {
            let next = hour.checked_add(1.hour()).unwrap();
            let (entries, exits) = profile[usize::from(hour.hour().unsigned_abs())];
            if seen(hour.hour()) {
                changes.extend(self.within(&hour, camera, line, Direction::Entry, entries));
                changes.extend(self.within(&hour, camera, line, Direction::Exit, exits));
            }
            hour = next;
        }
        self.write(changes);
    }

    fn within(
        &mut self,
        hour: &jiff::Zoned,
        camera: &str,
        line: &str,
        direction: Direction,
        number: u32,
    ) -> Vec<Change> {
        let at = |index: u32| {
            let share = (f64::from(index) + 0.5) / f64::from(number);
            UtcMicros::from(hour.timestamp()).plus_seconds(3600.0 * share)
        };
        (0..number).map(|index| self.crossing(camera, line, at(index), direction)).collect()
    }

    fn crossing(&mut self, camera: &str, line: &str, at: UtcMicros, direction: Direction) -> Change {
        self.sequence += 1;
        Change::Crossing(NewCrossing {
            session: key(camera),
            sequence: self.sequence,
            line: line.to_owned(),
            at,
            direction,
            class: CLASSES[(self.sequence % 8) as usize].to_owned(),
            rule: "both_sides".to_owned(),
            track: self.sequence,
            place: 0.5,
            explanation: serde_json::json!({}),
        })
    }

    pub fn adjustment(&mut self, kind: AdjustmentKind, lot: &str, at: &str, number: i64, why: &str) {
        let at = self.at(at);
        let told = Told {
            lot: lot.to_owned(),
            kind,
            at,
            number,
            who: "j.doe".to_owned(),
            why: why.to_owned(),
            recorded: at.plus_seconds(90.0),
        };
        self.write([Change::Adjustment(NewAdjustment { uid: format!("{at} {lot}"), told })]);
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }

    pub fn report(&self, period: &str, step: Option<Step>) -> ReportDocument {
        let reader = self.reader();
        let span = period.parse::<Period>().unwrap().resolve(&self.zone, Timestamp::UNIX_EPOCH).unwrap();
        let (name, site) = (period.to_owned(), "Kings Yard");
        match step {
            None => ReportDocument::read(&reader, site, &self.zone, name, span).unwrap(),
            Some(step) => ReportDocument::read_by(&reader, site, &self.zone, name, span, step).unwrap(),
        }
    }
}

fn midnight(zone: &TimeZone, day: Date) -> UtcMicros {
    day.to_zoned(zone.clone()).unwrap().timestamp().into()
}

fn key(camera: &str) -> SessionKey {
    SessionKey { camera: camera.to_owned(), generation: 1 }
}
