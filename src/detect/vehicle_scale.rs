//! How small the net may see the vehicles of a camera: learnt from the vehicles that drive near its counting lines.
//!
//! A net needs so many pixels of its input for a vehicle, not of the picture: where cars pass close to the camera a smaller
//! input shows them well enough. That is believed once vehicles have been measured, and is then compared with what the full
//! scale shows at some of the looks. All depends on the looks in their order alone, so a recording gives the same rows at any
//! speed of the machine.

use std::collections::VecDeque;

/// Pixels of the net's input that the shorter side of the smallest vehicles has to have. Of the vehicles near the lines of 12
/// recordings that lotcount-s surely found at 416x256 it found at smaller inputs, by the pixels they had there: 0.38 from 6 to 8,
/// 0.80 to 10, 0.94 to 12, 0.97 to 16, 0.99 to 24, 0.995 from there on. Where the smallest had 21 a crossing was lost.
const LEAST: f64 = 24.0;
/// While only one or two vehicles have been measured the next may be smaller by so much.
const MARGIN: f64 = 1.25;
/// So many boxes of vehicles are needed to believe anything, and so many to believe it without that margin. A passage has about eight.
const FEW: u32 = 4;
const MANY: u32 = 12;
/// Boxes that are remembered, of which so many are smaller than what is called the smallest: now and then a net calls
/// something else a vehicle.
const REMEMBERED: usize = 64;
const FALSE_ONES: usize = 20;
/// Looks at such vehicles from one comparison with the full scale to the next: at first, and when it has agreed for long.
const FIRST: u32 = 4;
const LAST: u32 = 32;
/// So many looks that show none count as one: most show an empty road, some a vehicle that was missed.
const EMPTY: u32 = 4;
/// Each time that a scale turns out to be too small, twice as much is needed to believe the next time; not more often than this.
const DOUBTS: u32 = 8;

/// Of one camera. Levels count from 0, the full scale, to ever smaller ones.
#[derive(Debug)]
pub struct VehicleScale {
    /// Pixels of the net's input for one of the picture, by level.
    scales: Vec<f64>,
    level: usize,
    /// Shorter sides of the last boxes, pixels of the picture.
    sides: VecDeque<f64>,
    /// Boxes since the scale was too small, or since the beginning.
    boxes: u32,
    /// How often it was.
    doubts: u32,
    /// Looks at vehicles from one comparison to the next, and what was looked at since the last, in looks that show none.
    interval: u32,
    since: u32,
}

impl VehicleScale {
    /// Starts at the full scale, the first of `scales` and the largest.
    pub fn new(scales: Vec<f64>) -> Self {
        let sides = VecDeque::with_capacity(REMEMBERED);
        Self { scales, level: 0, sides, boxes: 0, doubts: 0, interval: FIRST, since: 0 }
    }

    pub fn level(&self) -> usize {
        self.level
    }

    /// The present scale as a share of the full one.
    pub fn share_of_full(&self) -> f64 {
        self.scales[self.level] / self.scales[0]
    }

    /// To be told of every look: how many vehicles it showed that drive near a line. Whether it is to be compared with one at the
    /// full scale.
    pub fn is_compared(&mut self, vehicles: usize) -> bool {
        self.since += if vehicles > 0 { EMPTY } else { 1 };
        let compared = self.level > 0 && self.since >= EMPTY * self.interval;
        if compared || self.level == 0 {
            self.since = 0;
        }
        compared
    }

    /// Takes in the shorter sides (pixels of the picture) of vehicles that were surely seen, whole, driving near a line.
    pub fn learn(&mut self, sides: impl Iterator<Item = f64>) {
        for side in sides {
            if self.sides.len() == REMEMBERED {
                self.sides.pop_front();
            }
            self.sides.push_back(side);
            self.boxes = self.boxes.saturating_add(1);
        }
        let Some(smallest) = self.smallest() else { return };
        let enough = self.lowest_with(smallest, 1.0);
        if enough < self.level {
            self.rise_to(enough);
        } else if self.boxes >= FEW << self.doubts {
            let margin = if self.boxes < MANY << self.doubts { MARGIN } else { 1.0 };
            let level = self.lowest_with(smallest, margin);
            if level > self.level {
                (self.level, self.interval, self.since) = (level, FIRST, 0);
            }
        }
    }

    /// At the full scale so many vehicles were surely seen near a line, and so many of them not at the present one. The longer
    /// the two have agreed, the more it takes to give the present scale up.
    pub fn compared(&mut self, vehicles: usize, missed: usize) {
        if missed > 0 {
            self.interval /= 4;
            if self.interval < FIRST {
                self.rise_to(self.level.saturating_sub(1));
            }
        } else if vehicles > 0 {
            self.interval = (2 * self.interval).min(LAST);
        }
    }

    fn rise_to(&mut self, level: usize) {
        (self.level, self.interval, self.since, self.boxes) = (level, FIRST, 0, 0);
        self.doubts = (self.doubts + 1).min(DOUBTS);
    }

