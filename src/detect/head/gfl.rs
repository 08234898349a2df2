//! NanoDet and PicoDet (generalised focal loss): for each stride class scores as probabilities `[1, cells, classes]`, and
//! after all of these for each stride `[1, cells, 4 x bins]`: logits of the distance from the cell's centre to left, top,
//! right and bottom, in strides.

use super::grid::Grid;
use super::softmax::expected_bin;
use super::{Candidate, Output, surest};
use crate::geometry::Rect;

pub fn needed(levels: &[Grid], bins: usize) -> String {
    let cells: Vec<String> = levels.iter().map(|level| level.cells().len().to_string()).collect();
    let cells = cells.join(", ");
    format!("{0} of [1, N, classes] and {0} of [1, N, {1}], N in turn {cells}", levels.len(), 4 * bins)
}

pub fn fits(levels: &[Grid], bins: usize, shapes: &[Vec<usize>]) -> bool {
    let (scores, distances) = shapes.split_at(levels.len().min(shapes.len()));
    // All levels have the same classes.
    let all = shapes.first().and_then(|shape| shape.last()).copied().unwrap_or(0);
    all > 0
        && scores.len() == levels.len()
        && distances.len() == levels.len()
        && levels.iter().zip(scores).zip(distances).all(|((level, scores), distances)| {
            let cells = level.cells().len();
            matches!(scores[..], [1, n, classes] if n == cells && classes == all)
                && matches!(distances[..], [1, n, columns] if n == cells && columns == 4 * bins)
        })
}

pub fn decode(levels: &[Grid], bins: usize, outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
    let (scores, distances) = outputs.split_at(levels.len());
    for ((level, scores), distances) in levels.iter().zip(scores).zip(distances) {
        let rows = scores.values.chunks_exact(scores.shape[2]);
        for ((cell, row), distances) in level.cells().iter().zip(rows).zip(distances.values.chunks_exact(4 * bins)) {
            let (class, score) = surest(row.iter().copied());
            if score >= threshold {
                let distance = |side: usize| {
                    f64::from(expected_bin(distances[side * bins..(side + 1) * bins].iter().copied()) * cell.stride)
                };
                let (x, y) = (f64::from(cell.x), f64::from(cell.y));
                let rect = Rect::new(x - distance(0), y - distance(1), x + distance(2), y + distance(3));
                found.push(Candidate { rect, score, class });
            }
        }
    }
}
