//! Committing crossings to a database on the disk, one transaction a call. `cargo bench --bench insert`

use divan::Bencher;
use divan::counter::ItemsCount;
use lotcount::config::Config;
use lotcount::count::{CameraCounter, CountingLine, Outcome};
use lotcount::detect::{Class, Detection};
use lotcount::diagnostics::TomlFile;
use lotcount::geometry::{Point, Rect, Segment};
use lotcount::store::{Change, NewCrossing, NewRun, SessionBegan, SessionKey, Writer};
use lotcount::time::UtcMicros;
use lotcount::track::{Anchor, Thresholds};

fn main() {
    divan::main();
}

const SITE: &str = r#"
site = { name = "bench", time_zone = "UTC" }
lot = [{ name = "lot" }]
[[camera]]
name = "camera"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "gate"
a = [0.0, 0.5]
b = [1.0, 0.5]
entry = "lot"
exit = "lot"
"#;

#[divan::bench(args = [1, 100])]
fn crossings(bencher: Bencher, count: u64) {
    let file = TomlFile { path: "cameras.toml".into(), text: SITE.to_owned() };
    let (config, _) = Config::from_file(file).expect("a valid site");
    let folder = tempfile::tempdir().expect("a folder for the database");
    let run = NewRun { started: UtcMicros(0), version: "bench", config_sha256: "" };
    let mut writer = Writer::begin(&folder.path().join("bench.db"), &run, &config).expect("a new database");
    let session = SessionKey { camera: "camera".to_owned(), generation: 1 };
    let began = SessionBegan {
        session: session.clone(),
        began: UtcMicros(0),
        source: String::new(),
        recording: None,
        config_sha256: String::new(),
        model_name: String::new(),
        model_sha256: String::new(),
    };
    writer.write(&[Change::SessionBegan(began)]).expect("a session");
    let crossing = crossing();
    let mut sequence = 0;
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        let rows: Vec<Change> = (0..count)
            .map(|_| {
                sequence += 1;
                Change::Crossing(NewCrossing::new(&session, sequence, "gate", UtcMicros(sequence as i64), &crossing))
            })
            .collect();
        writer.write(&rows).expect("room on the disk");
    });
}

/// A car that drives over the line.
fn crossing() -> lotcount::count::Crossing {
    let segment = Segment::new(Point::new(0.0, 180.0), Point::new(640.0, 180.0));
    let line = CountingLine { name: "gate".to_owned(), segment };
    let mut counter = CameraCounter::new(640.0, 360.0, &[line], Thresholds::default(), Anchor::BottomCentre);
    let looks = (0..20).flat_map(|look| {
        let t = f64::from(look) / 6.0;
        let y = 60.0 + 80.0 * t;
        let rect = Rect::new(275.0, y - 45.0, 325.0, y);
        counter.look(t, &[Detection { rect, score: 0.8, class: Class::Car }])
    });
    let crossings: Vec<Outcome> = looks.collect();
    crossings.iter().find_map(Outcome::crossing).expect("it crossed").clone()
}
