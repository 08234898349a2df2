//! The cells of a net that predicts at fixed places.

/// Cells of all levels one after the other, each level row by row, as nets concatenate them.
#[derive(Clone, Debug)]
pub struct Grid {
    cells: Vec<Cell>,
    /// Columns and rows of each level.
    levels: Vec<(usize, usize)>,
}

/// The reference place of a cell and its size, pixels of the net's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub x: f32,
    pub y: f32,
    pub stride: f32,
}

impl Grid {
    /// `offset`: where in its cell the reference place lies, 0 for the corner, 0.5 for the centre.
    pub fn new(width: usize, height: usize, strides: &[usize], offset: f32) -> Self {
        let levels: Vec<_> = strides.iter().map(|&stride| (width.div_ceil(stride), height.div_ceil(stride))).collect();
        let mut cells = Vec::new();
        for (&stride, &(columns, rows)) in strides.iter().zip(&levels) {
            let stride = stride as f32;
            for row in 0..rows {
                cells.extend((0..columns).map(|column| Cell {
                    x: (column as f32 + offset) * stride,
                    y: (row as f32 + offset) * stride,
                    stride,
                }));
            }
        }
        Self { cells, levels }
    }

    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    pub fn levels(&self) -> &[(usize, usize)] {
        &self.levels
    }
}
