//! A counting line and where things are, seen from it.

use crate::geometry::{Point, Segment, Vector};

/// A finite segment A->B on the picture that vehicles are counted at.
#[derive(Clone, Debug, PartialEq)]
pub struct CountingLine {
    pub name: String,
    /// Pixels of the whole picture. One without length is never crossed.
    pub segment: Segment,
}

/// The coordinates of one line: along it and across it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineFrame {
    start: Point,
    /// Pixels.
    pub length: f64,
    /// Unit vector from A to B.
    pub along: Vector,
    /// Unit vector to the right hand, where entries lead.
    pub normal: Vector,
}

impl LineFrame {
    pub fn new(segment: &Segment) -> Self {
        // A segment without length gets the frame of nothing: every offset is 0, so no side ever changes.
        let length = segment.length().max(f64::MIN_POSITIVE);
        let way = segment.b - segment.a;
        let along = Vector::new(way.x / length, way.y / length);
        Self { start: segment.a, length, along, normal: along.turned_right() }
    }

    /// Signed distance of a place from the line, pixels; positive on the right hand.
    pub fn offset(&self, place: Point) -> f64 {
        (place - self.start).dot(self.normal)
    }

    /// Where along the line a place is: 0 at A, 1 at B.
    pub fn position(&self, place: Point) -> f64 {
        (place - self.start).dot(self.along) / self.length
    }

    /// How far beyond the nearer end of the line a position along it is, pixels; 0 on the line.
    pub fn beyond_end(&self, position: f64) -> f64 {
        (-position).max(position - 1.0).max(0.0) * self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_hand_is_positive_whichever_way_the_line_points() {
        // From A to B, a place, and where it lies from there: + right hand, - left hand, y growing down.
        let cases = [
            ((0.0, 0.0), (10.0, 0.0), (5.0, 3.0), 3.0), // to the right: the right hand is below
            ((10.0, 0.0), (0.0, 0.0), (5.0, 3.0), -3.0), // to the left: it is above
            ((0.0, 0.0), (0.0, 10.0), (-3.0, 5.0), 3.0), // down: it is to the left
            ((0.0, 10.0), (0.0, 0.0), (-3.0, 5.0), -3.0), // up: it is to the right
        ];
        for ((ax, ay), (bx, by), (x, y), want) in cases {
            let frame = LineFrame::new(&Segment::new(Point::new(ax, ay), Point::new(bx, by)));
            assert_eq!(frame.offset(Point::new(x, y)), want, "{ax},{ay} -> {bx},{by}");
            assert_eq!(frame.position(Point::new(x, y)), 0.5);
        }
    }

    #[test]
    fn beyond_the_ends_is_measured_in_pixels() {
        let frame = LineFrame::new(&Segment::new(Point::new(0.0, 0.0), Point::new(200.0, 0.0)));
        for (position, want) in [(0.5, 0.0), (0.0, 0.0), (1.0, 0.0), (-0.1, 20.0), (1.5, 100.0)] {
            assert_eq!(frame.beyond_end(position), want);
        }
    }

    #[test]
    fn a_line_without_length_has_no_sides() {
        let frame = LineFrame::new(&Segment::new(Point::new(5.0, 5.0), Point::new(5.0, 5.0)));
        assert_eq!(frame.offset(Point::new(100.0, -100.0)), 0.0);
    }
}
