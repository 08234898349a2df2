//! What must hold for any traffic.

use lotcount::detect::Detection;
use proptest::prelude::*;

use crate::scene::{CAR_SIZE, LINE_Y, Looks, car, count, vehicle};

/// Sizes from the line at which vehicles appear and vanish: far enough that nobody could take them for born beyond it.
const FAR: f64 = 3.0;

/// A car at so many sizes below the line.
fn car_at(x: f64, offset: f64) -> Detection {
    car(x, LINE_Y + offset * CAR_SIZE)
}

/// Looks at a random rate from 3 to 30 a second, with boxes that scatter by up to 3 %.
fn any_looks() -> impl Strategy<Value = Looks> {
    (3.0..30.0f64, 0.0..1.0f64, 0.0..0.03f64, any::<u64>()).prop_map(|(rate, phase, noise, seed)| Looks {
        seconds: 0.0,
        rate,
        phase,
        noise,
        seed,
    })
}

/// Sizes a second: up to one size from look to look, as the documentation asks of a camera's rate.
fn speed_for(rate: f64, share: f64) -> f64 {
    0.3 + share * (rate.min(6.0) - 0.3)
}

/// Seconds between two boxes that the tracker bridges.
const LONGEST_UNSEEN: f64 = 1.2;
/// Sizes/s²: hard braking. A vehicle that stops from full speed at once is none.
const BRAKING: f64 = 3.0;

/// A drive through offsets from the line (sizes). It begins and ends at a steady speed and stops at every offset between.
struct Drive {
    legs: Vec<Leg>,
}

/// From one offset to another, speeding up and braking by [`BRAKING`].
struct Leg {
    from: f64,
    to: f64,
    /// Sizes/s at the beginning, at most, and at the end.
    speeds: [f64; 3],
}

impl Drive {
    fn new(offsets: &[f64], speed: f64) -> Self {
        let last = offsets.len() - 2;
        let leg = |(number, ends): (usize, &[f64])| {
            let length = (ends[1] - ends[0]).abs();
            let from_standing = (2.0 * BRAKING * length).sqrt();
            let entry = if number == 0 { speed.min(from_standing) } else { 0.0 };
            let exit = if number == last { speed.min(from_standing) } else { 0.0 };
            // What it can reach within the leg and still brake from.
            let longest = (BRAKING * length + (entry * entry + exit * exit) / 2.0).sqrt();
            Leg { from: ends[0], to: ends[1], speeds: [entry, speed.min(longest), exit] }
        };
        Self { legs: offsets.windows(2).enumerate().map(leg).collect() }
    }

    fn seconds(&self) -> f64 {
        self.legs.iter().map(Leg::seconds).sum()
    }

    /// `None` before the beginning and after the end.
    fn offset(&self, t: f64) -> Option<f64> {
        let mut left = t;
        for leg in &self.legs {
            if (0.0..=leg.seconds()).contains(&left) {
                return Some(leg.offset(left));
            }
            left -= leg.seconds();
        }
        None
    }
}

impl Leg {
    /// Seconds of speeding up, of going steadily, of braking.
    fn parts(&self) -> [f64; 3] {
        let [entry, top, exit] = self.speeds;
        let (up, down) = ((top - entry) / BRAKING, (top - exit) / BRAKING);
        let steady = (self.to - self.from).abs() - up * (entry + top) / 2.0 - down * (top + exit) / 2.0;
        [up, steady / top, down]
    }

    fn seconds(&self) -> f64 {
        self.parts().iter().sum()
    }

    fn offset(&self, t: f64) -> f64 {
        let [entry, top, _] = self.speeds;
        let [up, steady, down] = self.parts();
        let rising = t.min(up);
        let cruising = (t - up).clamp(0.0, steady.max(0.0));
        let braking = (t - up - steady).clamp(0.0, down);
        let gone =
            rising * (entry + BRAKING * rising / 2.0) + cruising * top + braking * (top - BRAKING * braking / 2.0);
        self.from + (self.to - self.from).signum() * gone
    }
}

