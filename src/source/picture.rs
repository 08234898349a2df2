//! A decoded picture, free of any library's types, so that everything after the source builds without one.

use std::sync::Arc;

use crate::time::UtcMicros;

/// Pixels in memory: rows from the top, three bytes a pixel in the order blue, green, red (as OpenCV decodes), no
/// padding between rows.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    bgr: Vec<u8>,
}

impl Picture {
    /// # Panics
    /// when `bgr` is not `width * height * 3` bytes long.
    pub fn new(width: usize, height: usize, bgr: Vec<u8>) -> Self {
        assert_eq!(bgr.len(), width * height * 3, "a {width}x{height} picture has three bytes a pixel");
        Self { width, height, bgr }
    }

    pub fn filled(width: usize, height: usize, bgr: [u8; 3]) -> Self {
        Self { width, height, bgr: bgr.repeat(width * height) }
    }

    /// A picture to be filled, of no size yet.
    pub fn empty() -> Self {
        Self { width: 0, height: 0, bgr: Vec::new() }
    }

    /// Gives it another size, in the memory that it has if that is enough; what it shows is unspecified.
    pub fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.bgr.resize(width * height * 3, 0);
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// `[height, width, 3]`, blue green red.
    pub fn bgr(&self) -> &[u8] {
        &self.bgr
    }

    pub fn bgr_mut(&mut self) -> &mut [u8] {
        &mut self.bgr
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// A picture and when it was taken.
#[derive(Clone, Debug)]
pub struct Frame {
    pub at: UtcMicros,
    pub picture: Arc<Picture>,
}
