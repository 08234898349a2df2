//! Somebody sets the computer's clock, again and again, while a live camera is being counted.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use misbehaving_camera::media::Media;
use misbehaving_camera::{Camera, Protocol};
use rusqlite::{Connection, OpenFlags};

use crate::site::Site;

const PATIENCE: Duration = Duration::from_secs(120);
/// A row belongs to a car that passed within this time of it, us: frames travel, and a busy machine is late.
const TOLERANCE: i64 = 2_000_000;
const HOUR: i64 = 3600;

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

/// Every car that the camera has shown by now: true time in microseconds since 1970, direction.
fn cars(camera: &Camera) -> Vec<(i64, String)> {
    let status = camera.status();
    let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/overhead.truth.csv");
    let mut reader = csv::Reader::from_path(truth).unwrap();
    let turn: Vec<(f64, String)> =
        reader.records().map(|row| row.unwrap()).map(|row| (row[0].parse().unwrap(), row[2].to_owned())).collect();
    let at = |turn: u32, second: f64| {
        status.begun_at_us as i64 + ((f64::from(turn) * status.turn_seconds + second) * 1e6) as i64
    };
    let all = (0..).flat_map(|number| turn.iter().map(move |(second, way)| (at(number, *second), way.clone())));
    all.take_while(|(at, _)| *at < now_us()).collect()
}

/// Crossings in the order of their sequence: time in microseconds since 1970 as the computer's clock had it, direction.
fn crossings(site: &Site) -> Vec<(i64, String)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let Ok(database) = Connection::open_with_flags(site.database(), flags) else { return Vec::new() };
    database.busy_timeout(PATIENCE).unwrap();
    let Ok(mut statement) = database.prepare("SELECT at_us, direction FROM crossing_detail ORDER BY seq") else {
        return Vec::new();
    };
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_clock_that_is_set_while_it_counts_loses_and_doubles_nothing() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/overhead.mp4");
    let media = Arc::new(Media::open(&sample, Some(&folder)).unwrap());
    let camera = Camera::start(media, Protocol::Mjpeg, None, 0).unwrap();
    let site = Site::live(&camera.url());
    let clock = site.path("clock");
    let began = now_us();
    let mut run = site.start(&[("FAULT_CLOCK", clock.display().to_string())]);
    // By seconds: an hour on and back, ten years on and back, and to the year 1970.
    let to_1970 = HOUR - now_us() / 1_000_000;
    let mut steps = vec![0];
    for ahead in [HOUR, -HOUR, 3650 * 24 * HOUR, -3650 * 24 * HOUR, to_1970, 0] {
        let counted = crossings(&site).len();
        let deadline = Instant::now() + PATIENCE;
        while crossings(&site).len() <= counted {
            assert!(Instant::now() < deadline, "nothing was counted while the clock was {:?} s ahead", steps.last());
            std::thread::sleep(Duration::from_millis(100));
        }
        steps.push(ahead);
        fs::write(&clock, ahead.to_string()).unwrap();
        run.wait_for("the computer's clock was set");
    }
    let pid = run.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let (code, log) = run.wait();
    assert_eq!(code, Some(0), "{log}");
    let (cars, rows, ended) = (cars(&camera), crossings(&site), now_us());

    // Which of the cars each row is: one step of the clock makes a possible time of it. A car answers for one row.
    let mut counted: Vec<usize> = Vec::new();
    for (at, way) in &rows {
        let ahead = steps.iter().map(|step| step * 1_000_000).find(|ahead| (began..ended).contains(&(at - ahead)));
        let ahead = ahead.unwrap_or_else(|| panic!("{at} is no time that the clock had: {rows:?}"));
        let distance = |car: &usize| (cars[*car].0 - (at - ahead)).abs();
        let possible = (0..cars.len()).filter(|car| cars[*car].1 == *way && !counted.contains(car));
        let car = possible.min_by_key(distance).filter(|car| distance(car) <= TOLERANCE);
        counted.push(car.unwrap_or_else(|| panic!("no such car: {at} {way}\n{rows:?}\n{cars:?}")));
    }
    // Of two that pass side by side either may be counted first.
    counted.sort_unstable();
    let all: Vec<usize> = (counted[0]..counted[0] + counted.len()).collect();
    assert_eq!(counted, all, "a car is missing or doubled\n{rows:?}\n{cars:?}\n{log}");

    let database = Connection::open(site.database()).unwrap();
    let none = |sql: &str| {
        let count: i64 = database.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{sql}\n{log}");
    };
    none("SELECT count(*) FROM gap WHERE until_us < from_us");
    none("SELECT count(*) FROM coverage WHERE observed_us NOT BETWEEN 0 AND 60000000 OR degraded_us > observed_us");
    none("SELECT count(*) - max(seq) FROM (SELECT seq FROM crossing UNION ALL SELECT seq FROM near_crossing)");
    let observed: i64 = database.query_row("SELECT sum(observed_us) FROM coverage", [], |row| row.get(0)).unwrap();
    assert!(observed <= ended - began, "more was observed than time passed: {observed}\n{log}");
    let forward: i64 =
        database.query_row("SELECT count(*) FROM gap WHERE reason = 'clock-set'", [], |row| row.get(0)).unwrap();
    assert!(forward >= 1, "time that never was is a gap\n{log}");
}
