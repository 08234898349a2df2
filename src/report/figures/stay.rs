//! Mean length of stay by Little's law.

use std::fmt;

/// Why a length of stay cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoStay {
    /// Nobody looked.
    Blind,
    /// Nobody came: those who are there have been there for longer than can be told.
    NoEntries,
    /// Fewer than no vehicles were in the lot for a part of the time: exits were counted whose entries were not.
    BelowZero,
}

impl NoStay {
    /// In one word, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blind => "blind",
            Self::NoEntries => "no-entries",
            Self::BelowZero => "below-zero",
        }
    }
}

impl fmt::Display for NoStay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blind => "not observed",
            Self::NoEntries => "no entries",
            Self::BelowZero => "occupancy below zero",
        })
    }
}

/// Mean length of stay, microseconds: mean occupancy / rate of entries. Little's law holds over a time at whose ends the
/// lot is about equally full, which days and longer are; whoever stays beyond the end counts as far as he is seen.
/// `lowest` is the lowest occupancy of the span, `span_us` its length.
pub fn mean_stay(mean: f64, lowest: f64, entries: u64, span_us: i64) -> Result<i64, NoStay> {
    if lowest < 0.0 {
        return Err(NoStay::BelowZero);
    }
    if entries == 0 {
        return Err(NoStay::NoEntries);
    }
    Ok((mean * span_us as f64 / entries as f64).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figures::{Curve, Flow};
    use crate::time::UtcMicros;
    use proptest::prelude::*;

    const QUARTER: i64 = 900_000_000;

    #[test]
    fn why_there_is_none() {
        assert_eq!(mean_stay(4.0, 0.0, 0, 1), Err(NoStay::NoEntries));
        assert_eq!(mean_stay(4.0, -1.0, 5, 1), Err(NoStay::BelowZero));
        assert_eq!(mean_stay(10.0, 2.0, 20, 86_400_000_000), Ok(43_200_000_000));
    }

    proptest! {
        /// Cars that come to an empty lot and leave it before the day is over stay as long as they stay: the law is no
        /// estimate then. A car within a quarter counts as if it came in its middle.
        #[test]
        fn little_is_right_about_days_that_begin_and_end_empty(
            cars in prop::collection::vec((0..95i64, 1..96i64), 1..60),
        ) {
            let cars: Vec<(i64, i64)> = cars.into_iter().map(|(came, stay)| (came, (came + stay).min(95))).collect();
            let flows: Vec<Flow> = (0..96).map(|quarter| Flow {
                from: UtcMicros(quarter * QUARTER),
                until: UtcMicros((quarter + 1) * QUARTER),
                entries: cars.iter().filter(|car| car.0 == quarter).count() as u64,
                exits: cars.iter().filter(|car| car.1 == quarter).count() as u64,
            }).collect();
            let day = 96 * QUARTER;
            let curve = Curve::new(0, &flows, &[], UtcMicros(0), UtcMicros(day));
            let whole = curve.over(UtcMicros(0), UtcMicros(day)).unwrap();
            let stay = mean_stay(whole.mean, whole.lowest.occupancy, cars.len() as u64, day).unwrap();
            let expected = cars.iter().map(|car| (car.1 - car.0) * QUARTER).sum::<i64>() as f64 / cars.len() as f64;
            prop_assert!((stay as f64 - expected).abs() <= 1.0, "{stay} {expected}");
        }
    }
}
