//! What a row says of a passage: a track that could have been, in the words of real ones.

use super::chance::Chance;
use crate::count::{Direction, Explanation, Reason, Rule};
use crate::geometry::{Point, Segment, Vector};
use crate::track::PathPoint;

/// The picture that tracks are drawn on, pixels.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
/// Looks at a vehicle a second.
const LOOKS_A_SECOND: f64 = 6.0;
/// One in so many is first seen beyond the line.
const BORN_BEYOND: f64 = 0.01;

pub struct Appearance {
    pub rule: Rule,
    /// Where along the line: 0 at A, 1 at B.
    pub place: f64,
    pub explanation: Explanation,
}

impl Appearance {
    /// Of a passage `seconds` after the session began. `seen`: how far it was followed beyond the line, sizes.
    pub fn draw(segment: Segment, direction: Direction, seconds: f64, seen: f64, chance: &mut Chance) -> Self {
        let rule = if chance.happens(BORN_BEYOND) { Rule::BornBeyond } else { Rule::BothSides };
        let place = rounded(chance.between(0.2, 0.8), 1e4);
        let segment = segment.scaled(WIDTH, HEIGHT);
        let along = segment.b - segment.a;
        let normal = along.turned_right() * (1.0 / along.length().max(1.0));
        let ahead = if direction == Direction::Entry { normal } else { normal * -1.0 };
        let met = segment.a + along * place;
        let (size, speed) = (chance.between(38.0, 95.0), chance.between(0.6, 2.6));
        let before = if rule == Rule::BornBeyond { -0.1 } else { chance.between(0.7, 2.6) };
        let drive = Drive { met, ahead, seconds, size, speed };
        let boxes = ((before + seen) / speed * LOOKS_A_SECOND).max(2.0) as u32;
        let steps = ((before + seen) / 0.45).clamp(2.0, 15.0) as u32;
        let step = |index: u32| -before + (before + seen) * f64::from(index) / f64::from(steps);
        let path: Vec<PathPoint> = (0..=steps).map(|index| drive.point(step(index), chance)).collect();
        let explanation = Explanation {
            before: rounded(before.max(0.0), 1e3),
            after: rounded(seen, 1e3),
            travelled: rounded((before + seen).max(0.0), 1e3),
            boxes,
            score_sum: rounded(f64::from(boxes) * chance.between(0.55, 0.92), 1e3),
            size: rounded(size, 1e1),
            speed: rounded(speed, 1e3),
            speed_across: rounded(if direction == Direction::Entry { speed } else { -speed }, 1e3),
            born: path[0],
            last: path[path.len() - 1],
            path,
        };
        Self { rule, place, explanation }
    }

    /// Of a passage that nearly counted, and why it did not.
    pub fn draw_near(segment: Segment, direction: Direction, seconds: f64, chance: &mut Chance) -> (Self, Reason) {
        let mut near = Self::draw(segment, direction, seconds, chance.between(0.05, 0.3), chance);
        let explanation = &near.explanation;
        let reason = match chance.index(3) {
            0 => Reason::TooLittleTravel { sizes: explanation.travelled },
            1 => Reason::TooLittleEvidence { boxes: explanation.boxes, score_sum: explanation.score_sum },
            _ => {
                near.place = rounded(1.0 + chance.between(0.05, 0.3), 1e4);
                Reason::BeyondEnd { pixels: rounded(chance.between(4.0, 60.0), 1e1) }
            }
        };
        (near, reason)
    }
}

/// A vehicle that goes straight over the line.
struct Drive {
    met: Point,
    ahead: Vector,
    /// When it met the line.
    seconds: f64,
    /// pixels
    size: f64,
    /// sizes a second
    speed: f64,
}

impl Drive {
    /// So many sizes beyond the line.
    fn point(&self, sizes: f64, chance: &mut Chance) -> PathPoint {
        let jitter = Vector::new(chance.between(-1.5, 1.5), chance.between(-1.5, 1.5));
        let place = self.met + self.ahead * (sizes * self.size) + jitter;
        let t = self.seconds + sizes / self.speed;
        PathPoint { t: rounded(t, 1e3), x: rounded(place.x, 1e1), y: rounded(place.y, 1e1) }
    }
}

/// To whole steps, of which one unit has `steps`.
fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}
