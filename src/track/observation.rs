//! One box as the tracker sees it.

use super::{Anchor, Thresholds};
use crate::detect::{Class, Detection};
use crate::geometry::{Point, Rect};

/// Boxes with a score below are weak: the detector saw something, its place counts less.
const WEAK_SCORE: f64 = 0.25;
/// How many times wider a weak box scatters than a good one.
const WEAK_SPREAD: f64 = 1.5;
/// Pixels. No side is taken as shorter, so that the logarithm of a degenerate box stays finite.
const SHORTEST_SIDE: f64 = 1.0;

/// A detection in the terms of a track's state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation {
    pub rect: Rect,
    pub anchor: Point,
    /// ln of the size sqrt(width · height) in pixels.
    pub ln_size: f64,
    /// ln of width / height.
    pub ln_aspect: f64,
    pub score: f64,
    pub class: Class,
}

impl Observation {
    pub fn new(detection: &Detection, anchor: Anchor) -> Self {
        let Detection { rect, score, class } = *detection;
        let ln_width = rect.width().max(SHORTEST_SIDE).ln();
        let ln_height = rect.height().max(SHORTEST_SIDE).ln();
        Self {
            rect,
            anchor: anchor.of(&rect),
            ln_size: (ln_width + ln_height) / 2.0,
            ln_aspect: ln_width - ln_height,
            score,
            class,
        }
    }

    /// The boxes of one look that may be tracked, surest first: vehicles, with finite numbers, not below the drop
    /// threshold.
    pub fn of_look(detections: &[Detection], thresholds: &Thresholds, anchor: Anchor) -> Vec<Self> {
        let mut observations: Vec<_> = detections
            .iter()
            .filter(|detection| detection.class.is_counted() && is_finite(detection))
            .filter(|detection| detection.score >= thresholds.drop)
            .map(|detection| Self::new(detection, anchor))
            .collect();
        // Stable, so that equal scores keep the detector's order and the same input gives the same counts.
        observations.sort_by(|a, b| b.score.total_cmp(&a.score));
        observations
    }

    /// By how much this box's measured place and size scatter more than a good box's.
    pub fn spread(&self) -> f64 {
        if self.score >= WEAK_SCORE { 1.0 } else { WEAK_SPREAD }
    }
}

fn is_finite(detection: &Detection) -> bool {
    let Rect { x1, y1, x2, y2 } = detection.rect;
    [x1, y1, x2, y2, detection.score].into_iter().all(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(score: f64, class: Class) -> Detection {
        Detection { rect: Rect::new(0.0, 0.0, 40.0, 10.0), score, class }
    }

    #[test]
    fn only_sure_enough_vehicles_with_finite_numbers_are_kept_surest_first() {
        let broken = Detection { rect: Rect::new(f64::NAN, 0.0, 1.0, 1.0), ..detection(0.9, Class::Car) };
        let detections = [
            detection(0.3, Class::Car),
            detection(0.09, Class::Car),
            detection(0.8, Class::Person),
            broken,
            detection(f64::NAN, Class::Car),
            detection(0.7, Class::Truck),
        ];
        let kept = Observation::of_look(&detections, &Thresholds::default(), Anchor::BottomCentre);
        let scores: Vec<f64> = kept.iter().map(|observation| observation.score).collect();
        assert_eq!(scores, [0.7, 0.3]);
    }

    #[test]
    fn size_and_aspect_are_logarithms_and_survive_an_empty_box() {
        let observation = Observation::new(&detection(0.5, Class::Car), Anchor::BottomCentre);
        assert!((observation.ln_size.exp() - 20.0).abs() < 1e-9);
        assert!((observation.ln_aspect.exp() - 4.0).abs() < 1e-9);
        let empty = Detection { rect: Rect::default(), ..detection(0.5, Class::Car) };
        assert_eq!(Observation::new(&empty, Anchor::Centre).ln_size, 0.0);
    }
}
