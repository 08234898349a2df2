//! How fast vehicles usually go at each place of the picture.
//!
//! At three or four looks a second a vehicle may leave the gate of its own first box before its second one comes. Where
//! others have gone before, their velocity is a far better guess than "anything up to four sizes a second".

use super::matrix::Matrix;
use crate::geometry::{Point, Vector};

/// Cells along the longer side of the picture.
const CELLS: f64 = 24.0;
/// Samples that a cell remembers: with more, the oldest fade.
const MEMORY: f64 = 40.0;
/// What "nothing is known" weighs against the samples, in samples.
const UNKNOWN_WEIGHT: f64 = 2.0;
/// Standard deviation of a velocity of which nothing is known, sizes/s: the fastest vehicles near a camera.
const UNKNOWN_SPEED_SD: f64 = 4.0;
/// Standard deviation along the usual direction and across it, shares of the usual speed.
const SPREAD_ALONG: f64 = 0.3;
const SPREAD_ACROSS: f64 = 0.15;
/// What any velocity scatters at least, sizes/s.
const SPREAD_FLOOR: f64 = 0.3;
/// Pixels a second; below, the usual direction is not defined.
const STANDING: f64 = 1e-9;

/// What is expected of a vehicle before its second box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expectation {
    /// Pixels a second.
    pub velocity: Vector,
    pub covariance: Matrix,
    /// Growth rate of the size, 1/s.
    pub growth: f64,
}

/// Means over the samples of one cell, or of several.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    samples: f64,
    velocity: Vector,
    speed_squared: f64,
    growth: f64,
}

/// A grid over the picture with the velocities seen in each cell. It outlives the tracks.
#[derive(Clone, Debug)]
pub(super) struct VelocityField {
    /// Pixels.
    cell_size: f64,
    columns: usize,
    rows: usize,
    cells: Vec<Cell>,
}

impl VelocityField {
    /// Nothing seen yet, for a picture of so many pixels.
    pub fn new(picture_width: f64, picture_height: f64) -> Self {
        let cell_size = picture_width.max(picture_height) / CELLS;
        let columns = (picture_width / cell_size) as usize + 1;
        let rows = (picture_height / cell_size) as usize + 1;
        Self { cell_size, columns, rows, cells: vec![Cell::default(); columns * rows] }
    }

    /// Takes in that a vehicle at `place` went with `velocity` (pixels a second) and grew by `growth` (1/s).
    pub fn learn(&mut self, place: Point, velocity: Vector, growth: f64) {
        let (column, row) = self.position(place);
        let cell = &mut self.cells[row * self.columns + column];
        cell.samples = (cell.samples + 1.0).min(MEMORY);
        let share = 1.0 / cell.samples;
        cell.velocity = cell.velocity + (velocity - cell.velocity) * share;
        cell.speed_squared += (velocity.dot(velocity) - cell.speed_squared) * share;
        cell.growth += (growth - cell.growth) * share;
    }

    /// What to expect of a vehicle of `size` pixels that appears at `place`.
    pub fn expect(&self, place: Point, size: f64) -> Expectation {
        let unknown = Matrix::isotropic((UNKNOWN_SPEED_SD * size).powi(2));
        let Cell { samples, velocity, speed_squared, growth } = self.neighbourhood(place);
        if samples <= 0.0 {
            return Expectation { velocity: Vector::default(), covariance: unknown, growth: 0.0 };
        }
        let speed = velocity.length();
        let direction = if speed > STANDING { velocity * (1.0 / speed) } else { Vector::new(1.0, 0.0) };
        // A cell with traffic both ways has a large scatter, hence a wide gate: it does no harm there.
        let scatter = (speed_squared - velocity.dot(velocity)).max(0.0) / 2.0;
        let known = Matrix::along(direction) * (SPREAD_ALONG * speed).powi(2)
            + Matrix::along(direction.turned_right()) * (SPREAD_ACROSS * speed).powi(2)
            + Matrix::isotropic((SPREAD_FLOOR * size).powi(2) + scatter);
        let trust = samples / (samples + UNKNOWN_WEIGHT);
        Expectation {
            velocity: velocity * trust,
            covariance: known * trust + unknown * (1.0 - trust),
            growth: growth * trust,
        }
    }

