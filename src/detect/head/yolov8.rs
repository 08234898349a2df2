//! YOLOv8, v9, v11 and v12 without their suppression.
//!
//! A full export says `[1, 4 + classes, N]`: centre and size in input pixels, class probabilities, channel by channel.
//! Its softmax over distance bins is slow in tract, so nets are better cut before it. Then there is one output
//! `[1, 4 x bins + classes, N]`, or one `[1, 4 x bins + classes, rows, columns]` for each stride: logits of the distance
//! from the cell's centre to left, top, right and bottom in strides, then logits of the classes.

use super::grid::{Cell, Grid};
use super::softmax::expected_bin;
use super::{Candidate, Output, centred, logit, sigmoid, surest};
use crate::geometry::Rect;

pub fn full_fits(shapes: &[Vec<usize>]) -> bool {
    matches!(shapes, [shape] if matches!(shape[..], [1, channels, _] if channels > 4))
}

pub fn decode_full(outputs: &[Output], threshold: f32) -> Vec<Candidate> {
    let Output { shape, values } = outputs[0];
    let (channels, cells) = (shape[1], shape[2]);
    let at = |channel: usize, cell: usize| values[channel * cells + cell];
    (0..cells)
        .filter_map(|cell| {
            let (class, score) = surest((4..channels).map(|channel| at(channel, cell)));
            let rect = centred(at(0, cell), at(1, cell), at(2, cell), at(3, cell));
            (score >= threshold).then_some(Candidate { rect, score, class })
        })
        .collect()
}

pub fn needed(grid: &Grid, bins: usize) -> String {
    let levels: Vec<String> =
        grid.levels().iter().map(|(columns, rows)| format!("[1, {} + classes, {rows}, {columns}]", 4 * bins)).collect();
    format!("one [1, {} + classes, {}], or {}", 4 * bins, grid.cells().len(), levels.join(", "))
}

pub fn cut_fits(grid: &Grid, bins: usize, shapes: &[Vec<usize>]) -> bool {
    let enough = |channels: usize| channels > 4 * bins;
    let together = matches!(shapes, [shape]
        if matches!(shape[..], [1, channels, cells] if enough(channels) && cells == grid.cells().len()));
    let by_level = shapes.len() == grid.levels().len()
        && shapes.iter().zip(grid.levels()).all(|(shape, &(columns, rows))| {
            matches!(shape[..], [1, channels, r, c] if enough(channels) && (c, r) == (columns, rows))
        });
    together || by_level
}

pub fn decode_cut(grid: &Grid, bins: usize, outputs: &[Output], threshold: f32) -> Vec<Candidate> {
    let threshold = logit(threshold);
    let mut candidates = Vec::new();
    let mut first = 0;
    for output in outputs {
        let cells: usize = output.shape[2..].iter().product();
        let level = &grid.cells()[first..first + cells];
        let decoded = level
            .iter()
            .enumerate()
            .filter_map(|(index, cell)| decode_cell(output, bins, cells, index, cell, threshold));
        candidates.extend(decoded);
        first += cells;
    }
    candidates
}

fn decode_cell(
    output: &Output,
    bins: usize,
    cells: usize,
    index: usize,
    cell: &Cell,
    threshold: f32,
) -> Option<Candidate> {
    let at = |channel: usize| output.values[channel * cells + index];
    let (class, score) = surest((4 * bins..output.shape[1]).map(at));
    if score < threshold {
        return None;
    }
    let distance = |side: usize| f64::from(expected_bin((side * bins..(side + 1) * bins).map(at)) * cell.stride);
    let (x, y) = (f64::from(cell.x), f64::from(cell.y));
    let rect = Rect::new(x - distance(0), y - distance(1), x + distance(2), y + distance(3));
    Some(Candidate { rect, score: sigmoid(score), class })
}
