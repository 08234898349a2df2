//! Where a vehicle's anchor is and how fast it goes: a Kalman filter with nearly constant velocity.

use super::matrix::Matrix;
use crate::geometry::{Point, Vector};

/// Standard deviation of a measured anchor, sizes. What boxes plausibly scatter; the optimum is flat.
pub(super) const PLACE_SD: f64 = 0.08;
/// Acceleration noise of a slow vehicle, sizes/s^1.5: it may start or brake at any time.
const ACCELERATION_NOISE: f64 = 1.0;
/// … and what a fast one adds, as a share of its speed.
const ACCELERATION_NOISE_OF_SPEED: f64 = 0.3;
/// On a level road seen in perspective the size goes as 1/depth and the speed on the picture as size², so the
/// velocity grows at twice the rate of the size.
const PERSPECTIVE: f64 = 2.0;
/// Bounds of the relative change of the velocity by perspective in one step: a growth rate from two boxes is noisy.
const PERSPECTIVE_STEP: (f64, f64) = (-0.6, 0.9);

/// Anchor and velocity with their covariance, kept as three 2x2 blocks.
#[derive(Clone, Copy, Debug)]
pub struct Motion {
    /// Pixels.
    pub place: Point,
    /// Pixels a second.
    pub velocity: Vector,
    /// Pixels².
    pub place_covariance: Matrix,
    /// Place (rows) by velocity (columns), pixels²/s.
    pub cross_covariance: Matrix,
    /// Pixels²/s².
    pub velocity_covariance: Matrix,
}

impl Motion {
    /// A vehicle of `size` pixels first seen at `place`, with what is known of the velocity there.
    pub(super) fn new(place: Point, size: f64, velocity: Vector, velocity_covariance: Matrix) -> Self {
        Self {
            place,
            velocity,
            place_covariance: Matrix::isotropic((PLACE_SD * size).powi(2)),
            cross_covariance: Matrix::ZERO,
            velocity_covariance,
        }
    }

    /// Moves on by `dt` seconds; `size` (pixels) and `growth` (1/s) are those before the step.
    pub(super) fn predict(&mut self, dt: f64, size: f64, growth: f64) {
        let noise =
            (ACCELERATION_NOISE * size).powi(2) + (ACCELERATION_NOISE_OF_SPEED * self.velocity.length()).powi(2);
        let (a, b, c) = (self.place_covariance, self.cross_covariance, self.velocity_covariance);
        self.place_covariance =
            a + (b + b.transpose()) * dt + c * (dt * dt) + Matrix::isotropic(noise * dt.powi(3) / 3.0);
        self.cross_covariance = b + c * dt + Matrix::isotropic(noise * dt * dt / 2.0);
        self.velocity_covariance = c + Matrix::isotropic(noise * dt);

        let change = (PERSPECTIVE * growth * dt).clamp(PERSPECTIVE_STEP.0, PERSPECTIVE_STEP.1);
        self.place = self.place + self.velocity * (dt * (1.0 + change / 2.0));
        self.velocity = self.velocity * (1.0 + change);
    }

    /// Covariance of the difference between the predicted and a measured place, whose standard deviation is
    /// `PLACE_SD · size · spread`.
    pub(super) fn innovation_covariance(&self, size: f64, spread: f64) -> Matrix {
        self.place_covariance + Matrix::isotropic((PLACE_SD * size * spread).powi(2))
    }

    /// Takes in a measured place.
    pub(super) fn update(&mut self, measured: Point, size: f64, spread: f64) {
        let (a, b, c) = (self.place_covariance, self.cross_covariance, self.velocity_covariance);
        let inverse = self.innovation_covariance(size, spread).inverse();
        let (place_gain, velocity_gain) = (a * inverse, b.transpose() * inverse);
        let surprise = measured - self.place;
        self.place = self.place + place_gain * surprise;
        self.velocity = self.velocity + velocity_gain * surprise;
        self.place_covariance = (a - place_gain * a).symmetric();
        self.cross_covariance = b - place_gain * b;
        self.velocity_covariance = (c - velocity_gain * b).symmetric();
    }

    /// Velocity along the unit vector `direction` and its standard deviation, pixels a second.
    pub fn velocity_along(&self, direction: Vector) -> (f64, f64) {
        let variance = self.velocity_covariance.variance_along(direction);
        (self.velocity.dot(direction), variance.max(1e-9).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: f64 = 50.0;

    fn unknown() -> Motion {
        Motion::new(Point::new(0.0, 0.0), SIZE, Vector::default(), Matrix::isotropic((4.0 * SIZE).powi(2)))
    }

    #[test]
    fn the_velocity_is_found_from_places_at_uneven_times() {
        let mut motion = unknown();
        let mut last = 0.0;
        for t in [0.2, 0.3, 0.7, 0.8, 1.1, 1.5] {
            motion.predict(t - last, SIZE, 0.0);
            motion.update(Point::new(120.0 * t, -40.0 * t), SIZE, 1.0);
            last = t;
        }
        assert!((motion.velocity - Vector::new(120.0, -40.0)).length() < 3.0, "{:?}", motion.velocity);
        let (along, sd) = motion.velocity_along(Vector::new(1.0, 0.0));
        assert!((along - 120.0).abs() < 3.0 && sd < SIZE, "{along} ± {sd}");
    }

    #[test]
    fn what_comes_nearer_gets_faster() {
        let mut motion = unknown();
        motion.velocity = Vector::new(0.0, 100.0);
        motion.predict(0.2, SIZE, 1.0);
        assert!((motion.velocity.y - 140.0).abs() < 1e-9);
        assert!((motion.place.y - 24.0).abs() < 1e-9);
        motion.predict(0.2, SIZE, 100.0);
        assert!((motion.velocity.y - 140.0 * 1.9).abs() < 1e-9, "an absurd growth is bounded");
    }

    #[test]
    fn waiting_widens_and_seeing_narrows() {
        let mut motion = unknown();
        let born = motion.place_covariance.determinant();
        motion.predict(1.0, SIZE, 0.0);
        let waited = motion.place_covariance.determinant();
        motion.update(Point::new(10.0, 10.0), SIZE, 1.0);
        let seen = motion.place_covariance.determinant();
        assert!(waited > 100.0 * born && seen <= born, "{born} {waited} {seen}");
    }
}
