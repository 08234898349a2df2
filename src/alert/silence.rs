//! A line over which nothing went in an hour of the week that always had some: the lane is closed, or the line no longer
//! where the cars go.

use super::{Alert, Edge, Kind, NewAlert, Subject, open};
use crate::time::UtcMicros;

/// So many earlier weeks are looked at.
pub const WEEKS: usize = 8;
/// ... and in so many of them at least the camera must have covered the hour.
const NEEDED_WEEKS: usize = 4;
/// An hour is covered when this share of it was observed: in what is missing nothing much can have happened.
const COVERED: f64 = 0.95;
/// A line that is empty by chance more often than this is not told. With a car or two an hour every other day would have
/// its false alarm; so it takes about eight.
const BY_CHANCE: f64 = 1e-3;

/// One line in the last full hour, and in the same hour of the weeks before.
#[derive(Clone, Debug, PartialEq)]
pub struct LineState {
    pub camera: String,
    pub line: String,
    /// The hour's beginning ...
    pub start: UtcMicros,
    /// ... and its name in local time, as in `Mon 08:00-09:00`.
    pub name: String,
    pub hour: HourVolume,
    /// The week before first.
    pub weeks: Vec<HourVolume>,
    /// When the last vehicle crossed the line; needed while an alert is open.
    pub last_crossing: Option<UtcMicros>,
}

/// What a line counted in one hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourVolume {
    /// Observed share, 0 to 1.
    pub coverage: f64,
    /// In both directions.
    pub crossings: u64,
}

impl HourVolume {
    fn is_covered(&self) -> bool {
        self.coverage >= COVERED
    }
}

pub fn edge(state: &LineState, latest: Option<&Alert>) -> Option<Edge> {
    if let Some(alert) = open(latest) {
        let crossing = state.last_crossing.filter(|&crossing| crossing > alert.began)?;
        return Some(alert.end(crossing, "a vehicle crossed the line again".to_owned()));
    }
    if latest.is_some_and(|alert| alert.began >= state.start || alert.last_edge() > state.start) {
        return None; // this hour was told already, or a vehicle that came late has shown that it was not silent
    }
    let detail = silence(state)?;
    let subject = Subject::Line { camera: state.camera.clone(), line: state.line.clone() };
    Some(Edge::Began(NewAlert::new(Kind::SilentLine, subject, state.start, detail)))
}

/// Why the hour is silent, if it is.
fn silence(state: &LineState) -> Option<String> {
    if !state.hour.is_covered() || state.hour.crossings > 0 {
        return None;
    }
    let weeks = || state.weeks.iter().take(WEEKS).filter(|week| week.is_covered()).map(|week| week.crossings);
    let (number, least, most) = (weeks().count(), weeks().min()?, weeks().max()?);
    if number < NEEDED_WEEKS || least == 0 || by_chance(number, weeks().sum()) > BY_CHANCE {
        return None;
    }
    Some(format!("no vehicle in {}, an hour that had {least} to {most} in the last {number} weeks", state.name))
}

/// How probable an empty hour is after `weeks` hours with `crossings` in all, when vehicles come independently of each
/// other at a rate of which nothing else is known.
fn by_chance(weeks: usize, crossings: u64) -> f64 {
    let weeks = weeks as f64;
    (weeks / (weeks + 1.0)).powf(crossings as f64 + 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(volumes: &[u64]) -> Vec<HourVolume> {
        volumes.iter().map(|&crossings| HourVolume { coverage: 1.0, crossings }).collect()
    }

    fn line(hour: HourVolume, weeks: Vec<HourVolume>) -> LineState {
        LineState {
            camera: "north".to_owned(),
            line: "gate".to_owned(),
            start: UtcMicros(0),
            name: "Mon 08:00-09:00".to_owned(),
            hour,
            weeks,
            last_crossing: None,
        }
    }

    #[test]
    fn a_table_of_hours() {
        let silent = HourVolume { coverage: 1.0, crossings: 0 };
        for (hour, volumes, expected) in [
            (silent, &[9, 8, 10, 12][..], true),
            (silent, &[9, 8, 10], false),                   // three weeks are too few
            (silent, &[9, 0, 40, 12, 11], false),           // not always some
            (silent, &[1, 2, 1, 3, 1, 2, 1, 2], false),     // empty by chance
            (silent, &[9, 8, 10, 12, 9, 9, 9, 9, 0], true), // nine weeks ago is over
            (HourVolume { coverage: 0.9, ..silent }, &[9, 8, 10, 12], false), // blind
            (HourVolume { crossings: 1, ..silent }, &[9, 8, 10, 12], false),
            (silent, &[], false),
        ] {
            assert_eq!(silence(&line(hour, weeks(volumes))).is_some(), expected, "{hour:?} {volumes:?}");
        }
    }

    #[test]
    fn weeks_that_were_not_covered_neither_help_nor_harm() {
        let silent = HourVolume { coverage: 1.0, crossings: 0 };
        let blind = HourVolume { coverage: 0.5, crossings: 0 };
        let mut volumes = weeks(&[9, 8, 10]);
        volumes.insert(1, blind);
        assert_eq!(silence(&line(silent, volumes.clone())), None);
        volumes.push(HourVolume { coverage: 1.0, crossings: 11 });
        let told = silence(&line(silent, volumes)).unwrap();
        assert_eq!(told, "no vehicle in Mon 08:00-09:00, an hour that had 8 to 11 in the last 4 weeks");
    }

    #[test]
    fn chance_is_what_the_gamma_poisson_says() {
        assert!((by_chance(4, 0) - 0.8f64.sqrt()).abs() < 1e-12);
        assert!(by_chance(4, 30) > BY_CHANCE && by_chance(4, 31) < BY_CHANCE);
        assert!(by_chance(8, 58) < BY_CHANCE + 1e-4 && by_chance(8, 59) < BY_CHANCE);
    }
}
