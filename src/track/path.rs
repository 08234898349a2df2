//! Where a track has been, in a handful of points.

use serde::Serialize;

use crate::geometry::Point;

/// Points kept at most.
const CAPACITY: usize = 16;
/// Sizes between two kept points of a young track.
const FIRST_SPACING: f64 = 0.25;

/// A place at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PathPoint {
    /// Seconds since the session's first frame.
    pub t: f64,
    /// Pixels.
    pub x: f64,
    /// Pixels.
    pub y: f64,
}

impl PathPoint {
    pub fn new(t: f64, place: Point) -> Self {
        Self { t, x: place.x, y: place.y }
    }

    pub fn place(&self) -> Point {
        Point::new(self.x, self.y)
    }
}

/// A summary of the way: at most 16 points, spread over the distance gone (not over time: a vehicle that waits for an
/// hour would fill it with one place). The first point always stays.
#[derive(Clone, Debug)]
pub struct Path {
    points: Vec<PathPoint>,
    /// Pixels.
    spacing: f64,
}

impl Path {
    /// A way that begins at `start`, of a vehicle that is `size` pixels large there.
    pub fn new(start: PathPoint, size: f64) -> Self {
        Self { points: vec![start], spacing: FIRST_SPACING * size }
    }

    /// Goes on to `point`, which is kept when it is far enough from the last kept one.
    pub fn extend(&mut self, point: PathPoint) {
        let far_enough = self.points.last().is_none_or(|last| (point.place() - last.place()).length() >= self.spacing);
        if !far_enough {
            return;
        }
        if self.points.len() == CAPACITY {
            self.spacing *= 2.0;
            let mut keep = false;
            self.points.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.points.push(point);
    }

    /// The kept points, oldest first.
    pub fn points(&self) -> &[PathPoint] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(t: f64, x: f64) -> PathPoint {
        PathPoint::new(t, Point::new(x, 0.0))
    }

    #[test]
    fn a_long_way_stays_bounded_keeps_its_start_and_its_order() {
        let mut path = Path::new(at(0.0, 0.0), 40.0);
        for step in 1..10_000 {
            path.extend(at(f64::from(step), f64::from(step) * 7.0));
        }
        let points = path.points();
        assert!((CAPACITY / 2..=CAPACITY).contains(&points.len()), "{} points", points.len());
        assert_eq!(points[0], at(0.0, 0.0));
        assert!(points.windows(2).all(|pair| pair[0].t < pair[1].t));
        assert!(points[points.len() - 1].t > 8_000.0, "the end is missing: {points:?}");
    }

    #[test]
    fn waiting_adds_nothing() {
        let mut path = Path::new(at(0.0, 0.0), 40.0);
        for step in 1..1000 {
            path.extend(at(f64::from(step), f64::from(step % 3)));
        }
        assert_eq!(path.points().len(), 1);
    }
}
