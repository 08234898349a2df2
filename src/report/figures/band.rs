//! Where the true number of vehicles lies, over time.

use super::curve::{Curve, Flow};
use crate::count::Drift;
use crate::time::UtcMicros;

/// Where the true number lies with a probability of 95 %, at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandPoint {
    pub at: UtcMicros,
    pub low: f64,
    pub high: f64,
}

/// When the true number was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Before the period, and entries and exits from then until its beginning; `None`: never before.
    pub before: Option<u64>,
    /// In the period, in order of time.
    pub within: Vec<UtcMicros>,
}

/// How much one camera missed.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// Vehicles per microsecond while it saw something.
    pub rate: f64,
    /// From when until when it was blind in the period, in order of time, none overlapping another.
    pub blind: Vec<(UtcMicros, UtcMicros)>,
    /// Microseconds that it missed from when the number was told to the beginning of the period.
    pub missed_before: i64,
}

impl Watch {
    /// Vehicles that it probably missed from `from` until before `until`.
    fn unseen(&self, from: UtcMicros, until: UtcMicros) -> f64 {
        let first = self.blind.partition_point(|blind| blind.1 <= from);
        let blind = self.blind[first..].iter().take_while(|blind| blind.0 < until);
        let missed: i64 = blind.map(|blind| blind.1.min(until).0 - blind.0.max(from).0).sum();
        self.rate * missed as f64
    }
}

/// The band along a curve, at the corners of its pieces. Empty until the true number is told.
pub fn band(curve: &Curve, flows: &[Flow], told: &Told, watches: &[Watch], drift: &Drift) -> Vec<BandPoint> {
    let mut crossings = told.before.map(|before| before as f64);
    let mut unseen: f64 = watches.iter().map(|watch| watch.rate * watch.missed_before as f64).sum();
    let mut told = told.within.iter().peekable();
    let mut flows = flows.iter().peekable();
    let mut points = Vec::with_capacity(2 * curve.pieces.len());
    for piece in &curve.pieces {
        while told.next_if(|at| **at <= piece.from).is_some() {
            (crossings, unseen) = (Some(0.0), 0.0);
        }
        if let Some(crossings) = crossings {
            points.push(point(piece.from, piece.start, crossings, unseen, drift));
        }
        while flows.next_if(|flow| flow.until <= piece.from).is_some() {}
        if let (Some(crossings), Some(flow)) = (&mut crossings, flows.peek().filter(|flow| flow.from < piece.until)) {
            let overlap = piece.until.0.min(flow.until.0) - piece.from.0.max(flow.from.0);
            let length = (flow.until.0 - flow.from.0).max(1);
            *crossings += (flow.entries + flow.exits) as f64 * overlap as f64 / length as f64;
        }
        unseen += watches.iter().map(|watch| watch.unseen(piece.from, piece.until)).sum::<f64>();
        if let Some(crossings) = crossings {
            points.push(point(piece.until, piece.end, crossings, unseen, drift));
        }
    }
    points
}

fn point(at: UtcMicros, inside: f64, crossings: f64, unseen: f64, drift: &Drift) -> BandPoint {
    let band = drift.band(inside.round() as i64, crossings.round() as u64, unseen);
    BandPoint { at, low: band.low, high: band.high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figures::Jump;

    const QUARTER: i64 = 900_000_000;

    fn flow(quarter: i64, entries: u64, exits: u64) -> Flow {
        Flow { from: UtcMicros(quarter * QUARTER), until: UtcMicros((quarter + 1) * QUARTER), entries, exits }
    }

    #[test]
    fn it_widens_with_what_crosses_and_closes_when_the_number_is_told() {
        let flows = [flow(0, 60, 40), flow(1, 50, 50), flow(3, 20, 0)];
        let told_at = UtcMicros(2 * QUARTER);
        let jump = Jump { at: told_at, delta: -3, before: Some(30) };
        let curve = Curve::new(10, &flows, &[jump], UtcMicros(0), UtcMicros(4 * QUARTER));
        let told = Told { before: Some(100), within: vec![told_at] };
        let points = band(&curve, &flows, &told, &[], &Drift::measured(&[]));
        let widths: Vec<f64> = points.iter().map(|point| point.high - point.low).collect();
        assert_eq!(points.len(), 8);
        assert!(widths[0] > 0.0 && widths[1] > widths[0] && widths[3] > widths[2], "{widths:?}");
        assert_eq!((widths[4], points[4].low), (0.0, 27.0), "just told");
        assert!(widths[7] > 0.0 && widths[7] < widths[0]);
    }

    #[test]
    fn what_nobody_saw_widens_it_and_before_it_is_told_there_is_none() {
        let curve = Curve::new(0, &[], &[], UtcMicros(0), UtcMicros(2 * QUARTER));
        let watch = Watch {
            rate: 10.0 / QUARTER as f64,
            blind: vec![(UtcMicros(QUARTER / 2), UtcMicros(QUARTER * 3 / 2))],
            missed_before: 0,
        };
        let drift = Drift::measured(&[]);
        assert!(band(&curve, &[], &Told::default(), std::slice::from_ref(&watch), &drift).is_empty());
        let points = band(&curve, &[], &Told { before: Some(0), within: Vec::new() }, &[watch], &drift);
        assert_eq!(points.len(), 2);
        // Ten vehicles, each with a variance of one.
        assert!((points[1].high - 1.96 * 10f64.sqrt()).abs() < 1e-9, "{points:?}");
    }
}
