//! The vehicles near the counting lines: which they are, and whether two looks saw the same of them.

use super::motion_gate::NEAR;
use super::{Detection, PixelRegion};
use crate::geometry::{Rect, Segment};

/// A box this close to the region's edge (pixels) may show a part of a vehicle only.
const EDGE: f64 = 2.0;
/// Boxes that overlap so much show the same vehicle. Intersection over union.
const SAME: f64 = 0.5;

/// The lines of a camera and the region that it looks at, in pixels of the picture.
#[derive(Debug)]
pub struct NearLines {
    lines: Vec<Segment>,
    region: PixelRegion,
    /// Boxes of at least this score count.
    sure: f64,
}

impl NearLines {
    pub fn new(lines: Vec<Segment>, region: PixelRegion, sure: f64) -> Self {
        Self { lines, region, sure }
    }

    /// Boxes of vehicles that were surely seen, whole, and stand near a line.
    pub fn vehicles<'a>(&'a self, seen: &'a [Detection]) -> impl Iterator<Item = &'a Rect> {
        let region = Rect::from(self.region);
        let reach = NEAR * region.width().max(region.height());
        let is_whole = move |rect: &Rect| {
            rect.x1 > region.x1 + EDGE
                && rect.y1 > region.y1 + EDGE
                && rect.x2 < region.x2 - EDGE
                && rect.y2 < region.y2 - EDGE
        };
        let is_near = move |rect: &Rect| self.lines.iter().any(|line| line.distance(rect.bottom_centre()) <= reach);
        seen.iter()
            .filter(|one| one.score >= self.sure)
            .map(|one| &one.rect)
            .filter(move |rect| is_whole(rect) && is_near(rect))
    }

    /// Those of them that stand where something moves; `None`: that is not known.
    pub fn moving<'a>(&'a self, seen: &'a [Detection], moving: Option<PixelRegion>) -> impl Iterator<Item = &'a Rect> {
        let moving = moving.map(Rect::from);
        self.vehicles(seen).filter(move |rect| moving.is_some_and(|moving| moving.overlap(rect) > 0.0))
    }

    /// How many of these vehicles the one look shows and the other does not: two of them are not one box.
    pub fn missed(&self, one: &[Detection], other: &[Detection]) -> usize {
        let mut left: Vec<&Rect> = other.iter().map(|other| &other.rect).collect();
        let is_missed = |vehicle: &&Rect| {
            let overlaps = left.iter().enumerate().map(|(index, rect)| (index, rect.iou(vehicle)));
            let found = overlaps.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|&(_, overlap)| overlap >= SAME);
            found.map(|(index, _)| left.swap_remove(index)).is_none()
        };
        self.vehicles(one).filter(is_missed).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use crate::geometry::Point;

    fn near() -> NearLines {
        let line = Segment::new(Point::new(300.0, 200.0), Point::new(400.0, 200.0));
        NearLines::new(vec![line], PixelRegion { x: 100, y: 50, width: 500, height: 300 }, 0.5)
    }

    fn car(x: f64, y: f64, width: f64, score: f64) -> Detection {
        Detection { rect: Rect::new(x, y, x + width, y + 40.0), score, class: Class::Car }
    }

    #[test]
    fn a_table_of_boxes() {
        let near = near();
        for (seen, counts, why) in [
            (car(320.0, 150.0, 60.0, 0.9), true, "on the line"),
            (car(320.0, 150.0, 60.0, 0.4), false, "not sure"),
            (car(320.0, 65.0, 60.0, 0.9), true, "95 pixels above it, of 100"),
            (car(320.0, 55.0, 60.0, 0.9), false, "105 above"),
            (car(320.0, 309.0, 60.0, 0.9), false, "cut by the region's edge"),
            (car(101.0, 150.0, 300.0, 0.9), false, "cut at the left"),
            (car(510.0, 150.0, 60.0, 0.9), false, "beside it"),
        ] {
            assert_eq!(near.vehicles(&[seen]).count(), usize::from(counts), "{why}");
        }
    }

    #[test]
    fn who_stands_where_nothing_moves_does_not_drive() {
        let near = near();
        let seen = [car(300.0, 150.0, 60.0, 0.9), car(370.0, 150.0, 60.0, 0.9)];
        let area = |x| Some(PixelRegion { x, y: 140, width: 25, height: 20 });
        let moving = |area| near.moving(&seen, area).map(|rect| rect.x1).collect::<Vec<_>>();
        assert_eq!(moving(area(350)), [300.0, 370.0]);
        assert_eq!(moving(area(400)), [370.0]);
        assert!(moving(area(500)).is_empty());
        assert!(moving(None).is_empty());
    }

    #[test]
    fn a_vehicle_is_missed_when_no_box_of_its_own_is_there() {
        let near = near();
        let (left, right) = (car(300.0, 150.0, 60.0, 0.9), car(340.0, 150.0, 60.0, 0.9));
        let unsure = |car: Detection| Detection { score: 0.25, ..car };
        let both = car(300.0, 150.0, 100.0, 0.9);
        for (other, missed) in [
            (vec![], 2),
            (vec![left, right], 0),
            (vec![unsure(right), unsure(left)], 0),
            (vec![both], 1),
            (vec![car(330.0, 150.0, 60.0, 0.9)], 1),
            (vec![left, right, car(500.0, 60.0, 60.0, 0.9)], 0),
        ] {
            assert_eq!(near.missed(&[left, right], &other), missed, "{other:?}");
        }
        assert_eq!(near.missed(&[], &[left]), 0, "what only the other sees is not missed");
    }
}