    /// The shorter side of the smallest vehicles, pixels of the picture.
    fn smallest(&self) -> Option<f64> {
        let mut sides = [f64::INFINITY; REMEMBERED];
        let sides = &mut sides[..self.sides.len()];
        for (to, from) in sides.iter_mut().zip(&self.sides) {
            *to = *from;
        }
        sides.sort_unstable_by(f64::total_cmp);
        sides.get(sides.len() / FALSE_ONES).copied()
    }

    /// The smallest scale that shows a side as large as is needed.
    fn lowest_with(&self, side: f64, margin: f64) -> usize {
        self.scales.iter().rposition(|scale| side * scale >= margin * LEAST).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 416x256, 320x192, 256x160 and 160x96 for a picture of 640x360.
    fn scale() -> VehicleScale {
        VehicleScale::new(vec![0.65, 0.5, 0.4, 0.25])
    }

    fn learn(scale: &mut VehicleScale, side: f64, boxes: usize) {
        (0..boxes).for_each(|_| scale.learn(std::iter::once(side)));
    }

    /// Looks until so many comparisons were made; how many looks each took.
    fn compare(scale: &mut VehicleScale, times: usize, vehicles: usize, missed: usize) -> Vec<u32> {
        let looks = |scale: &mut VehicleScale| (1..=1000).find(|_| scale.is_compared(vehicles));
        (0..times)
            .map_while(|_| {
                let looks = looks(scale)?;
                scale.compared(vehicles, missed);
                Some(looks)
            })
            .collect()
    }

    #[test]
    fn the_scale_follows_the_size_of_the_vehicles() {
        for (side, after_few, after_many) in
            [(30.0, 0, 0), (47.0, 0, 0), (49.0, 0, 1), (61.0, 1, 2), (76.0, 2, 2), (97.0, 2, 3), (121.0, 3, 3)]
        {
            let mut scale = scale();
            learn(&mut scale, side, FEW as usize - 1);
            assert_eq!(scale.level(), 0, "{side}: too few to tell");
            learn(&mut scale, side, 1);
            assert_eq!(scale.level(), after_few, "{side}: one passage");
            learn(&mut scale, side, (MANY - FEW) as usize);
            assert_eq!(scale.level(), after_many, "{side}: several");
        }
    }

    #[test]
    fn who_sees_nothing_stays_at_the_full_scale() {
        let mut scale = scale();
        for _ in 0..1000 {
            assert!(!scale.is_compared(0), "there is nothing to compare");
            scale.learn(std::iter::empty());
        }
        assert_eq!(scale.level(), 0);
    }

    #[test]
    fn a_few_false_boxes_change_nothing_and_smaller_vehicles_do_at_once() {
        let mut scale = scale();
        learn(&mut scale, 130.0, REMEMBERED);
        assert_eq!(scale.level(), 3);
        learn(&mut scale, 10.0, REMEMBERED / FALSE_ONES);
        assert_eq!(scale.level(), 3);
        learn(&mut scale, 50.0, 1);
        assert_eq!(scale.level(), 1, "50 pixels are 25 at half size, and 20 at 0.4");
        // They are not forgotten before large ones were seen for longer than the first time.
        learn(&mut scale, 130.0, 2 * FEW as usize);
        assert_eq!(scale.level(), 1);
        learn(&mut scale, 130.0, REMEMBERED);
        assert_eq!(scale.level(), 3);
    }

    #[test]
    fn comparisons_become_rare_while_they_agree() {
        let mut scale = scale();
        learn(&mut scale, 130.0, MANY as usize);
        assert_eq!(compare(&mut scale, 3, 0, 0), [16, 16, 16], "an empty road proves nothing");
        assert_eq!(compare(&mut scale, 5, 2, 0), [4, 8, 16, 32, 32]);
        assert_eq!(compare(&mut scale, 1, 0, 0), [128]);
        assert_eq!((scale.level(), scale.share_of_full()), (3, 0.25 / 0.65));
    }

    #[test]
    fn what_the_full_scale_alone_sees_takes_the_scale_back_and_costs_trust() {
        let mut scale = scale();
        learn(&mut scale, 130.0, MANY as usize);
        compare(&mut scale, 1, 1, 1);
        assert_eq!(scale.level(), 2, "a new scale has to be right from the start");
        learn(&mut scale, 130.0, 2 * FEW as usize - 1);
        assert_eq!(scale.level(), 2);
        learn(&mut scale, 130.0, 1);
        assert_eq!(scale.level(), 3);
        // One that has proven itself may err once.
        compare(&mut scale, 3, 1, 0);
        compare(&mut scale, 1, 2, 1);
        assert_eq!(scale.level(), 3);
        assert_eq!(compare(&mut scale, 1, 2, 1), [8]);
        assert_eq!(scale.level(), 2);
        compare(&mut scale, 2, 1, 1);
        assert_eq!((scale.level(), scale.share_of_full()), (0, 1.0));
    }
}
