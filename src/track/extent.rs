//! How large a vehicle looks, how fast that grows, and what shape its box has.

use super::observation::Observation;

/// Standard deviation of a measured ln size. What boxes plausibly scatter; the optimum is flat.
pub(super) const LN_SIZE_SD: f64 = 0.12;
/// Standard deviation of a growth rate that is not known yet, 1/s. Near the camera a vehicle may grow by 1.6 in a quarter
/// of a second.
const GROWTH_SD: f64 = 1.2;
/// Noise of the growth rate, 1/s^1.5.
const GROWTH_NOISE: f64 = 1.2;
/// Bound of the change of ln size in one step.
const LARGEST_STEP: f64 = 0.7;
/// A size further off than so many standard deviations is a half hidden box and pulls no harder.
const LARGEST_SURPRISE: f64 = 3.0;
/// Share of a box's shape that the track's shape takes over.
const ASPECT_GAIN: f64 = 0.4;

/// ln of the size (sqrt of width · height, pixels) and its growth rate with their covariance; ln of width / height.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    ln_size: f64,
    /// 1/s
    growth: f64,
    size_variance: f64,
    covariance: f64,
    growth_variance: f64,
    ln_aspect: f64,
}

impl Extent {
    /// Of a vehicle seen for the first time, with the growth rate (1/s) usual at its place.
    pub(super) fn new(first: &Observation, growth: f64) -> Self {
        Self {
            ln_size: first.ln_size,
            growth,
            size_variance: LN_SIZE_SD.powi(2),
            covariance: 0.0,
            growth_variance: GROWTH_SD.powi(2),
            ln_aspect: first.ln_aspect,
        }
    }

    /// Pixels.
    pub fn size(&self) -> f64 {
        self.ln_size.exp()
    }

    /// Pixels.
    pub fn width(&self) -> f64 {
        (self.ln_size + self.ln_aspect / 2.0).exp()
    }

    /// Pixels.
    pub fn height(&self) -> f64 {
        (self.ln_size - self.ln_aspect / 2.0).exp()
    }

    /// Of the size, as a share of it per second.
    pub fn growth(&self) -> f64 {
        self.growth
    }

    pub(super) fn ln_size(&self) -> f64 {
        self.ln_size
    }

    pub(super) fn ln_aspect(&self) -> f64 {
        self.ln_aspect
    }

    /// Variance of the difference between the predicted ln size and that of a good box.
    pub(super) fn innovation_variance(&self) -> f64 {
        self.size_variance + LN_SIZE_SD.powi(2)
    }

    /// Moves on by `dt` seconds.
    pub(super) fn predict(&mut self, dt: f64) {
        let (a, b, c) = (self.size_variance, self.covariance, self.growth_variance);
        let noise = GROWTH_NOISE.powi(2);
        self.size_variance = a + 2.0 * dt * b + dt * dt * c + noise * dt.powi(3) / 3.0;
        self.covariance = b + dt * c + noise * dt * dt / 2.0;
        self.growth_variance = c + noise * dt;
        self.ln_size += (self.growth * dt).clamp(-LARGEST_STEP, LARGEST_STEP);
    }

    /// Takes in a box.
    pub(super) fn update(&mut self, seen: &Observation) {
        let (a, b) = (self.size_variance, self.covariance);
        let variance = a + (LN_SIZE_SD * seen.spread()).powi(2);
        let bound = LARGEST_SURPRISE * variance.sqrt();
        let surprise = (seen.ln_size - self.ln_size).clamp(-bound, bound);
        self.ln_size += a / variance * surprise;
        self.growth += b / variance * surprise;
        self.size_variance -= a * a / variance;
        self.covariance -= a * b / variance;
        self.growth_variance -= b * b / variance;
        self.ln_aspect += ASPECT_GAIN * (seen.ln_aspect - self.ln_aspect);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Class, Detection};
    use crate::geometry::Rect;
    use crate::track::Anchor;

    fn seen(width: f64, height: f64) -> Observation {
        let rect = Rect::new(0.0, 0.0, width, height);
        Observation::new(&Detection { rect, score: 0.8, class: Class::Car }, Anchor::BottomCentre)
    }

    #[test]
    fn a_steady_growth_is_learned() {
        let mut extent = Extent::new(&seen(40.0, 40.0), 0.0);
        for step in 1..=10 {
            extent.predict(0.2);
            let side = 40.0 * (0.5 * 0.2 * f64::from(step)).exp();
            extent.update(&seen(side, side));
        }
        assert!((extent.growth() - 0.5).abs() < 0.1, "{extent:?}");
        assert!((extent.size() - 40.0 * 1f64.exp()).abs() < 4.0, "{extent:?}");
    }

    #[test]
    fn a_half_hidden_box_pulls_only_so_far() {
        let mut extent = Extent::new(&seen(60.0, 40.0), 0.0);
        extent.predict(0.1);
        extent.update(&seen(6.0, 4.0));
        assert!(extent.size() > 20.0, "{}", extent.size());
        assert!((extent.width() / extent.height() - 1.5).abs() < 1e-9);
    }
}
