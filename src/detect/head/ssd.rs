//! SSD: offsets from prior boxes `[1, N, 4]` and class scores `[1, N, classes]` as probabilities. The priors come in a
//! .npy file `[1, 2, 4 x N]`: corners as shares of the input, then variances.
//!
//! One of the classes is the background, wherever the net has put it; so every class that is sure enough is told, and
//! the sidecar's class map leaves the background out.

use super::{Candidate, HeadError, Output};
use crate::detect::npy;
use crate::geometry::Rect;

#[derive(Debug)]
pub struct Priors {
    boxes: Vec<Prior>,
    width: f32,
    height: f32,
}

/// Centre, size and the variances of both, as shares of the input.
#[derive(Debug)]
struct Prior {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    variance: [f32; 4],
}

impl Priors {
    pub fn parse(file: &[u8], width: usize, height: usize) -> Result<Self, HeadError> {
        let npy::Array { shape, values } = npy::parse(file)?;
        let [1, 2, length] = shape[..] else { return Err(HeadError::Priors(shape)) };
        if length == 0 || length % 4 != 0 {
            return Err(HeadError::Priors(shape));
        }
        let (corners, variances) = values.split_at(length);
        let boxes = corners.chunks_exact(4).zip(variances.chunks_exact(4)).map(|(corner, variance)| Prior {
            x: (corner[0] + corner[2]) / 2.0,
            y: (corner[1] + corner[3]) / 2.0,
            width: corner[2] - corner[0],
            height: corner[3] - corner[1],
            variance: [variance[0], variance[1], variance[2], variance[3]],
        });
        Ok(Self { boxes: boxes.collect(), width: width as f32, height: height as f32 })
    }

    pub fn needed(&self) -> String {
        format!("[1, {0}, 4] and [1, {0}, classes]", self.boxes.len())
    }

    pub fn fits(&self, shapes: &[Vec<usize>]) -> bool {
        let n = self.boxes.len();
        matches!(shapes, [offsets, scores] if offsets[..] == [1, n, 4]
            && matches!(scores[..], [1, rows, classes] if rows == n && classes > 0))
    }

    pub fn decode(&self, outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
        let (offsets, scores) = (outputs[0], outputs[1]);
        let rows = scores.values.chunks_exact(scores.shape[2]).zip(offsets.values.chunks_exact(4));
        found.extend(self.boxes.iter().zip(rows).flat_map(|(prior, (row, offset))| {
            let sure = row.iter().enumerate().filter(move |&(_, &score)| score >= threshold);
            sure.map(move |(class, &score)| Candidate { rect: self.place(prior, offset), score, class })
        }));
    }

    fn place(&self, prior: &Prior, offset: &[f32]) -> Rect {
        let v = &prior.variance;
        let x = offset[0] * v[0] * prior.width + prior.x;
        let y = offset[1] * v[1] * prior.height + prior.y;
        let (width, height) = ((offset[2] * v[2]).exp() * prior.width, (offset[3] * v[3]).exp() * prior.height);
        super::centred(x * self.width, y * self.height, width * self.width, height * self.height)
    }
}