proptest! {
    #[test]
    fn a_way_and_its_reverse_count_opposite_directions(
        looks in any_looks(),
        share in 0.0..1.0f64,
        stops in prop::collection::vec((2.0..4.0f64, any::<bool>()), 2..5),
        drift in -40.0..40.0f64,
    ) {
        let stops: Vec<f64> = stops.iter().map(|&(far, right)| if right { far } else { -far }).collect();
        let way = Drive::new(&stops, speed_for(looks.rate, share));
        let looks = Looks { seconds: way.seconds(), ..looks };
        let boxes = |t: f64| way.offset(t).map(|offset| car_at(300.0 + drift * t / way.seconds(), offset)).into_iter().collect();
        let (entries, exits) = count(looks, &boxes);
        let reversed = count(looks, &|t| boxes(way.seconds() - t));
        prop_assert_eq!(reversed, (exits, entries));
        let over = |right: bool| stops.windows(2).filter(|leg| leg[0] * leg[1] < 0.0 && (leg[1] > 0.0) == right).count();
        prop_assert_eq!((entries, exits), (over(true), over(false)));
    }

    #[test]
    fn jitter_below_the_hysteresis_gives_nothing(
        looks in any_looks(),
        jitter in prop::collection::vec(-0.15..0.15f64, 200),
        alternating in any::<bool>(),
    ) {
        let looks = Looks { seconds: 200.0 / looks.rate, noise: 0.0, phase: 0.0, ..looks };
        let boxes = |t: f64| {
            let number = (t * looks.rate).round() as usize;
            let offset = jitter[number.min(199)];
            let offset = if alternating { offset.abs() * if number.is_multiple_of(2) { 1.0 } else { -1.0 } } else { offset };
            vec![car_at(300.0, offset)]
        };
        prop_assert_eq!(count(looks, &boxes), (0, 0));
    }

    #[test]
    fn one_passage_is_one_count_at_any_rate(looks in any_looks(), share in 0.0..1.0f64, drift in -60.0..60.0f64) {
        let way = Drive::new(&[-FAR, FAR], speed_for(looks.rate, share));
        let looks = Looks { seconds: way.seconds(), ..looks };
        let boxes = |t: f64| way.offset(t).map(|offset| car_at(300.0 + drift * t / way.seconds(), offset)).into_iter().collect();
        prop_assert_eq!(count(looks, &boxes), (1, 0));
    }

    #[test]
    fn missing_boxes_do_not_change_the_count(
        looks in any_looks(),
        share in 0.0..1.0f64,
        gap_from in -2.5..1.0f64,
        gap_share in 0.0..1.0f64,
    ) {
        let speed = speed_for(looks.rate, share);
        let step = speed / looks.rate;
        // As many in a row as the tracker bridges; before and after them three boxes and half a second at least: from
        // less, with boxes that scatter, nobody knows where a fast vehicle is after a second.
        let seen = (3.0 * step).max(0.5 * speed);
        let missing = (gap_share * (LONGEST_UNSEEN * looks.rate - 1.0).floor()).round();
        let way = Drive::new(&[-FAR - seen, FAR + missing * step + seen], speed);
        let looks = Looks { seconds: way.seconds(), ..looks };
        let first_missing = (looks.rate * (FAR + seen + gap_from) / speed).ceil();
        let boxes = |t: f64| {
            let number = (t * looks.rate - looks.phase).round();
            let is_missing = number >= first_missing && number < first_missing + missing;
            way.offset(t).filter(|_| !is_missing).map(|offset| car_at(300.0, offset)).into_iter().collect()
        };
        prop_assert_eq!(count(looks, &boxes), (1, 0));
    }

    #[test]
    fn a_stop_on_the_line_does_not_change_the_count(
        looks in any_looks(),
        share in 0.0..1.0f64,
        at in -0.6..0.6f64,
        stands in 0.0..120.0f64,
    ) {
        let way = Drive::new(&[-FAR, at, FAR], speed_for(looks.rate, share));
        let looks = Looks { seconds: way.seconds() + stands, ..looks };
        let stop = way.legs[0].seconds();
        let boxes = |t: f64| {
            let t = if t < stop { t } else { (t - stands).max(stop) };
            way.offset(t).map(|offset| car_at(300.0, offset)).into_iter().collect()
        };
        prop_assert_eq!(count(looks, &boxes), (1, 0));
    }

    #[test]
    fn another_identity_on_the_line_does_not_change_the_count(
        looks in any_looks(),
        share in 0.0..1.0f64,
        jump in -25.0..25.0f64,
        grows in 1.0..1.4f64,
        at in -0.5..0.5f64,
    ) {
        let way = Drive::new(&[-FAR, FAR], speed_for(looks.rate, share));
        let looks = Looks { seconds: way.seconds(), ..looks };
        let boxes = |t: f64| {
            let seen = |offset: f64| {
                let y = LINE_Y + offset * CAR_SIZE;
                if offset > at { vehicle(300.0 + jump, y, 50.0 * grows, 45.0 * grows, 0.7) } else { car(300.0, y) }
            };
            way.offset(t).map(seen).into_iter().collect()
        };
        prop_assert_eq!(count(looks, &boxes), (1, 0));
    }

    #[test]
    fn a_u_turn_nets_zero(looks in any_looks(), share in 0.0..1.0f64, turn in -1.0..FAR) {
        let way = Drive::new(&[-FAR, turn, -FAR], speed_for(looks.rate, share));
        let looks = Looks { seconds: way.seconds(), ..looks };
        let boxes = |t: f64| way.offset(t).map(|offset| car_at(260.0 + 80.0 * t / way.seconds(), offset)).into_iter().collect();
        let (entries, exits) = count(looks, &boxes);
        prop_assert_eq!(entries, exits);
    }

    #[test]
    fn two_side_by_side_in_opposite_directions_count_one_each(
        looks in any_looks(),
        share in 0.0..1.0f64,
        apart in 1.1..3.0f64,
        later in -0.5..0.5f64,
    ) {
        let way = Drive::new(&[-FAR, FAR], speed_for(looks.rate, share));
        let looks = Looks { seconds: way.seconds() + 1.0, ..looks };
        let boxes = |t: f64| {
            let down = way.offset(t - 0.5).filter(|_| t >= 0.5).map(|offset| car_at(280.0, offset));
            let t = t - 0.5 - later;
            let up = way.offset(t).filter(|_| t >= 0.0).map(|offset| car_at(280.0 + apart * CAR_SIZE, -offset));
            down.into_iter().chain(up).collect()
        };
        prop_assert_eq!(count(looks, &boxes), (1, 1));
    }
}
