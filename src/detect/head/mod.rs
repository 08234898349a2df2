//! What a net says, as boxes: one file for each way in which nets say it.
//!
//! Every head first looks at the scores and decodes only the cells that are sure enough: of thousands of cells a handful.

mod gfl;
mod grid;
mod lotcount;
mod softmax;
mod ssd;
mod yolov5;
mod yolov8;
mod yolox;

use super::npy;
use super::sidecar::HeadKind;
use crate::geometry::Rect;

/// One output of a net.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    pub shape: &'a [usize],
    /// In C order.
    pub values: &'a [f32],
}

/// A box before suppression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Pixels of the net's input.
    pub rect: Rect,
    pub score: f32,
    /// The net's own number for what it is.
    pub class: usize,
}

/// Reads the output of one net.
#[derive(Debug)]
pub enum Head {
    Lotcount,
    Yolox(grid::Grid),
    Yolov5,
    Yolov8Full,
    Yolov8Cut { grid: grid::Grid, bins: usize },
    Gfl { levels: Vec<grid::Grid>, bins: usize },
    Ssd(ssd::Priors),
}

/// Why a head cannot read a net.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    #[error("its outputs are {found}, and the head `{head}` needs {needed}")]
    Shape { head: &'static str, needed: String, found: String },
    #[error("its class map names class {named}, and the net has the classes 0 to {last}")]
    Class { named: usize, last: usize },
    #[error("its priors cannot be read")]
    Npy(#[from] npy::NpyError),
    #[error("its priors have the shape {0:?}, and [1, 2, 4 x boxes] is needed: boxes, then variances")]
    Priors(Vec<usize>),
}

impl Head {
    /// `priors` is what the file of that name holds; only `ssd` has one.
    pub fn new(kind: &HeadKind, width: usize, height: usize, priors: Option<&[u8]>) -> Result<Self, HeadError> {
        let grid = |strides: &[usize], offset| grid::Grid::new(width, height, strides, offset);
        Ok(match kind {
            HeadKind::Lotcount => Head::Lotcount,
            HeadKind::Yolox { strides } => Head::Yolox(grid(strides, 0.0)),
            HeadKind::Yolov5 => Head::Yolov5,
            HeadKind::Yolov8 { bins: None, .. } => Head::Yolov8Full,
            HeadKind::Yolov8 { strides, bins: Some(bins) } => Head::Yolov8Cut { grid: grid(strides, 0.5), bins: *bins },
            HeadKind::Gfl { strides, bins } => {
                Head::Gfl { levels: strides.iter().map(|&stride| grid(&[stride], 0.5)).collect(), bins: *bins }
            }
            HeadKind::Ssd { .. } => Head::Ssd(ssd::Priors::parse(priors.unwrap_or_default(), width, height)?),
        })
    }

    /// Whether the net's outputs have the shapes that this head reads; asked once, when the net is loaded.
    pub fn check(&self, shapes: &[Vec<usize>]) -> Result<(), HeadError> {
        let (head, needed, fits) = match self {
            Head::Lotcount => ("lotcount", "one [1, N, 5]".to_owned(), lotcount::fits(shapes)),
            Head::Yolox(grid) => ("yolox", yolox::needed(grid), yolox::fits(grid, shapes)),
            Head::Yolov5 => ("yolov5", "one [1, N, 5 + classes]".to_owned(), yolov5::fits(shapes)),
            Head::Yolov8Full => ("yolov8", "one [1, 4 + classes, N]".to_owned(), yolov8::full_fits(shapes)),
            Head::Yolov8Cut { grid, bins } => {
                ("yolov8", yolov8::needed(grid, *bins), yolov8::cut_fits(grid, *bins, shapes))
            }
            Head::Gfl { levels, bins } => ("gfl", gfl::needed(levels, *bins), gfl::fits(levels, *bins, shapes)),
            Head::Ssd(priors) => ("ssd", priors.needed(), priors.fits(shapes)),
        };
        if fits {
            return Ok(());
        }
        let found: Vec<String> = shapes.iter().map(|shape| format!("{shape:?}")).collect();
        Err(HeadError::Shape { head, needed, found: found.join(", ") })
    }

    /// How many classes a net with outputs of these shapes tells apart; the shapes have passed [`check`](Self::check).
    pub fn classes(&self, shapes: &[Vec<usize>]) -> usize {
        match self {
            Head::Lotcount => 1,
            Head::Yolox(_) | Head::Yolov5 => shapes[0][2] - 5,
            Head::Yolov8Full => shapes[0][1] - 4,
            Head::Yolov8Cut { bins, .. } => shapes[0][1] - 4 * bins,
            Head::Gfl { .. } => shapes[0][2],
            Head::Ssd(_) => shapes[1][2],
        }
    }

    /// Appends the boxes with a score of at least `threshold` (0..1), in no particular order. The outputs must have the
    /// shapes that [`check`](Self::check) saw.
    pub fn decode(&self, outputs: &[Output], threshold: f32, found: &mut Vec<Candidate>) {
        match self {
            Head::Lotcount => lotcount::decode(outputs, threshold, found),
            Head::Yolox(grid) => yolox::decode(grid, outputs, threshold, found),
            Head::Yolov5 => yolov5::decode(outputs, threshold, found),
            Head::Yolov8Full => yolov8::decode_full(outputs, threshold, found),
            Head::Yolov8Cut { grid, bins } => yolov8::decode_cut(grid, *bins, outputs, threshold, found),
            Head::Gfl { levels, bins } => gfl::decode(levels, *bins, outputs, threshold, found),
            Head::Ssd(priors) => priors.decode(outputs, threshold, found),
        }
    }
}

/// A box from its centre and size.
fn centred(x: f32, y: f32, width: f32, height: f32) -> Rect {
    let (x, y, half_width, half_height) = (f64::from(x), f64::from(y), f64::from(width) / 2.0, f64::from(height) / 2.0);
    Rect::new(x - half_width, y - half_height, x + half_width, y + half_height)
}

/// The surest class and its score; of equals the first.
fn surest(scores: impl Iterator<Item = f32>) -> (usize, f32) {
    scores
        .enumerate()
        .fold((0, f32::NEG_INFINITY), |best, (class, score)| if score > best.1 { (class, score) } else { best })
}

/// ln(p / (1 - p)): comparing logits with it spares a sigmoid for every cell.
fn logit(probability: f32) -> f32 {
    (probability / (1.0 - probability)).ln()
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests;
