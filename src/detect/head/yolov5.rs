//! YOLOv5: one output `[1, N, 5 + classes]` = centre and size in input pixels, objectness and class scores, both as
//! probabilities.

use super::{Candidate, Output, centred, surest};

pub fn fits(shapes: &[Vec<usize>]) -> bool {
    matches!(shapes, [shape] if matches!(shape[..], [1, _, columns] if columns > 5))
}

pub fn decode(outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
    let Output { shape, values } = outputs[0];
    let sure = values.chunks_exact(shape[2]).filter(|row| row[4] >= threshold);
    found.extend(sure.filter_map(|row| {
        let (class, score) = surest(row[5..].iter().copied());
        let score = row[4] * score;
        let rect = centred(row[0], row[1], row[2], row[3]);
        (score >= threshold).then_some(Candidate { rect, score, class })
    }));
}
