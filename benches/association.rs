//! One look of the tracker: predict, assign, update. `cargo bench --bench association`

use divan::{Bencher, black_box};
use lotcount::detect::{Class, Detection};
use lotcount::geometry::Rect;
use lotcount::track::{Anchor, Thresholds, Tracker};

fn main() {
    divan::main();
}

/// So many vehicles on a grid, all going to the right, at `t` seconds.
fn traffic(vehicles: usize, t: f64) -> Vec<Detection> {
    (0..vehicles)
        .map(|number| {
            let (column, row) = ((number % 10) as f64, (number / 10) as f64);
            let (x, y) = (60.0 * column + 30.0 * t, 60.0 + 60.0 * row);
            Detection { rect: Rect::new(x, y, x + 40.0, y + 30.0), score: 0.7, class: Class::Car }
        })
        .collect()
}

#[divan::bench(args = [1, 10, 50, 200])]
fn look(bencher: Bencher, vehicles: usize) {
    let mut tracker = Tracker::new(640.0, 1280.0, Thresholds::default(), Anchor::BottomCentre);
    for number in 0..6 {
        let t = f64::from(number) / 6.0;
        tracker.look(t, &traffic(vehicles, t));
    }
    assert_eq!(tracker.tracks().len(), vehicles);
    let next = traffic(vehicles, 1.0);
    bencher.with_inputs(|| tracker.clone()).bench_values(|mut tracker| {
        black_box(tracker.look(1.0, &next));
        tracker
    });
}
