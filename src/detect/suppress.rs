//! Several boxes on one vehicle become one.

use super::Detection;

/// Greedy suppression, surest first: a box goes when a surer one overlaps it by more than `iou`. All vehicles compete
/// with each other (a lorry is often also a little bit of a bus); people and bicycles only among their own class, so
/// that a person before a car takes nothing from it. The result is sorted, surest first.
pub fn suppress(mut detections: Vec<Detection>, iou: f64) -> Vec<Detection> {
    detections.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for detection in detections {
        if !kept.iter().any(|surer| compete(surer, &detection) && surer.rect.iou(&detection.rect) > iou) {
            kept.push(detection);
        }
    }
    kept
}

fn compete(a: &Detection, b: &Detection) -> bool {
    a.class == b.class || (a.class.is_counted() && b.class.is_counted())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use crate::geometry::Rect;

    fn detection(x: f64, score: f64, class: Class) -> Detection {
        Detection { rect: Rect::new(x, 0.0, x + 10.0, 10.0), score, class }
    }

    #[test]
    fn the_best_box_stays_whatever_the_order() {
        let boxes = [detection(0.0, 0.3, Class::Car), detection(1.0, 0.9, Class::Car), detection(2.0, 0.5, Class::Car)];
        assert_eq!(suppress(boxes.to_vec(), 0.5), [boxes[1]]);
        assert_eq!(suppress(boxes.iter().rev().copied().collect(), 0.5), [boxes[1]]);
    }

    #[test]
    fn vehicles_compete_whatever_their_class_and_people_do_not() {
        let (car, truck) = (detection(0.0, 0.6, Class::Car), detection(1.0, 0.7, Class::Truck));
        let person = detection(0.0, 0.95, Class::Person);
        assert_eq!(suppress(vec![car, truck, person], 0.5), [person, truck]);
    }

    #[test]
    fn neighbours_stay() {
        let boxes = vec![detection(0.0, 0.9, Class::Car), detection(8.0, 0.8, Class::Car)];
        assert_eq!(suppress(boxes.clone(), 0.5), boxes);
    }
}
