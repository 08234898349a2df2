//! Points, boxes and segments on a picture. x grows to the right, y grows DOWN, as pictures do.

use std::ops::{Add, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A place on a picture, in pixels unless the owner says otherwise (the configuration's are normalised, 0..1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

impl Sub for Point {
    type Output = Vector;
    /// The way from `from` to this point.
    fn sub(self, from: Point) -> Vector {
        Vector::new(self.x - from.x, self.y - from.y)
    }
}

impl Add<Vector> for Point {
    type Output = Point;
    fn add(self, way: Vector) -> Point {
        Point::new(self.x + way.x, self.y + way.y)
    }
}

/// A way on a picture (pixels), a direction (length 1) or a velocity (pixels a second).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vector {
    pub x: f64,
    pub y: f64,
}

impl Vector {
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    pub fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    pub fn dot(self, other: Vector) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Turned by a quarter to the right hand as seen on the picture (y grows down).
    pub fn turned_right(self) -> Vector {
        Vector::new(-self.y, self.x)
    }
}

impl Add for Vector {
    type Output = Vector;
    fn add(self, other: Vector) -> Vector {
        Vector::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Vector {
    type Output = Vector;
    fn sub(self, other: Vector) -> Vector {
        Vector::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f64> for Vector {
    type Output = Vector;
    fn mul(self, factor: f64) -> Vector {
        Vector::new(self.x * factor, self.y * factor)
    }
}

/// An upright box: left, top, right, bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x1: f64,
    pub y1: f64,
    pub x2: f64,
    pub y2: f64,
}

impl Rect {
    pub const fn new(x1: f64, y1: f64, x2: f64, y2: f64) -> Self {
        Self { x1, y1, x2, y2 }
    }

    pub fn width(&self) -> f64 {
        self.x2 - self.x1
    }

    pub fn height(&self) -> f64 {
        self.y2 - self.y1
    }

    pub fn area(&self) -> f64 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    pub fn centre(&self) -> Point {
        Point::new((self.x1 + self.x2) / 2.0, (self.y1 + self.y2) / 2.0)
    }

    /// Where a vehicle stands on the ground when the camera looks from the side or obliquely.
    pub fn bottom_centre(&self) -> Point {
        Point::new((self.x1 + self.x2) / 2.0, self.y2)
    }

    /// Area of the part that both boxes cover.
    pub fn overlap(&self, other: &Rect) -> f64 {
        let width = self.x2.min(other.x2) - self.x1.max(other.x1);
        let height = self.y2.min(other.y2) - self.y1.max(other.y1);
        width.max(0.0) * height.max(0.0)
    }

    /// The same box on a picture of `width` x `height` pixels, when this one is normalised (0..1).
    pub fn scaled(&self, width: f64, height: f64) -> Self {
        Self::new(self.x1 * width, self.y1 * height, self.x2 * width, self.y2 * height)
    }

    /// Intersection over union, 0..1; 0 for two empty boxes.
    pub fn iou(&self, other: &Rect) -> f64 {
        let overlap = self.overlap(other);
        let union = self.area() + other.area() - overlap;
        if union > 0.0 { overlap / union } else { 0.0 }
    }
}

/// A directed segment from `a` to `b`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub a: Point,
    pub b: Point,
}

impl Segment {
    pub const fn new(a: Point, b: Point) -> Self {
        Self { a, b }
    }

    pub fn length(&self) -> f64 {
        (self.b.x - self.a.x).hypot(self.b.y - self.a.y)
    }

    /// From `place` to the nearest point of the segment.
    pub fn distance(&self, place: Point) -> f64 {
        let (way, from_a) = (self.b - self.a, place - self.a);
        let squared = way.dot(way);
        let share = if squared > 0.0 { (from_a.dot(way) / squared).clamp(0.0, 1.0) } else { 0.0 };
        (from_a - way * share).length()
    }

    /// The same segment on a picture of `width` x `height` pixels, when this one is normalised (0..1).
    pub fn scaled(&self, width: f64, height: f64) -> Self {
        Self::new(Point::new(self.a.x * width, self.a.y * height), Point::new(self.b.x * width, self.b.y * height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_to_the_nearest_point_of_a_segment() {
        let segment = Segment::new(Point::new(0.0, 0.0), Point::new(10.0, 0.0));
        for (x, y, distance) in [(5.0, 3.0, 3.0), (-3.0, 4.0, 5.0), (13.0, -4.0, 5.0), (10.0, 0.0, 0.0)] {
            assert_eq!(segment.distance(Point::new(x, y)), distance, "{x}, {y}");
        }
        let point = Segment::new(Point::new(1.0, 1.0), Point::new(1.0, 1.0));
        assert_eq!(point.distance(Point::new(4.0, 5.0)), 5.0);
    }

    #[test]
    fn overlap_of_boxes_that_only_touch_is_nothing() {
        let a = Rect::new(0.0, 0.0, 2.0, 2.0);
        assert_eq!(a.overlap(&Rect::new(2.0, 0.0, 4.0, 2.0)), 0.0);
        assert_eq!(a.iou(&Rect::new(1.0, 0.0, 3.0, 2.0)), 1.0 / 3.0);
        assert_eq!(a.iou(&a), 1.0);
        assert_eq!(Rect::default().iou(&Rect::default()), 0.0);
    }
}
