//! Two by two matrices: covariances of places and velocities on the picture.

use std::ops::{Add, Mul, Sub};

use crate::geometry::Vector;

/// A 2x2 matrix over the picture's x and y.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Matrix {
    pub xx: f64,
    pub xy: f64,
    pub yx: f64,
    pub yy: f64,
}

impl Matrix {
    pub const ZERO: Matrix = Matrix { xx: 0.0, xy: 0.0, yx: 0.0, yy: 0.0 };

    /// `value` on the diagonal: the covariance of something that scatters alike in all directions with this variance.
    pub const fn isotropic(value: f64) -> Self {
        Self { xx: value, xy: 0.0, yx: 0.0, yy: value }
    }

    /// v vᵀ: the covariance of something that scatters along `v` only.
    pub fn along(v: Vector) -> Self {
        Self { xx: v.x * v.x, xy: v.x * v.y, yx: v.y * v.x, yy: v.y * v.y }
    }

    pub fn transpose(self) -> Self {
        Self { xx: self.xx, xy: self.yx, yx: self.xy, yy: self.yy }
    }

    pub fn determinant(self) -> f64 {
        self.xx * self.yy - self.xy * self.yx
    }

    /// The inverse of a matrix whose determinant is not zero.
    pub fn inverse(self) -> Self {
        Self { xx: self.yy, xy: -self.xy, yx: -self.yx, yy: self.xx } * (1.0 / self.determinant())
    }

    /// The mean with the transpose: takes the rounding errors out of what is symmetric in theory.
    pub fn symmetric(self) -> Self {
        (self + self.transpose()) * 0.5
    }

    /// vᵀ M v: the variance along the direction `v` when this is a covariance.
    pub fn variance_along(self, v: Vector) -> f64 {
        v.dot(self * v)
    }
}

impl Add for Matrix {
    type Output = Matrix;
    fn add(self, m: Matrix) -> Matrix {
        Matrix { xx: self.xx + m.xx, xy: self.xy + m.xy, yx: self.yx + m.yx, yy: self.yy + m.yy }
    }
}

impl Sub for Matrix {
    type Output = Matrix;
    fn sub(self, m: Matrix) -> Matrix {
        Matrix { xx: self.xx - m.xx, xy: self.xy - m.xy, yx: self.yx - m.yx, yy: self.yy - m.yy }
    }
}

impl Mul<f64> for Matrix {
    type Output = Matrix;
    fn mul(self, factor: f64) -> Matrix {
        Matrix { xx: self.xx * factor, xy: self.xy * factor, yx: self.yx * factor, yy: self.yy * factor }
    }
}

impl Mul<Vector> for Matrix {
    type Output = Vector;
    fn mul(self, v: Vector) -> Vector {
        Vector::new(self.xx * v.x + self.xy * v.y, self.yx * v.x + self.yy * v.y)
    }
}

impl Mul for Matrix {
    type Output = Matrix;
    fn mul(self, m: Matrix) -> Matrix {
        Matrix {
            xx: self.xx * m.xx + self.xy * m.yx,
            xy: self.xx * m.xy + self.xy * m.yy,
            yx: self.yx * m.xx + self.yy * m.yx,
            yy: self.yx * m.xy + self.yy * m.yy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let m = Matrix { xx: 4.0, xy: 1.0, yx: 2.0, yy: 1.0 };
        assert_eq!(m * m.inverse(), Matrix::isotropic(1.0));
        assert_eq!(m.transpose().xy, 2.0);
    }

    #[test]
    fn what_scatters_along_one_direction_has_no_variance_across_it() {
        let m = Matrix::along(Vector::new(3.0, 4.0));
        assert_eq!(m.variance_along(Vector::new(0.6, 0.8)), 25.0);
        assert!(m.variance_along(Vector::new(-0.8, 0.6)).abs() < 1e-12);
    }
}
