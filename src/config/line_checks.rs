//! What makes a counting line useless, or suspicious.

use std::ops::Range;

use super::typed;
use crate::diagnostics::{At, Fault, Faults};
use crate::geometry::{Point, Segment};

/// A line must leave so much of the picture on each side: cars are to be seen there.
const EDGE: f64 = 0.05;
/// Shorter than this share of the picture a line spans no lane.
const SHORT: f64 = 0.05;

/// The segment, normalised 0..1, if both ends are on the picture and apart.
pub fn segment(line: &typed::Line, faults: &Faults) -> Option<Segment> {
    let (a, b) = (line.a.as_ref()?, line.b.as_ref()?);
    let inside = [("a", a), ("b", b)].map(|(key, end)| on_the_picture(key, end, faults));
    if inside != [true, true] {
        return None;
    }
    let segment = Segment::new(point(a), point(b));
    if segment.length() == 0.0 {
        faults.add(Fault::error(b.span.clone(), "`a` and `b` are the same place: a line needs a length"));
        return None;
    }
    warn(&segment, &b.span, faults);
    Some(segment)
}

fn point(end: &At<[f64; 2]>) -> Point {
    Point::new(end.value[0], end.value[1])
}

fn on_the_picture(key: &str, end: &At<[f64; 2]>, faults: &Faults) -> bool {
    let inside = end.value.iter().all(|coordinate| (0.0..=1.0).contains(coordinate));
    if !inside {
        let message = format!("`{key}` lies outside the picture");
        let hint =
            "places are given as shares of the picture: [0, 0] is its upper left corner, [1, 1] the lower right one";
        faults.add(Fault::error(end.span.clone(), message).hint(hint));
    }
    inside
}

fn warn(segment: &Segment, span: &Range<usize>, faults: &Faults) {
    let length = segment.length();
    if length < SHORT {
        faults.add(Fault::warning(
            span.clone(),
            format!("this line is very short: {:.1} % of the picture", 100.0 * length),
        ));
    }
    let middle = Point::new((segment.a.x + segment.b.x) / 2.0, (segment.a.y + segment.b.y) / 2.0);
    // Across the line, both ways: how far to the edge of the picture?
    let normal = [-(segment.b.y - segment.a.y) / length, (segment.b.x - segment.a.x) / length];
    let room = |sign: f64| {
        let to_edge = |place: f64, step: f64| match step {
            step if step > 1e-9 => (1.0 - place) / step,
            step if step < -1e-9 => -place / step,
            _ => f64::INFINITY,
        };
        to_edge(middle.x, sign * normal[0]).min(to_edge(middle.y, sign * normal[1]))
    };
    if room(1.0).min(room(-1.0)) < EDGE {
        let fault = Fault::warning(
            span.clone(),
            "this line is too near to the picture's edge: a car must be seen on both sides of it",
        );
        faults.add(fault.hint("move it to where cars are seen for a second on each side, or turn the camera"));
    }
}
