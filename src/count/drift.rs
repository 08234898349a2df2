//! How far counting drifts from the true number, measured whenever the true number is told, and how far it may have drifted
//! since.
//!
//! Between two true numbers n vehicles came and went and the count went wrong by e = counted - true. A vehicle that is missed
//! or counted twice is an error of one, so e is taken to be the sum of n independent small errors: its mean is bias x n, its
//! variance spread x n. Both are estimated from all observations, and from one more that stands for what is known before
//! anything was measured: 200 crossings without a bias, and a variance of 0.02 per crossing (one in fifty goes wrong).

/// What is assumed before anything was measured, as if it were one observation more.
const PRIOR_CROSSINGS: f64 = 200.0;
const PRIOR_VARIANCE_PER_CROSSING: f64 = 0.02;
/// Of a vehicle that nobody saw it is not known whether it came or went.
const VARIANCE_PER_UNSEEN: f64 = 1.0;
/// Half the width of 95 % of a normal distribution, in standard deviations.
const DEVIATIONS: f64 = 1.96;

/// What was found when the true number was told, having been told before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Entries and exits since then.
    pub crossings: u64,
    /// Days since then.
    pub days: f64,
    /// Vehicles counted inside more than there were.
    pub error: i64,
}

/// What all observations say together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    pub observations: usize,
    pub crossings: u64,
    pub days: f64,
    /// Sum of the errors, with their signs.
    pub error: i64,
    /// Vehicles too many per crossing, as estimated.
    pub bias: f64,
    /// Variance per crossing, as estimated.
    pub spread: f64,
}

/// Where the true number lies with a probability of 95 %, vehicles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    pub low: f64,
    pub high: f64,
}

impl Drift {
    pub fn measured(observations: &[Observation]) -> Self {
        let crossings: u64 = observations.iter().map(|observation| observation.crossings).sum();
        let error: i64 = observations.iter().map(|observation| observation.error).sum();
        let bias = error as f64 / (PRIOR_CROSSINGS + crossings as f64);
        let residuals = observations.iter().map(|observation| {
            // Without a crossing the whole error is one that no crossing explains.
            let n = observation.crossings.max(1) as f64;
            (observation.error as f64 - bias * observation.crossings as f64).powi(2) / n
        });
        let spread = (PRIOR_VARIANCE_PER_CROSSING + residuals.sum::<f64>()) / (1.0 + observations.len() as f64);
        let days = observations.iter().map(|observation| observation.days).sum();
        Self { observations: observations.len(), crossings, days, error, bias, spread }
    }

    /// Vehicles too many per day, as observed; `None` when nothing was.
    pub fn per_day(&self) -> Option<f64> {
        (self.days > 0.0).then(|| self.error as f64 / self.days)
    }

    /// Vehicles too many per 1,000 crossings, as observed; `None` when nothing was.
    pub fn per_thousand_crossings(&self) -> Option<f64> {
        (self.crossings > 0).then(|| 1000.0 * self.error as f64 / self.crossings as f64)
    }

    /// Where the true number lies, when `inside` were counted after `crossings` since it was told last, and about `unseen`
    /// vehicles crossed while nobody watched. Nothing is cut off: what lies below zero says that the count has drifted.
    pub fn band(&self, inside: i64, crossings: u64, unseen: f64) -> Band {
        let n = crossings as f64;
        let middle = inside as f64 - self.bias * n;
        // Of the errors themselves, and of not knowing the bias well.
        let bias_variance = self.spread / (PRIOR_CROSSINGS + self.crossings as f64);
        let variance = self.spread * n + bias_variance * n * n + VARIANCE_PER_UNSEEN * unseen.max(0.0);
        let half = DEVIATIONS * variance.sqrt();
        Band { low: middle - half, high: middle + half }
    }
}

