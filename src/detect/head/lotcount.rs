//! Our own single-class nets: one output `[1, N, 5]` = x1, y1, x2, y2 in input pixels, score.

use super::{Candidate, Output};
use crate::geometry::Rect;

pub fn fits(shapes: &[Vec<usize>]) -> bool {
    matches!(shapes, [shape] if matches!(shape[..], [1, _, 5]))
}

pub fn decode(outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
    let sure = outputs[0].values.chunks_exact(5).filter(|row| row[4] >= threshold);
    found.extend(sure.map(|row| {
        let [x1, y1, x2, y2] = [row[0], row[1], row[2], row[3]].map(f64::from);
        Candidate { rect: Rect::new(x1, y1, x2, y2), score: row[4], class: 0 }
    }));
}
