//! What went wrong in other counters.

use std::collections::HashSet;

use lotcount::count::{CameraCounter, CountingLine, Direction, Outcome, Rule};
use lotcount::detect::Detection;
use lotcount::geometry::{Point, Segment};
use lotcount::track::{Anchor, Thresholds};

use crate::scene::{CAR_SIZE, Dice, HEIGHT, LINE_Y, Looks, WIDTH, car, count, counter, outcomes, totals, vehicle};

const SIX_A_SECOND: Looks = Looks { seconds: 0.0, rate: 6.0, phase: 0.0, noise: 0.02, seed: 1 };

/// A car in the middle of the line's length, so many sizes below the line.
fn car_at(offset: f64) -> Detection {
    car(300.0, LINE_Y + offset * CAR_SIZE)
}

#[test]
fn a_car_that_waits_on_the_line_is_not_counted_again_and_again() {
    // An hour on the line, a third of the boxes missing, and every minute an outage of up to five seconds, so that track
    // after track begins and ends there.
    for place in [-0.1, 0.0, 0.1] {
        let mut dice = Dice::new(7);
        let mut counter = counter();
        let mut crossings = Vec::new();
        for number in 0..3600 * 6 {
            let t = f64::from(number) / 6.0;
            let is_out = t % 60.0 < (t / 60.0).floor() % 5.0;
            let seen = !is_out && dice.uniform() > 0.33;
            let boxes: Vec<_> = seen.then(|| dice.scatter(&car_at(place), 0.04)).into_iter().collect();
            crossings.extend(counter.look(t, &boxes));
        }
        assert!(counter.tracker().born_count() > 20, "the test is about tracks that break");
        assert_eq!(totals(&crossings), (0, 0), "{place} sizes beyond the line");
    }
}

#[test]
fn an_identity_that_changes_beside_the_line_does_not_count_again() {
    // Crosses, stops a fifth of its size beyond the line, is another track from then on, a little before the line, leaves.
    let boxes = |t: f64| -> Vec<Detection> {
        let offset = if t < 2.0 { -2.0 + 1.1 * t } else { 0.2 + (t - 12.0).max(0.0) * 1.1 };
        let y = LINE_Y + offset * CAR_SIZE;
        if t < 6.0 { vec![car(300.0, y)] } else { vec![vehicle(325.0, y - 0.25 * CAR_SIZE, 70.0, 40.0, 0.7)] }
    };
    let outcomes = outcomes(Looks { seconds: 16.0, noise: 0.0, ..SIX_A_SECOND }, &boxes);
    assert_eq!(totals(&outcomes), (1, 0));
    let mut counter = counter();
    for number in 0..96 {
        let t = f64::from(number) / 6.0;
        counter.look(t, &boxes(t));
    }
    assert_eq!(counter.tracker().born_count(), 2, "the test is about a track that breaks");
}

#[test]
fn a_track_that_is_seen_again_hands_nothing_over() {
    // One car waits before the line; in the only look that misses it, an oncoming one is first seen, beyond the line. The
    // first one leaves the picture, then the second one comes over.
    let boxes = |t: f64| -> Vec<Detection> {
        let is_missed = (t - 1.0).abs() < 0.05;
        let waiting = (t < 3.0 && !is_missed).then(|| car(300.0, LINE_Y - 0.35 * CAR_SIZE));
        let offset = 0.35 - 1.1 * (t - 6.0).max(0.0);
        let oncoming = (t > 0.95).then(|| car(325.0, LINE_Y + offset * CAR_SIZE));
        waiting.into_iter().chain(oncoming).collect()
    };
    assert_eq!(count(Looks { seconds: 10.0, noise: 0.0, ..SIX_A_SECOND }, &boxes), (0, 1));
}

#[test]
fn one_side_alone_is_no_crossing() {
    // Comes from one side as near as `nearest` (sizes beyond the line when negative) and goes back.
    for side in [1.0, -1.0] {
        for nearest in [1.0, 0.3, 0.05, -0.1] {
            let boxes = |t: f64| vec![car_at(side * (nearest + 1.2 * (t - 3.0).abs()))];
            assert_eq!(count(Looks { seconds: 6.0, ..SIX_A_SECOND }, &boxes), (0, 0), "{side} {nearest}");
        }
    }
}