impl Band {
    /// In whole vehicles, rather too wide than too narrow.
    pub fn whole(&self) -> (i64, i64) {
        ((self.low + 1e-9).floor() as i64, (self.high - 1e-9).ceil() as i64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn observation(crossings: u64, days: f64, error: i64) -> Observation {
        Observation { crossings, days, error }
    }

    #[test]
    fn without_a_measurement_one_in_fifty_goes_wrong() {
        let drift = Drift::measured(&[]);
        assert_eq!((drift.bias, drift.spread, drift.per_day()), (0.0, 0.02, None));
        // sqrt(0.02 * 200 + 0.02 / 200 * 200^2) = sqrt(8)
        let band = drift.band(50, 200, 0.0);
        assert!((band.low - (50.0 - 1.96 * 8f64.sqrt())).abs() < 1e-9 && (band.high + band.low - 100.0).abs() < 1e-9);
        assert_eq!(band.whole(), (44, 56));
        assert_eq!(drift.band(50, 0, 0.0).whole(), (50, 50), "just told");
    }

    #[test]
    fn what_is_measured_is_told_per_day_and_per_thousand_crossings() {
        let drift = Drift::measured(&[observation(400, 1.0, 3), observation(600, 1.0, 5), observation(1000, 2.0, 8)]);
        assert_eq!((drift.observations, drift.crossings, drift.error), (3, 2000, 16));
        assert_eq!((drift.per_day(), drift.per_thousand_crossings()), (Some(4.0), Some(8.0)));
        assert!((drift.bias - 16.0 / 2200.0).abs() < 1e-12);
        let band = drift.band(100, 1000, 0.0);
        assert!(band.low + band.high < 200.0, "who counts too many has fewer inside: {band:?}");
    }

    #[test]
    fn errors_that_no_crossing_explains_widen_the_band() {
        let quiet = Drift::measured(&[observation(500, 1.0, 0)]);
        let wild = Drift::measured(&[observation(500, 1.0, 0), observation(0, 0.1, 12)]);
        assert!(wild.spread > 10.0 * quiet.spread, "{wild:?}");
    }

    proptest! {
        #[test]
        fn the_band_holds_the_expected_number_and_grows_with_crossings_and_blindness(
            observed in prop::collection::vec((0..5000_u64, 0.0..40.0, -60..60_i64), 0..20),
            (inside, crossings, more, unseen) in (-50..500_i64, 0..20_000_u64, 1..5000_u64, 0.0..500.0),
        ) {
            let observed: Vec<_> = observed.into_iter().map(|(n, days, e)| observation(n, days, e)).collect();
            let drift = Drift::measured(&observed);
            let width = |band: Band| band.high - band.low;
            let band = drift.band(inside, crossings, unseen);
            let expected = inside as f64 - drift.bias * crossings as f64;
            prop_assert!(band.low <= expected && expected <= band.high);
            prop_assert!(width(drift.band(inside, crossings + more, unseen)) > width(band));
            prop_assert!(width(drift.band(inside, crossings, unseen + 1.0)) > width(band));
            prop_assert!(width(drift.band(inside, crossings, 0.0)) <= width(band));
            prop_assert!(drift.spread > 0.0);
            // Neither where the zero lies nor the order of observations matters.
            let moved = drift.band(inside + 7, crossings, unseen);
            prop_assert!((moved.low - band.low - 7.0).abs() < 1e-6 && (moved.high - band.high - 7.0).abs() < 1e-6);
            let back = Drift::measured(&observed.iter().rev().copied().collect::<Vec<_>>());
            prop_assert!((back.spread - drift.spread).abs() <= 1e-9 * drift.spread && back.bias == drift.bias);
        }
    }

    /// Simulated lots whose every crossing is missed or doubled with a known probability: the band holds the true number in
    /// about 95 of 100 cases.
    #[test]
    fn the_band_holds_what_it_promises() {
        // A linear congruential generator: the test is the same each time.
        let mut state = 0x1234_5678_9ABC_DEF0_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let (missed_entry, missed_exit) = (0.015, 0.005);
        let mut day = |crossings: u64| -> i64 {
            (0..crossings)
                .map(|n| match (n % 2 == 0, uniform()) {
                    (true, u) if u < missed_entry => -1,
                    (false, u) if u < missed_exit => 1,
                    _ => 0,
                })
                .sum()
        };
        let mut held = 0;
        for _ in 0..400 {
            let observed: Vec<_> = (0..20).map(|_| observation(800, 1.0, day(800))).collect();
            let band = Drift::measured(&observed).band(40, 600, 0.0);
            let truth = 40 - day(600);
            held += i32::from(band.low <= truth as f64 && truth as f64 <= band.high);
        }
        assert!((368..=396).contains(&held), "{held} of 400");
    }
}