    /// The means over the 3x3 cells round `place`; an edge neighbour weighs 1/2, a corner one 1/4.
    fn neighbourhood(&self, place: Point) -> Cell {
        let (column, row) = self.position(place);
        let mut sum = Cell::default();
        for near_row in row.saturating_sub(1)..(row + 2).min(self.rows) {
            for near_column in column.saturating_sub(1)..(column + 2).min(self.columns) {
                let cell = &self.cells[near_row * self.columns + near_column];
                let steps = near_row.abs_diff(row) + near_column.abs_diff(column);
                let weight = cell.samples * [1.0, 0.5, 0.25][steps];
                sum.samples += weight;
                sum.velocity = sum.velocity + cell.velocity * weight;
                sum.speed_squared += cell.speed_squared * weight;
                sum.growth += cell.growth * weight;
            }
        }
        if sum.samples > 0.0 {
            let share = 1.0 / sum.samples;
            sum.velocity = sum.velocity * share;
            sum.speed_squared *= share;
            sum.growth *= share;
        }
        sum
    }

    /// Column and row of the cell that holds `place`; a place off the picture belongs to the nearest cell.
    fn position(&self, place: Point) -> (usize, usize) {
        // A float becomes an integer by cutting, and a negative one becomes 0.
        let column = (place.x / self.cell_size) as usize;
        let row = (place.y / self.cell_size) as usize;
        (column.min(self.columns - 1), row.min(self.rows - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: f64 = 40.0;

    #[test]
    fn where_nobody_went_anything_is_possible() {
        let expected = VelocityField::new(640.0, 360.0).expect(Point::new(300.0, 200.0), SIZE);
        assert_eq!(expected.velocity, Vector::default());
        assert_eq!(expected.covariance, Matrix::isotropic(160.0 * 160.0));
    }

    #[test]
    fn where_many_went_alike_the_next_is_expected_to() {
        let mut field = VelocityField::new(640.0, 360.0);
        for _ in 0..100 {
            field.learn(Point::new(300.0, 200.0), Vector::new(0.0, 120.0), 0.5);
        }
        let expected = field.expect(Point::new(310.0, 190.0), SIZE);
        assert!((expected.velocity.y - 120.0 * 40.0 / 42.0).abs() < 1e-9, "{expected:?}");
        assert!((expected.growth - 0.5 * 40.0 / 42.0).abs() < 1e-9);
        let trust = 40.0 / 42.0;
        let variance = |share: f64| {
            trust * ((share * 120.0_f64).powi(2) + (0.3 * SIZE).powi(2)) + (1.0 - trust) * (4.0 * SIZE).powi(2)
        };
        assert!((expected.covariance.yy - variance(0.3)).abs() < 1e-6, "along: {expected:?}");
        assert!((expected.covariance.xx - variance(0.15)).abs() < 1e-6, "across: {expected:?}");
        let far = field.expect(Point::new(500.0, 200.0), SIZE);
        assert_eq!(far.velocity, Vector::default());
    }

    #[test]
    fn two_way_traffic_widens_the_gate_again() {
        let (mut one_way, mut two_way) = (VelocityField::new(640.0, 360.0), VelocityField::new(640.0, 360.0));
        let place = Point::new(100.0, 100.0);
        for _ in 0..20 {
            one_way.learn(place, Vector::new(100.0, 0.0), 0.0);
            one_way.learn(place, Vector::new(100.0, 0.0), 0.0);
            two_way.learn(place, Vector::new(100.0, 0.0), 0.0);
            two_way.learn(place, Vector::new(-100.0, 0.0), 0.0);
        }
        let widths = [&one_way, &two_way].map(|field| field.expect(place, SIZE).covariance.xx.sqrt());
        assert!(widths[1] > 1.4 * widths[0], "{widths:?}");
    }

    #[test]
    fn places_off_the_picture_are_taken_to_its_edge() {
        let mut field = VelocityField::new(640.0, 360.0);
        for place in [Point::new(-50.0, -1.0), Point::new(1e9, 1e9), Point::new(640.0, 360.0)] {
            field.learn(place, Vector::new(1.0, 1.0), 0.0);
            assert!(field.expect(place, SIZE).velocity.x > 0.0);
        }
    }
}
