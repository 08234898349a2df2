//! The camera that is counted: the sample recording for ever, whose cars are known.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use misbehaving_camera::media::{Media, Variant};
use misbehaving_camera::{Camera, Mode, Protocol};

use super::machine::Machine;
use super::site::{Site, project};
use super::until;

/// A crossing's time may differ so much from the scene's, us: frames travel, and a busy machine is late.
const TOLERANCE_US: i64 = 2_000_000;

/// Cars so near to the beginning or the end of what was observed may be missed, us.
const EDGE_US: i64 = 1_500_000;

static MEDIA: LazyLock<Arc<Media>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let media = Media::open(&project().join("samples/overhead.mp4"), Some(&folder)).unwrap();
    media.jpegs(Variant::Plain).unwrap();
    Arc::new(media)
});

/// Of too sparsely observed time, per cent, and of the machine: beyond both, others kept the program from looking.
const DEGRADED: i64 = 5;
const TAKEN_BY_OTHERS: f64 = 0.05;

/// When a car crosses, in microseconds since 1970, and whether it is an `entry` or an `exit`.
pub type Crossing = (i64, String);

pub struct Gate {
    camera: Camera,
    truth: Vec<(f64, String)>,
    machine: Machine,
}

impl Gate {
    /// Shows the recording from its beginning.
    pub fn open() -> Self {
        let media = Arc::clone(&MEDIA); // made before the camera's clock begins
        let mut truth = csv::Reader::from_path(project().join("samples/overhead.truth.csv")).unwrap();
        let truth = truth.records().map(Result::unwrap).map(|row| (row[0].parse().unwrap(), row[2].to_owned()));
        let truth = truth.collect();
        // HTTP: it is opened more quickly than RTSP.
        Self { camera: Camera::start(media, Protocol::Mjpeg, None, 0).unwrap(), truth, machine: Machine::now() }
    }

    /// One that behaves like this from the start.
    pub fn open_in(mode: Mode) -> Self {
        let gate = Self::open();
        gate.camera.enter(mode).unwrap();
        gate
    }

    pub fn url(&self) -> String {
        self.camera.url()
    }

    /// It is well again.
    pub fn recover(&self) {
        self.camera.enter(Mode::Ok).unwrap();
    }

    /// Connections that are open now.
    pub fn clients(&self) -> u64 {
        self.camera.status().open
    }

    /// The cars that crossed between two moments, microseconds since 1970.
    pub fn passed(&self, from: i64, until: i64) -> Vec<Crossing> {
        let status = self.camera.status();
        let (begun, turn) = (status.begun_at_us as i64, (status.turn_seconds * 1e6) as i64);
        let turns = (from - begun).div_euclid(turn)..=(until - begun).div_euclid(turn);
        let cars = turns.flat_map(|number| {
            let start = begun + number * turn;
            self.truth.iter().map(move |(seconds, direction)| (start + (seconds * 1e6) as i64, direction.clone()))
        });
        cars.filter(|(at, _)| (from..until).contains(at)).collect()
    }

    /// Waits until a car is on its way and will cross within the next second.
    pub fn wait_for_a_car(&self) {
        until("a car is on its way", || {
            let now = now();
            (!self.passed(now + 200_000, now + 1_000_000).is_empty()).then_some(())
        });
    }

    /// Whether others had so little of the machine that nothing need be late. Says so if not.
    pub fn had_the_machine(&self) -> bool {
        let taken = self.machine.taken_by_others();
        if taken > TAKEN_BY_OTHERS {
            // Not eprintln: the test harness would keep it to itself.
            let _ = writeln!(std::io::stderr(), "not judged: others had {:.0} % of the machine", 100.0 * taken);
        }
        taken <= TAKEN_BY_OTHERS
    }

    /// Asserts that the last session of a camera holds each car once that passed until then, and no other car; unless others
    /// had so much of the machine that there were too few looks.
    pub fn assert_counted(&self, site: &Site, camera: &str, until: i64) {
        let degraded = site.number(&format!(
            "SELECT coalesce(100 * sum(degraded_us) / sum(observed_us), 0) FROM coverage
             JOIN session ON session.id = session_id JOIN camera ON camera.id = camera_id WHERE name = '{camera}'"
        ));
        let taken = self.machine.taken_by_others();
        if degraded > DEGRADED && taken > TAKEN_BY_OTHERS {
            // Not eprintln: the test harness would keep it to itself.
            let why = format!("others had {:.0} % of the machine, {degraded} % had too few looks", 100.0 * taken);
            let _ = writeln!(std::io::stderr(), "counts of {camera} are not judged: {why}");
            return;
        }
        let began = "SELECT max(began_at_us) FROM session JOIN camera ON camera.id = camera_id";
        let from = site.number(&format!("{began} WHERE name = '{camera}'")) + EDGE_US;
        let until = until - EDGE_US;
        let mut rows = site.crossings(camera);
        for (at, direction) in self.passed(from, until) {
            let fits = |row: &Crossing| row.1 == direction && (row.0 - at).abs() <= TOLERANCE_US;
            let nearest = (0..rows.len()).filter(|&i| fits(&rows[i])).min_by_key(|&i| (rows[i].0 - at).abs());
            match nearest {
                Some(index) => rows.remove(index),
                None => panic!("missed: {direction} at {at}; left of the rows: {rows:?}; {}", site.observed(camera)),
            };
        }
        // What remains must have happened at the edges.
        let within = |row: &Crossing| (from + TOLERANCE_US..until - TOLERANCE_US).contains(&row.0);
        let extra: Vec<_> = rows.iter().filter(|row| within(row)).collect();
        assert!(extra.is_empty(), "never happened, or counted twice: {extra:?}; {}", site.observed(camera));
    }
}

/// Microseconds since 1970.
pub fn now() -> i64 {
    lotcount::time::UtcMicros::now().0
}
