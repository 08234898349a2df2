//! A minute of traffic over counting lines, from detections to crossings. `cargo bench --bench crossing`

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use lotcount::count::{CameraCounter, CountingLine};
use lotcount::detect::{Class, Detection};
use lotcount::geometry::{Point, Rect, Segment};
use lotcount::track::{Anchor, Thresholds};

const RATE: f64 = 6.0;
const LOOKS: usize = 360;

fn main() {
    divan::main();
}

fn counter(lines: usize) -> CameraCounter {
    let line = |number: usize| {
        let y = 90.0 + 180.0 * number as f64 / lines as f64;
        let segment = Segment::new(Point::new(0.0, y), Point::new(640.0, y));
        CountingLine { name: format!("line {number}"), segment }
    };
    let lines: Vec<_> = (0..lines).map(line).collect();
    CameraCounter::new(640.0, 360.0, &lines, Thresholds::default(), Anchor::BottomCentre)
}

/// Cars that come down `lanes` lanes, one every three seconds in each.
fn traffic(lanes: usize) -> Vec<Vec<Detection>> {
    let car = |lane: usize, t: f64| {
        let (x, y) = (30.0 + 60.0 * lane as f64, 120.0 * (t + 0.3 * lane as f64).rem_euclid(3.0));
        Detection { rect: Rect::new(x, y, x + 50.0, y + 45.0), score: 0.7, class: Class::Car }
    };
    (0..LOOKS).map(|look| (0..lanes).map(|lane| car(lane, look as f64 / RATE)).collect()).collect()
}

#[divan::bench(args = [1, 10], consts = [1, 4])]
fn minute<const LINES: usize>(bencher: Bencher, lanes: usize) {
    let looks = traffic(lanes);
    bencher.counter(ItemsCount::new(LOOKS)).with_inputs(|| counter(LINES)).bench_values(|mut counter| {
        let crossings: usize =
            looks.iter().enumerate().map(|(number, seen)| counter.look(number as f64 / RATE, seen).len()).sum();
        black_box(crossings);
        counter
    });
}
