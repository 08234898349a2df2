//! How many vehicles were in a lot at every moment of a period.

use crate::time::UtcMicros;

/// What went in and out from `from` until before `until`. When within it is not known: it counts as spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    pub from: UtcMicros,
    pub until: UtcMicros,
    pub entries: u64,
    pub exits: u64,
}

impl Flow {
    pub fn net(&self) -> i64 {
        self.entries as i64 - self.exits as i64
    }
}

/// An adjustment: so many vehicles more or less from this moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    pub at: UtcMicros,
    pub delta: i64,
    /// Vehicles inside just before it, where that is known: also in the midst of a flow.
    pub before: Option<i64>,
}

/// A stretch in which the occupancy went straight from one number to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    pub from: UtcMicros,
    pub until: UtcMicros,
    pub start: f64,
    pub end: f64,
}

impl Piece {
    fn at(&self, moment: UtcMicros) -> f64 {
        let share = (moment.0 - self.from.0) as f64 / (self.until.0 - self.from.0) as f64;
        self.start + (self.end - self.start) * share
    }

    fn within(&self, from: UtcMicros, until: UtcMicros) -> Piece {
        let start = if from > self.from { self.at(from) } else { self.start };
        let end = if until < self.until { self.at(until) } else { self.end };
        Piece { from: from.max(self.from), until: until.min(self.until), start, end }
    }

    /// vehicles x microseconds
    fn area(&self) -> f64 {
        (self.start + self.end) / 2.0 * (self.until.0 - self.from.0) as f64
    }
}

/// Occupancy in straight pieces, each beginning where the one before it ends; jumps lie between two.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Before the jumps at its first moment.
    opening: f64,
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extreme {
    pub occupancy: f64,
    pub at: UtcMicros,
}

/// What a curve was like over a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Just before its first moment's adjustments ...
    pub opening: f64,
    /// ... and just before the moment after its last.
    pub closing: f64,
    /// By time.
    pub mean: f64,
    /// The first of equals; known at the ends of flows.
    pub peak: Extreme,
    pub lowest: Extreme,
    pub length_us: i64,
}

impl Curve {
    /// `opening`: just before `from`. Flows and jumps in order of time, flows that do not overlap; what lies outside
    /// `from` to `until` is left out, and a flow that reaches over either end came within.
    pub fn new(opening: i64, flows: &[Flow], jumps: &[Jump], from: UtcMicros, until: UtcMicros) -> Self {
        let flows: Vec<Flow> = flows
            .iter()
            .map(|flow| Flow { from: flow.from.max(from), until: flow.until.min(until), ..*flow })
            .filter(|flow| flow.from < flow.until)
            .collect();
        let jumps: Vec<Jump> = jumps.iter().filter(|jump| jump.at >= from && jump.at < until).copied().collect();
        let mut times: Vec<UtcMicros> = flows.iter().flat_map(|flow| [flow.from, flow.until]).collect();
        times.extend(jumps.iter().map(|jump| jump.at).chain([from, until]));
        times.sort_unstable();
        times.dedup();
        let (mut flows, mut jumps) = (flows.iter().peekable(), jumps.iter().peekable());
        // Whole vehicles up to the flow that goes on, and what has come of that.
        let (mut settled, mut come) = (opening, 0.0);
        let mut pieces = Vec::with_capacity(times.len());
        for pair in times.windows(2) {
            let (at, next) = (pair[0], pair[1]);
            while let Some(jump) = jumps.next_if(|jump| jump.at == at) {
                settled += jump.delta;
            }
            let start = settled as f64 + come;
            match flows.peek().filter(|flow| flow.from <= at) {
                Some(flow) if flow.until == next => {
                    (settled, come) = (settled + flow.net(), 0.0);
                    flows.next();
                }
                Some(flow) => {
                    let share = (next.0 - at.0) as f64 / (flow.until.0 - at.0) as f64;
                    let known = jumps.peek().filter(|jump| jump.at == next).and_then(|jump| jump.before);
                    come = match known {
                        Some(before) => (before - settled) as f64,
                        None => come + (flow.net() as f64 - come) * share,
                    };
                }
                None => {}
            }
            pieces.push(Piece { from: at, until: next, start, end: settled as f64 + come });
        }
        Self { opening: opening as f64, pieces }
    }

