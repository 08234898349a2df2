//! YOLOX: one output `[1, cells, 5 + classes]` = offset of the centre from the cell's corner in strides, logarithm of
//! the size in strides, objectness and class scores, both as probabilities.

use super::grid::Grid;
use super::{Candidate, Output, centred, surest};

pub fn needed(grid: &Grid) -> String {
    format!("one [1, {}, 5 + classes]", grid.cells().len())
}

pub fn fits(grid: &Grid, shapes: &[Vec<usize>]) -> bool {
    matches!(shapes, [shape] if matches!(shape[..], [1, cells, columns] if cells == grid.cells().len() && columns > 5))
}

pub fn decode(grid: &Grid, outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
    let Output { shape, values } = outputs[0];
    let rows = values.chunks_exact(shape[2]).zip(grid.cells());
    found.extend(rows.filter(|(row, _)| row[4] >= threshold).filter_map(|(row, cell)| {
        let (class, score) = surest(row[5..].iter().copied());
        let score = row[4] * score;
        (score >= threshold).then(|| {
            let (x, y) = (cell.x + row[0] * cell.stride, cell.y + row[1] * cell.stride);
            let rect = centred(x, y, row[2].exp() * cell.stride, row[3].exp() * cell.stride);
            Candidate { rect, score, class }
        })
    }));
}
