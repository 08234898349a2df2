//! A coarse grey picture of the region: the mean brightness of its square cells.

use super::area::Area;
use crate::detect::PixelRegion;
use crate::source::Picture;

/// How many cells the longer side of the region has, about. A vehicle that a net of 320 pixels can see is at least four of
/// them wide.
const CELLS: usize = 160;
/// A cell's mean is taken over so many of its rows: noise falls little with more, and reading them is what a glance costs.
const SAMPLED_ROWS: usize = 2;
/// Steps of a cell's value to one level of brightness (0..255).
pub const STEPS: i16 = 16;

#[derive(Debug)]
pub struct Grid {
    region: PixelRegion,
    /// of a cell, pixels
    side: usize,
    pub columns: usize,
    pub rows: usize,
    /// The sampled rows of one row of cells added up: byte by byte of the region.
    sums: Vec<u16>,
    /// Brightness by cell, in 1/[`STEPS`] of a level; row by row.
    pub values: Vec<i16>,
}

impl Grid {
    pub fn new(region: PixelRegion) -> Self {
        let side = region.width.max(region.height).div_ceil(CELLS).max(1);
        // What is left over at the right and at the bottom is less than a cell.
        let (columns, rows) = ((region.width / side).max(1), (region.height / side).max(1));
        let side = side.min(region.width).min(region.height);
        let (sums, values) = (vec![0; columns * side * 3], vec![0; columns * rows]);
        Self { region, side, columns, rows, sums, values }
    }

    /// Centre of a cell in pixels of the whole picture.
    pub fn centre(&self, column: usize, row: usize) -> (f64, f64) {
        let middle = |index: usize| (index as f64 + 0.5) * self.side as f64;
        (self.region.x as f64 + middle(column), self.region.y as f64 + middle(row))
    }

    /// The pixels of the whole picture under an area of tiles of `tile` x `tile` cells.
    pub fn pixels(&self, area: Area, tile: usize) -> PixelRegion {
        let span = |(first, last): (usize, usize), cells: usize| {
            (first * tile * self.side, ((last + 1) * tile).min(cells) * self.side)
        };
        let ((left, right), (top, bottom)) = (span(area.columns, self.columns), span(area.rows, self.rows));
        PixelRegion { x: self.region.x + left, y: self.region.y + top, width: right - left, height: bottom - top }
    }

    /// Takes in a picture in which the region lies.
    pub fn sample(&mut self, picture: &Picture) {
        let row_bytes = picture.width() * 3;
        let sampled = SAMPLED_ROWS.min(self.side);
        let cell_bytes = self.side * 3;
        let scale = f32::from(STEPS) / (sampled * cell_bytes) as f32;
        for (row, values) in self.values.chunks_exact_mut(self.columns).enumerate() {
            self.sums.fill(0);
            // No sum can overflow; checking each would forbid vector code.
            for sample in 0..sampled {
                let y = self.region.y + row * self.side + (2 * sample + 1) * self.side / (2 * sampled);
                let start = y * row_bytes + self.region.x * 3;
                let bytes = &picture.bgr()[start..start + self.sums.len()];
                for (sum, &byte) in self.sums.iter_mut().zip(bytes) {
                    *sum = sum.wrapping_add(u16::from(byte));
                }
            }
            // Sides of 640, 1280 and 1920 pixels: a length that is known is added up several times faster.
            match cell_bytes {
                12 => average::<12>(&self.sums, scale, values),
                24 => average::<24>(&self.sums, scale, values),
                36 => average::<36>(&self.sums, scale, values),
                _ => average_of(self.sums.chunks_exact(cell_bytes), scale, values),
            }
        }
    }
}

fn average<const BYTES: usize>(sums: &[u16], scale: f32, values: &mut [i16]) {
    average_of(sums.as_chunks::<BYTES>().0.iter().map(|cell| &cell[..]), scale, values);
}

/// The mean of each cell.
#[inline(always)]
fn average_of<'a>(cells: impl Iterator<Item = &'a [u16]>, scale: f32, values: &mut [i16]) {
    for (value, cell) in values.iter_mut().zip(cells) {
        let sum = cell.iter().fold(0u32, |total, &sum| total.wrapping_add(u32::from(sum)));
        *value = (sum as f32 * scale) as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_the_mean_of_its_pixels() {
        let mut picture = Picture::filled(640, 360, [10, 20, 60]);
        // The cell of column 3 and row 2 of a region that begins at (8, 4).
        for y in 12..16 {
            let start = (y * 640 + 20) * 3;
            picture.bgr_mut()[start..start + 12].fill(200);
        }
        let mut grid = Grid::new(PixelRegion { x: 8, y: 4, width: 632, height: 356 });
        grid.sample(&picture);
        assert_eq!((grid.columns, grid.rows), (158, 89));
        let bright: Vec<usize> = (0..grid.values.len()).filter(|&cell| grid.values[cell] != 30 * STEPS).collect();
        assert_eq!(bright, [2 * 158 + 3]);
        assert_eq!(grid.values[2 * 158 + 3], 200 * STEPS);
        assert_eq!(grid.centre(3, 2), (22.0, 14.0));
    }

    #[test]
    fn every_region_has_cells_within_it() {
        for (width, height) in [(1, 1), (1, 500), (500, 1), (3, 7), (161, 90), (1920, 1080)] {
            let mut grid = Grid::new(PixelRegion::whole(width, height));
            grid.sample(&Picture::filled(width, height, [255; 3]));
            assert!(grid.values.iter().all(|&value| value == 255 * STEPS), "{width}x{height}");
        }
    }
}
