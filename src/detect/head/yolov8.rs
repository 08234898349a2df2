//! YOLOv8, v9, v11 and v12 without their suppression.
//!
//! A full export says `[1, 4 + classes, N]`: centre and size in input pixels, class probabilities, channel by channel.
//! Its softmax over distance bins is slow in tract, so nets are better cut before it. Then there is one output
//! `[1, 4 x bins + classes, N]`, or one `[1, 4 x bins + classes, rows, columns]` for each stride: logits of the distance
//! from the cell's centre to left, top, right and bottom in strides, then logits of the classes.

use super::grid::{Cell, Grid};
use super::softmax::expected_bin;
use super::{Candidate, Output, centred, logit, sigmoid};
use crate::geometry::Rect;

pub fn full_fits(shapes: &[Vec<usize>]) -> bool {
    matches!(shapes, [shape] if matches!(shape[..], [1, channels, _] if channels > 4))
}

pub fn decode_full(outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
    let Output { shape, values } = outputs[0];
    let cells = shape[2];
    let (boxes, scores) = values.split_at(4 * cells);
    found.extend(hits(scores, cells, threshold).into_iter().map(|Hit { cell, class, score }| {
        let at = |channel: usize| boxes[channel * cells + cell];
        Candidate { rect: centred(at(0), at(1), at(2), at(3)), score, class }
    }));
}

/// A cell that is sure enough, and its surest class.
struct Hit {
    cell: usize,
    class: usize,
    score: f32,
}

/// Goes through the scores channel by channel, as they lie in memory: cell by cell would be several times slower.
fn hits(scores: &[f32], cells: usize, threshold: f32) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (class, channel) in scores.chunks_exact(cells).enumerate() {
        let sure = channel.iter().enumerate().filter(|&(_, &score)| score >= threshold);
        hits.extend(sure.map(|(cell, &score)| Hit { cell, class, score }));
    }
    hits.sort_by(|a, b| a.cell.cmp(&b.cell).then(b.score.total_cmp(&a.score)));
    hits.dedup_by_key(|hit| hit.cell);
    hits
}

pub fn needed(grid: &Grid, bins: usize) -> String {
    let levels: Vec<String> =
        grid.levels().iter().map(|(columns, rows)| format!("[1, {} + classes, {rows}, {columns}]", 4 * bins)).collect();
    format!("one [1, {} + classes, {}], or {}", 4 * bins, grid.cells().len(), levels.join(", "))
}

pub fn cut_fits(grid: &Grid, bins: usize, shapes: &[Vec<usize>]) -> bool {
    // All levels have the same classes.
    let all = shapes.first().and_then(|shape| shape.get(1)).copied().unwrap_or(0);
    let enough = |channels: usize| channels > 4 * bins && channels == all;
    let together = matches!(shapes, [shape]
        if matches!(shape[..], [1, channels, cells] if enough(channels) && cells == grid.cells().len()));
    let by_level = shapes.len() == grid.levels().len()
        && shapes.iter().zip(grid.levels()).all(|(shape, &(columns, rows))| {
            matches!(shape[..], [1, channels, r, c] if enough(channels) && (c, r) == (columns, rows))
        });
    together || by_level
}

pub fn decode_cut(grid: &Grid, bins: usize, outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
    let mut cells = grid.cells();
    for output in outputs {
        let (level, rest) = cells.split_at(output.shape[2..].iter().product());
        cells = rest;
        let (distances, scores) = output.values.split_at(4 * bins * level.len());
        for hit in hits(scores, level.len(), logit(threshold)) {
            let rect = round_cell(&level[hit.cell], |side| {
                let first = side * bins * level.len() + hit.cell;
                expected_bin(distances[first..].iter().step_by(level.len()).take(bins).copied())
            });
            found.push(Candidate { rect, score: sigmoid(hit.score), class: hit.class });
        }
    }
}

/// The box whose left, top, right and bottom edges (`side` 0 to 3) lie so many strides from the cell's centre.
fn round_cell(cell: &Cell, distance: impl Fn(usize) -> f32) -> Rect {
    let [left, top, right, bottom] = [0, 1, 2, 3].map(|side| f64::from(distance(side) * cell.stride));
    let (x, y) = (f64::from(cell.x), f64::from(cell.y));
    Rect::new(x - left, y - top, x + right, y + bottom)
}