    /// The part of it from `from` until before `until`; `None` where the curve is not known.
    pub fn over(&self, from: UtcMicros, until: UtcMicros) -> Option<Span> {
        let first = self.pieces.partition_point(|piece| piece.until <= from);
        let after = self.pieces.partition_point(|piece| piece.from < until);
        let pieces = || self.pieces.get(first..after).unwrap_or(&[]).iter().map(|piece| piece.within(from, until));
        let opening = match pieces().next()? {
            // Before the jumps at its first moment.
            piece if piece.from != self.pieces[first].from => piece.start,
            _ if first == 0 => self.opening,
            _ => self.pieces[first - 1].end,
        };
        let length_us: i64 = pieces().map(|piece| piece.until.0 - piece.from.0).sum();
        let ends = || {
            pieces().flat_map(|piece| {
                [Extreme { occupancy: piece.start, at: piece.from }, Extreme { occupancy: piece.end, at: piece.until }]
            })
        };
        let better = |is: fn(f64, f64) -> bool| {
            ends().reduce(|best, next| if is(next.occupancy, best.occupancy) { next } else { best })
        };
        Some(Span {
            opening,
            closing: pieces().next_back()?.end,
            mean: pieces().map(|piece| piece.area()).sum::<f64>() / length_us as f64,
            peak: better(|next, best| next > best)?,
            lowest: better(|next, best| next < best)?,
            length_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn curve(opening: i64, flows: &[(i64, i64, u64, u64)], jumps: &[(i64, i64)], until: i64) -> Curve {
        let flow = |&(from, until, entries, exits): &(i64, i64, u64, u64)| Flow {
            from: UtcMicros(from),
            until: UtcMicros(until),
            entries,
            exits,
        };
        let flows: Vec<Flow> = flows.iter().map(flow).collect();
        let jumps: Vec<Jump> =
            jumps.iter().map(|&(at, delta)| Jump { at: UtcMicros(at), delta, before: None }).collect();
        Curve::new(opening, &flows, &jumps, UtcMicros(0), UtcMicros(until))
    }

    fn over(curve: &Curve, from: i64, until: i64) -> Span {
        curve.over(UtcMicros(from), UtcMicros(until)).unwrap()
    }

    #[test]
    fn a_morning_by_hand() {
        // 10 inside, four come in the first quarter, nothing in the second, one less is found, two go in the fourth.
        let curve = curve(10, &[(0, 15, 5, 1), (45, 60, 0, 2)], &[(30, -1)], 60);
        let whole = over(&curve, 0, 60);
        assert_eq!((whole.opening, whole.closing), (10.0, 11.0));
        assert_eq!(whole.peak, Extreme { occupancy: 14.0, at: UtcMicros(15) });
        assert_eq!(whole.lowest, Extreme { occupancy: 10.0, at: UtcMicros(0) });
        assert_eq!(whole.mean, (12.0 + 14.0 + 13.0 + 12.0) / 4.0);
        assert_eq!(over(&curve, 30, 45).opening, 14.0, "before what the adjustment did");
        assert_eq!(over(&curve, 30, 45).mean, 13.0);
        assert!(curve.over(UtcMicros(60), UtcMicros(75)).is_none(), "not known");
    }

    #[test]
    fn what_was_never_observed_has_no_curve() {
        assert!(curve(3, &[], &[], 0).over(UtcMicros(0), UtcMicros(60)).is_none());
    }

    /// Five of six came before somebody counted 20 where there were 15.
    #[test]
    fn the_true_number_in_the_midst_of_a_quarter() {
        let flow = Flow { from: UtcMicros(0), until: UtcMicros(15), entries: 6, exits: 0 };
        let set = Jump { at: UtcMicros(3), delta: 5, before: Some(15) };
        let curve = Curve::new(10, &[flow], &[set], UtcMicros(0), UtcMicros(30));
        let corners: Vec<(f64, f64)> = curve.pieces.iter().map(|piece| (piece.start, piece.end)).collect();
        assert_eq!(corners, [(10.0, 15.0), (20.0, 21.0), (21.0, 21.0)]);
    }

    #[test]
    fn an_adjustment_at_the_very_start_belongs_to_the_period() {
        let curve = curve(7, &[(0, 15, 1, 0)], &[(0, -7)], 30);
        assert_eq!(curve.pieces[0].start, 0.0);
        assert_eq!((over(&curve, 0, 30).opening, over(&curve, 0, 30).closing), (7.0, 1.0));
    }

    proptest! {
        /// Opening + entries - exits + adjustments = closing, the mean lies between the extremes, and the parts make up the
        /// whole.
        #[test]
        fn the_ledger_balances(
            opening in -20..200i64,
            volumes in prop::collection::vec((0..40u64, 0..40u64), 96),
            mut jumps in prop::collection::vec((0..96 * 900i64, -30..30i64), 0..5),
            cut in 1..96i64,
        ) {
            jumps.sort_unstable();
            let flows: Vec<(i64, i64, u64, u64)> = volumes.iter().enumerate()
                .map(|(quarter, &(entries, exits))| (quarter as i64 * 900, (quarter as i64 + 1) * 900, entries, exits))
                .collect();
            let curve = curve(opening, &flows, &jumps, 96 * 900);
            let whole = over(&curve, 0, 96 * 900);
            let net: i64 = volumes.iter().map(|&(entries, exits)| entries as i64 - exits as i64).sum();
            let adjusted: i64 = jumps.iter().map(|jump| jump.1).sum();
            prop_assert_eq!(whole.closing, (opening + net + adjusted) as f64);
            prop_assert!(whole.lowest.occupancy - 1e-9 <= whole.mean && whole.mean <= whole.peak.occupancy + 1e-9);
            prop_assert!(curve.pieces.windows(2).all(|pair| pair[0].until == pair[1].from));
            let (first, second) = (over(&curve, 0, cut * 900), over(&curve, cut * 900, 96 * 900));
            prop_assert_eq!(first.closing, second.opening);
            let together = (first.mean * cut as f64 + second.mean * (96 - cut) as f64) / 96.0;
            prop_assert!((together - whole.mean).abs() < 1e-6, "{} {}", together, whole.mean);
            prop_assert_eq!(first.peak.occupancy.max(second.peak.occupancy), whole.peak.occupancy);
        }
    }
}