#[test]
fn left_to_right_as_seen_along_the_line_is_an_entry() {
    let (left, right, top, bottom) = ((100.0, 200.0), (500.0, 200.0), (300.0, 60.0), (300.0, 340.0));
    let cases = [
        // line from A to B, way of the car
        (left, right, top, bottom, Direction::Entry),
        (left, right, bottom, top, Direction::Exit),
        (right, left, top, bottom, Direction::Exit),
        (right, left, bottom, top, Direction::Entry),
        (top, bottom, left, right, Direction::Exit),
        (top, bottom, right, left, Direction::Entry),
        (bottom, top, left, right, Direction::Entry),
        (bottom, top, right, left, Direction::Exit),
    ];
    for anchor in Anchor::ALL {
        for (a, b, from, to, want) in cases {
            let segment = Segment::new(Point::new(a.0, a.1), Point::new(b.0, b.1));
            let line = CountingLine { name: "l".into(), segment };
            let mut counter = CameraCounter::new(WIDTH, HEIGHT, &[line], Thresholds::default(), anchor);
            let mut crossings = Vec::new();
            for number in 0..=24 {
                let share = f64::from(number) / 24.0;
                let place = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
                crossings.extend(counter.look(f64::from(number) / 6.0, &[car(place.0, place.1)]));
            }
            let directions: Vec<_> = crossings.iter().filter_map(|o| o.crossing()).map(|c| c.direction).collect();
            assert_eq!(directions, [want], "line {a:?} -> {b:?}, car {from:?} -> {to:?}, {anchor}");
        }
    }
}

#[test]
fn the_time_of_a_crossing_comes_from_the_time_stamps() {
    // Frames are skipped and come unevenly; the car goes steadily and is on the line at 2.5 s.
    let mut counter = counter();
    let mut crossings = Vec::new();
    for t in [0.0, 0.3, 0.35, 0.8, 1.2, 1.3, 1.9, 2.0, 2.2, 2.9, 3.1, 3.2, 3.9] {
        crossings.extend(counter.look(t, &[car_at(1.3 * (t - 2.5))]));
    }
    let times: Vec<f64> = crossings.iter().filter_map(|o| o.crossing()).map(|c| c.seconds).collect();
    assert!(matches!(times[..], [t] if (t - 2.5).abs() < 0.02), "{times:?}");
}

#[test]
fn looks_out_of_order_are_ignored() {
    let mut counter = counter();
    let mut crossings = Vec::new();
    for number in 0..24 {
        let t = f64::from(number) / 6.0;
        crossings.extend(counter.look(t, &[car_at(1.3 * (t - 2.0))]));
        for late in [t, t - 0.1, 0.0, -5.0, f64::NAN] {
            crossings.extend(counter.look(late, &[car_at(3.0), car_at(-3.0)]));
        }
    }
    assert_eq!(totals(&crossings), (1, 0));
    assert_eq!(counter.tracker().born_count(), 1);
}

#[test]
fn every_vehicle_has_an_identity_of_its_own() {
    let boxes = |t: f64| -> Vec<Detection> {
        (0..9)
            .filter_map(|number| {
                let offset = 2.5 * (t - 1.2 * f64::from(number)) - 3.0;
                (-3.0..4.0).contains(&offset).then(|| car_at(offset))
            })
            .collect()
    };
    let outcomes = outcomes(Looks { seconds: 14.0, ..SIX_A_SECOND }, &boxes);
    assert_eq!(totals(&outcomes), (9, 0));
    let tracks: HashSet<u64> = outcomes.iter().filter_map(Outcome::crossing).map(|crossing| crossing.track).collect();
    assert_eq!(tracks.len(), 9);
}

#[test]
fn a_fast_car_first_seen_just_beyond_the_line_counts() {
    let boxes = |t: f64| {
        let offset = 3.0 * (t - 1.0);
        if offset > 0.5 { vec![car_at(offset)] } else { Vec::new() }
    };
    let outcomes = outcomes(Looks { seconds: 3.0, phase: 0.5, noise: 0.01, ..SIX_A_SECOND }, &boxes);
    let crossings: Vec<_> = outcomes.iter().filter_map(Outcome::crossing).collect();
    let [crossing] = crossings[..] else { panic!("{crossings:?}") };
    assert_eq!((crossing.rule, crossing.direction), (Rule::BornBeyond, Direction::Entry));
    assert!((crossing.seconds - 1.0).abs() < 0.1, "{crossing:?}");
}

#[test]
fn a_stalled_stream_joins_nothing_across_the_gap() {
    // Before the gap a car stands before the line, after it another one stands beyond it.
    let boxes = |t: f64| vec![car_at(if t < 3.0 { -0.5 } else { 0.5 })];
    let mut counter = counter();
    let mut outcomes = Vec::new();
    for number in (0..18).chain(26..60) {
        let t = f64::from(number) / 6.0;
        outcomes.extend(counter.look(t, &boxes(t)));
    }
    assert_eq!(totals(&outcomes), (0, 0));
    assert_eq!((counter.tracks().len(), counter.tracker().born_count()), (1, 2));
}
