//! Second boxes on one vehicle (cab and whole lorry) that the detector's suppression let through.

use super::Anchor;
use super::observation::Observation;

/// A box with more than this share of the smaller box's area covered by a surer box may be a duplicate …
const CONTAINED_SHARE: f64 = 0.85;
/// … when their bottoms are nearer than this share of the taller one's height. A car in front of a lorry is contained
/// too, but has its bottom lower, and stays.
const SAME_GROUND: f64 = 0.25;
/// Pixels². Keeps the share of an empty box finite.
const SMALLEST_AREA: f64 = 1e-9;

/// Keeps of each vehicle's boxes the surest; `observations` come surest first.
pub(super) fn drop_duplicates(observations: Vec<Observation>, anchor: Anchor) -> Vec<Observation> {
    let mut kept: Vec<Observation> = Vec::with_capacity(observations.len());
    for observation in observations {
        if !kept.iter().any(|surer| is_duplicate(&observation, surer, anchor)) {
            kept.push(observation);
        }
    }
    kept
}

fn is_duplicate(observation: &Observation, surer: &Observation, anchor: Anchor) -> bool {
    let (a, b) = (&observation.rect, &surer.rect);
    let smaller = (a.width() * a.height()).min(b.width() * b.height()).max(SMALLEST_AREA);
    if a.overlap(b) / smaller <= CONTAINED_SHARE {
        return false;
    }
    match anchor {
        Anchor::BottomCentre => (a.y2 - b.y2).abs() < SAME_GROUND * a.height().max(b.height()),
        // Seen from straight above nothing stands in front of anything.
        Anchor::Centre => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Class, Detection};
    use crate::geometry::Rect;

    fn kept(rects: &[Rect], anchor: Anchor) -> Vec<Rect> {
        let observations = rects
            .iter()
            .map(|&rect| Observation::new(&Detection { rect, score: 0.5, class: Class::Car }, anchor))
            .collect();
        drop_duplicates(observations, anchor).iter().map(|observation| observation.rect).collect()
    }

    #[test]
    fn the_cab_of_a_lorry_goes_and_the_car_before_it_stays() {
        let lorry = Rect::new(100.0, 100.0, 200.0, 260.0);
        let cab = Rect::new(110.0, 180.0, 190.0, 255.0);
        let car_behind_the_windscreen = Rect::new(110.0, 110.0, 190.0, 180.0);
        let car_beside = Rect::new(210.0, 180.0, 290.0, 255.0);
        let rects = [lorry, cab, car_behind_the_windscreen, car_beside];
        assert_eq!(kept(&rects, Anchor::BottomCentre), [lorry, car_behind_the_windscreen, car_beside]);
        assert_eq!(kept(&rects, Anchor::Centre), [lorry, car_beside]);
    }
}
