//! Invented traffic over one counting line, and what the counter makes of it.

use std::f64::consts::TAU;

use lotcount::count::{CameraCounter, CountingLine, Direction, Outcome};
use lotcount::detect::{Class, Detection};
use lotcount::geometry::{Point, Rect, Segment};
use lotcount::track::{Anchor, Thresholds};

pub const WIDTH: f64 = 640.0;
pub const HEIGHT: f64 = 360.0;
/// The line lies across the middle of the picture; downwards is an entry.
pub const LINE_Y: f64 = 180.0;
/// Of a usual car, sqrt(50 · 45) pixels.
pub const CAR_SIZE: f64 = 47.434;

/// What stands where at a time.
pub type Boxes<'a> = dyn Fn(f64) -> Vec<Detection> + 'a;

pub fn line() -> CountingLine {
    let segment = Segment::new(Point::new(0.1 * WIDTH, LINE_Y), Point::new(0.9 * WIDTH, LINE_Y));
    CountingLine { name: "l".into(), segment }
}

pub fn counter() -> CameraCounter {
    CameraCounter::new(WIDTH, HEIGHT, &[line()], Thresholds::default(), Anchor::BottomCentre)
}

/// A usual car whose bottom centre is at (x, y).
pub fn car(x: f64, y: f64) -> Detection {
    vehicle(x, y, 50.0, 45.0, 0.7)
}

pub fn vehicle(x: f64, y: f64, width: f64, height: f64, score: f64) -> Detection {
    let rect = Rect::new(x - width / 2.0, y - height, x + width / 2.0, y);
    Detection { rect, score, class: Class::Car }
}

/// When a scene is looked at, and how much its boxes scatter.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    pub seconds: f64,
    /// Looks a second.
    pub rate: f64,
    /// Of the first look, as a share of the interval.
    pub phase: f64,
    /// Standard deviation of each edge, as a share of the box's side.
    pub noise: f64,
    pub seed: u64,
}

/// All that came of a scene, the end of the stream included.
pub fn outcomes(looks: Looks, boxes: &Boxes) -> Vec<Outcome> {
    let mut dice = Dice::new(looks.seed);
    let mut counter = counter();
    let mut outcomes = Vec::new();
    let mut number = 0.0;
    loop {
        let t = (looks.phase + number) / looks.rate;
        if t >= looks.seconds {
            break;
        }
        let seen: Vec<Detection> = boxes(t).iter().map(|truth| dice.scatter(truth, looks.noise)).collect();
        outcomes.extend(counter.look(t, &seen));
        number += 1.0;
    }
    outcomes.extend(counter.finish());
    outcomes
}

/// (entries, exits) of a scene.
pub fn count(looks: Looks, boxes: &Boxes) -> (usize, usize) {
    totals(&outcomes(looks, boxes))
}

/// (entries, exits).
pub fn totals(outcomes: &[Outcome]) -> (usize, usize) {
    let crossings = outcomes.iter().filter_map(Outcome::crossing);
    let (entries, exits): (Vec<_>, Vec<_>) = crossings.partition(|crossing| crossing.direction == Direction::Entry);
    (entries.len(), exits.len())
}

/// Random numbers that are the same on every machine (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0..1
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, standard deviation 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
    }

    /// The box with each edge moved by `noise` of the side's length.
    pub fn scatter(&mut self, truth: &Detection, noise: f64) -> Detection {
        let (width, height) = (truth.rect.width() * noise, truth.rect.height() * noise);
        let Rect { x1, y1, x2, y2 } = truth.rect;
        let rect = Rect::new(
            x1 + width * self.normal(),
            y1 + height * self.normal(),
            x2 + width * self.normal(),
            y2 + height * self.normal(),
        );
        Detection { rect, ..*truth }
    }
}
