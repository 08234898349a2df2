//! The part of the region in which something moves, for a smaller net at the same scale; what stands outside it stays as it was.

use super::{Detection, PixelRegion};
use crate::geometry::Rect;

/// The motion grows by this share of the region's longer side each way: a vehicle has parts that look like the road.
const MARGIN: f64 = 0.06;
/// A box nearer than this to an edge of the part that is none of the region's may be cut, as a share of the part's side.
const EDGE: f64 = 0.015;
/// A box of which so much lies on one that stands half outside the part is a piece of that.
const PIECE: f64 = 0.5;

/// Which of `sizes` (pixels of the picture that a net sees, the cheapest first) shows all of `moving`, and where it is put: all
/// boxes that it touches lie wholly within, if that can be. `None`: none of them does.
pub fn part_for(
    moving: PixelRegion,
    before: &[Detection],
    region: PixelRegion,
    sizes: &[(usize, usize)],
) -> Option<(usize, PixelRegion)> {
    let whole = Rect::from(region);
    let margin = MARGIN * region.width.max(region.height) as f64;
    let moving = Rect::from(moving);
    let mut needed = Rect::new(moving.x1 - margin, moving.y1 - margin, moving.x2 + margin, moving.y2 + margin);
    // Each box may touch further ones.
    while let Some(touched) = before.iter().find(|one| touches(&one.rect, &needed) && !lies_in(&one.rect, &needed)) {
        needed = union(&needed, &touched.rect);
    }
    let needed =
        Rect::new(needed.x1.max(whole.x1), needed.y1.max(whole.y1), needed.x2.min(whole.x2), needed.y2.min(whole.y2));
    let (index, &(width, height)) = sizes.iter().enumerate().find(|&(_, &(width, height))| {
        width as f64 >= needed.width()
            && height as f64 >= needed.height()
            && width * height < region.width * region.height
    })?;
    let (width, height) = (width.min(region.width), height.min(region.height));
    // In the middle, as far as the region allows.
    let place = |from: f64, to: f64, length: usize, start: usize, whole: usize| {
        let centred = (from + to - length as f64) / 2.0;
        (centred.round().max(start as f64) as usize).min(start + whole - length)
    };
    let x = place(needed.x1, needed.x2, width, region.x, region.width);
    let y = place(needed.y1, needed.y2, height, region.y, region.height);
    Some((index, PixelRegion { x, y, width, height }))
}

/// What is to be seen in the region, when a net has seen `now` in the part and all else is as `before`. `None` when something is
/// cut by the part's edge: only a look at the whole region can tell.
pub fn merge(
    part: PixelRegion,
    region: PixelRegion,
    before: &[Detection],
    mut now: Vec<Detection>,
) -> Option<Vec<Detection>> {
    let seen = Rect::from(part);
    let kept: Vec<_> = before.iter().filter(|one| !lies_in(&one.rect, &seen)).copied().collect();
    now.retain(|one| kept.iter().all(|standing| standing.rect.overlap(&one.rect) < PIECE * one.rect.area()));
    if now.iter().any(|one| is_cut(&one.rect, &seen, &Rect::from(region))) {
        return None;
    }
    now.extend(kept);
    Some(now)
}

/// At an edge of the part that is none of the region's.
fn is_cut(one: &Rect, part: &Rect, region: &Rect) -> bool {
    let (across, down) = (EDGE * part.width(), EDGE * part.height());
    (one.x1 < part.x1 + across && part.x1 > region.x1)
        || (one.y1 < part.y1 + down && part.y1 > region.y1)
        || (one.x2 > part.x2 - across && part.x2 < region.x2)
        || (one.y2 > part.y2 - down && part.y2 < region.y2)
}

fn touches(one: &Rect, other: &Rect) -> bool {
    one.overlap(other) > 0.0
}

fn lies_in(one: &Rect, other: &Rect) -> bool {
    one.x1 >= other.x1 && one.y1 >= other.y1 && one.x2 <= other.x2 && one.y2 <= other.y2
}

fn union(one: &Rect, other: &Rect) -> Rect {
    Rect::new(one.x1.min(other.x1), one.y1.min(other.y1), one.x2.max(other.x2), one.y2.max(other.y2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;

    const REGION: PixelRegion = PixelRegion { x: 0, y: 0, width: 640, height: 360 };
    /// What nets of 160x96, 256x160 and 320x192 see at the scale at which one of 416x256 sees the region.
    const SIZES: [(usize, usize); 3] = [(246, 147), (393, 246), (492, 295)];

    fn car(x: f64, y: f64, width: f64, height: f64) -> Detection {
        Detection { rect: Rect::new(x, y, x + width, y + height), score: 0.9, class: Class::Car }
    }

    fn moving(x: usize, y: usize, width: usize, height: usize) -> PixelRegion {
        PixelRegion { x, y, width, height }
    }

    #[test]
    fn the_smallest_net_that_shows_what_moves_is_put_round_it() {
        for (moving, before, expected) in [
            (moving(300, 150, 60, 40), vec![], Some((0, PixelRegion { x: 207, y: 97, width: 246, height: 147 }))),
            // In the corner it stays within the region.
            (moving(0, 0, 60, 40), vec![], Some((0, PixelRegion { x: 0, y: 0, width: 246, height: 147 }))),
            // A car that it touches has to be seen whole.
            (
                moving(300, 150, 60, 40),
                vec![car(350.0, 140.0, 200.0, 60.0)],
                Some((1, PixelRegion { x: 209, y: 47, width: 393, height: 246 })),
            ),
            // ... one further off has not.
            (
                moving(300, 150, 60, 40),
                vec![car(500.0, 20.0, 100.0, 60.0)],
                Some((0, PixelRegion { x: 207, y: 97, width: 246, height: 147 })),
            ),
            (moving(20, 20, 600, 40), vec![], None),
        ] {
            assert_eq!(part_for(moving, &before, REGION, &SIZES), expected, "{moving}");
        }
    }

    #[test]
    fn what_lies_outside_stays_and_what_lies_within_is_new() {
        let part = PixelRegion { x: 200, y: 100, width: 246, height: 147 };
        let outside = car(500.0, 20.0, 100.0, 60.0);
        let half_outside = car(400.0, 150.0, 100.0, 60.0);
        let before = [outside, half_outside, car(250.0, 150.0, 60.0, 40.0)];
        let piece_of_half = car(402.0, 152.0, 40.0, 55.0);
        let seen = merge(part, REGION, &before, vec![car(262.0, 152.0, 60.0, 40.0), piece_of_half]);
        assert_eq!(seen, Some(vec![car(262.0, 152.0, 60.0, 40.0), outside, half_outside]));
    }

    #[test]
    fn a_car_at_an_inner_edge_of_the_part_calls_for_a_whole_look() {
        let part = PixelRegion { x: 0, y: 0, width: 246, height: 147 };
        let at_right = car(200.0, 50.0, 45.0, 30.0);
        assert_eq!(merge(part, REGION, &[], vec![at_right]), None);
        // The region's own edge cuts it for every net.
        let at_left = car(0.0, 0.0, 45.0, 30.0);
        assert_eq!(merge(part, REGION, &[], vec![at_left]), Some(vec![at_left]));
    }
}
