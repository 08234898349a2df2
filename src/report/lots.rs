//! What a report says of each lot: the ledger of the period and of each of its steps, and the figures that follow.

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::buckets::{Bucket, Step, buckets};
use super::coverage::Coverage;
use super::figures::{self, BandPoint, Curve, Flow, Jump, NoStay, Told, Watch};
use super::observations::{Observations, QUARTER_US};
use super::occupancy::drift;
use crate::store::{Adjustment, Filter, Gap, Lot, LotVolume, Reader, StoreError};
use crate::time::UtcMicros;

/// One lot in the whole period or in one step: opening + entries - exits + adjusted = closing.
#[derive(Clone, Debug, PartialEq)]
pub struct LotFigures {
    /// `None`: the whole period.
    pub bucket: Option<Bucket>,
    pub lot: String,
    pub entries: u64,
    pub exits: u64,
    /// `None`: nothing is known of this time, because it lies before the first or after the last row of the lot.
    pub inside: Option<Inside>,
    /// Of the cameras whose lines lead into or out of it: the lowest.
    pub coverage: Coverage,
}

/// Vehicles in a lot over a span, as the ledger has it: never clamped.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    pub opening: i64,
    /// What the adjustments changed.
    pub adjusted: i64,
    pub closing: i64,
    /// By time; straight lines between the ends of the quarters of an hour.
    pub mean: f64,
    pub lowest: i64,
    /// At the end of a quarter of an hour or after an adjustment; the first of equals.
    pub peak: i64,
    pub peak_at: Zoned,
    pub utilization: Option<f64>,
    pub peak_utilization: Option<f64>,
}

/// The hour with the largest volume, entries and exits.
#[derive(Clone, Debug, PartialEq)]
pub struct BusiestHour {
    pub hour: Bucket,
    pub volume: u64,
    pub coverage: Coverage,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LotRow {
    pub figures: LotFigures,
    /// The lot that it is a part of.
    pub within: Option<String>,
    /// How many lots it lies within.
    pub depth: usize,
    /// spaces
    pub capacity: Option<i64>,
    /// Mean length of stay, microseconds, or why it cannot be told.
    pub stay: Result<i64, NoStay>,
    pub turnover: Option<f64>,
    pub busiest: Option<BusiestHour>,
    /// When the true number was told last before the end of the period; `None`: never, counted from 0 on.
    pub told: Option<UtcMicros>,
    /// As far as it is known.
    pub curve: Curve,
    /// Where the true number lies with 95 %, in order of time; empty where the true number was never told.
    pub band: Vec<BandPoint>,
    /// Whose lines lead into or out of it.
    pub cameras: Vec<String>,
}

impl LotRow {
    /// What is wrong with its numbers, in words.
    pub fn remarks(&self) -> Vec<&'static str> {
        let inside = self.figures.inside.as_ref();
        let over = |inside: &Inside| self.capacity.is_some_and(|capacity| inside.peak > capacity);
        let all = [
            (inside.is_some_and(|inside| inside.lowest < 0), "below zero: more exits than entries were counted"),
            (inside.is_some_and(over), "over capacity"),
            (inside.is_some() && self.told.is_none(), "never set: counted from 0 on"),
        ];
        all.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect()
    }
}

/// All that is needed to tell the figures of one lot over any part of the period.
struct History {
    lot: Lot,
    depth: usize,
    flows: Vec<Flow>,
    jumps: Vec<Jump>,
    curve: Curve,
    told: Option<UtcMicros>,
    band: Vec<BandPoint>,
    cameras: Vec<String>,
}

/// Rows of the period, and of every step, in the order of the steps.
pub struct Lots {
    pub rows: Vec<LotRow>,
    pub steps: Vec<LotFigures>,
    /// The same in the steps of the charts.
    pub chart_steps: Vec<LotFigures>,
    /// Of the period, in order of time.
    pub adjustments: Vec<Adjustment>,
}

impl Lots {
    pub fn read(
        reader: &Reader,
        observations: &Observations,
        (start, end): (&Zoned, &Zoned),
        steps: &[Bucket],
        chart_steps: &[Bucket],
    ) -> Result<Self, StoreError> {
        let (since, until) = (UtcMicros::from(start.timestamp()), UtcMicros::from(end.timestamp()));
        let filter = Filter { since: Some(since), until: Some(until), ..Filter::default() };
        let adjustments = reader.adjustments(&filter)?;
        let hours = buckets(start.timestamp(), end.timestamp(), start.time_zone(), Step::Hour);
        let mut histories = Vec::new();
        for (lot, depth) in by_nesting(reader.lots()?) {
            histories.push(History::read(reader, observations, &adjustments, (since, until), lot, depth)?);
        }
        let in_steps = |steps: &[Bucket]| -> Vec<LotFigures> {
            steps.iter().flat_map(|step| histories.iter().map(|history| history.step(observations, step))).collect()
        };
        Ok(Self {
            rows: histories.iter().map(|history| history.row(observations, (since, until), &hours)).collect(),
            steps: in_steps(steps),
            chart_steps: in_steps(chart_steps),
            adjustments,
        })
    }
}

/// Each lot after the one that it lies within, with its depth; by name where they are equal.
fn by_nesting(lots: Vec<Lot>) -> Vec<(Lot, usize)> {
    fn add(lots: &[Lot], within: Option<&str>, depth: usize, ordered: &mut Vec<(Lot, usize)>) {
        // Deeper than there are lots is a circle, which no configuration can make.
        for lot in lots.iter().filter(|lot| lot.within.as_deref() == within && depth < lots.len()) {
            ordered.push((lot.clone(), depth));
            add(lots, Some(&lot.name), depth + 1, ordered);
        }
    }
    let mut ordered = Vec::new();
    add(&lots, None, 0, &mut ordered);
    let left = lots.iter().filter(|lot| ordered.iter().all(|(known, _)| known.name != lot.name));
    let left: Vec<(Lot, usize)> = left.map(|lot| (lot.clone(), 0)).collect();
    ordered.extend(left);
    ordered
}

impl History {
    fn read(
        reader: &Reader,
        observations: &Observations,
        adjustments: &[Adjustment],
        (since, until): (UtcMicros, UtcMicros),
        lot: Lot,
        depth: usize,
    ) -> Result<Self, StoreError> {
        let of_lot = || adjustments.iter().filter(|adjustment| adjustment.lot == lot.name);
        let flows: Vec<Flow> =
            observations.lot_volumes.iter().filter(|volume| volume.lot == lot.name).map(flow).collect();
        let jump = |row: &Adjustment| Jump { at: row.at, delta: row.effect, before: row.counted };
        let jumps: Vec<Jump> = of_lot().map(jump).collect();
        let cameras: Vec<String> = observations.cameras_of_lot(&lot.name).into_iter().map(str::to_owned).collect();
        // Adjustments at the first moment are the period's own.
        let at_start: i64 = jumps.iter().filter(|jump| jump.at == since).map(|jump| jump.delta).sum();
        let opening = reader.occupancy_at(&lot.name, since)?.unwrap_or(0) - at_start;
        let (first, last) = known(observations, &cameras, &flows, &jumps).unwrap_or((until, until));
        let curve = Curve::new(opening, &flows, &jumps, first.max(since), last.min(until).max(since));
        let told_within: Vec<UtcMicros> = of_lot().filter(|row| row.kind.is_absolute()).map(|row| row.at).collect();
        let told_before = reader.told_before(&lot.name, since)?;
        let told = told_within.last().copied().or(told_before);
        let band = match told {
            None => Vec::new(),
            Some(_) => {
                let drift = drift(reader, &lot.name, until)?;
                let told = Told { before: before(reader, &lot.name, told_before, since)?, within: told_within };
                let watches = watches(reader, observations, &cameras, told_before, (since, until))?;
                figures::band(&curve, &flows, &told, &watches, &drift)
            }
        };
        Ok(Self { lot, depth, flows, jumps, curve, told, band, cameras })
    }

    fn row(&self, observations: &Observations, (since, until): (UtcMicros, UtcMicros), hours: &[Bucket]) -> LotRow {
        let coverage = Coverage::lowest(self.cameras.iter().map(|camera| observations.period_coverage(camera)));
        let zone = hours.first().map_or(TimeZone::UTC, |hour| hour.start.time_zone().clone());
        let figures = self.figures(None, coverage, (since, until), &zone);
        let volumes = hours.iter().map(|hour| (hour, self.volume(hour)));
        let busiest = figures::busiest(volumes).map(|(hour, volume)| {
            let coverage = self.coverage(observations, hour);
            BusiestHour { hour: hour.clone(), volume, coverage }
        });
        let over = self.curve.over(since, until);
        let stay = match (&over, coverage) {
            (None, _) | (_, Coverage::Blind) => Err(NoStay::Blind),
            (Some(over), _) => figures::mean_stay(over.mean, over.lowest.occupancy, figures.entries, over.length_us),
        };
        LotRow {
            turnover: figures::turnover(figures.entries, self.lot.capacity).filter(|_| coverage != Coverage::Blind),
            figures,
            within: self.lot.within.clone(),
            depth: self.depth,
            capacity: self.lot.capacity,
            stay,
            busiest,
            told: self.told,
            curve: self.curve.clone(),
            band: self.band.clone(),
            cameras: self.cameras.clone(),
        }
    }

    fn step(&self, observations: &Observations, bucket: &Bucket) -> LotFigures {
        let span = (UtcMicros::from(bucket.start.timestamp()), UtcMicros::from(bucket.end.timestamp()));
        let coverage = self.coverage(observations, bucket);
        self.figures(Some(bucket.clone()), coverage, span, bucket.start.time_zone())
    }

    fn coverage(&self, observations: &Observations, bucket: &Bucket) -> Coverage {
        let (start, end) = (UtcMicros::from(bucket.start.timestamp()), UtcMicros::from(bucket.end.timestamp()));
        Coverage::lowest(self.cameras.iter().map(|camera| observations.coverage(camera, start, end)))
    }

    fn flows(&self, since: UtcMicros, until: UtcMicros) -> &[Flow] {
        let first = self.flows.partition_point(|flow| flow.from < since);
        let after = self.flows.partition_point(|flow| flow.from < until);
        &self.flows[first..after.max(first)]
    }

    fn volume(&self, hour: &Bucket) -> u64 {
        let flows = self.flows(UtcMicros::from(hour.start.timestamp()), UtcMicros::from(hour.end.timestamp()));
        flows.iter().map(|flow| flow.entries + flow.exits).sum()
    }

    fn figures(
        &self,
        bucket: Option<Bucket>,
        coverage: Coverage,
        (since, until): (UtcMicros, UtcMicros),
        zone: &TimeZone,
    ) -> LotFigures {
        let flows = self.flows(since, until);
        let jumps = self.jumps.iter().filter(|jump| jump.at >= since && jump.at < until);
        let adjusted = jumps.map(|jump| jump.delta).sum();
        let capacity = self.lot.capacity;
        let inside = self.curve.over(since, until).map(|span| Inside {
            opening: span.opening.round() as i64,
            adjusted,
            closing: span.closing.round() as i64,
            mean: span.mean,
            lowest: span.lowest.occupancy.round() as i64,
            peak: span.peak.occupancy.round() as i64,
            peak_at: span.peak.at.to_timestamp().unwrap_or_default().to_zoned(zone.clone()),
            utilization: figures::utilization(span.mean, capacity),
            peak_utilization: figures::utilization(span.peak.occupancy, capacity),
        });
        LotFigures {
            bucket,
            lot: self.lot.name.clone(),
            entries: flows.iter().map(|flow| flow.entries).sum(),
            exits: flows.iter().map(|flow| flow.exits).sum(),
            inside,
            coverage,
        }
    }
}

fn flow(volume: &LotVolume) -> Flow {
    let until = UtcMicros(volume.quarter.0 + QUARTER_US);
    Flow { from: volume.quarter, until, entries: volume.entries, exits: volume.exits }
}

/// From the first to the last moment that rows know of the lot: before it was counted and after the last look there is no
/// number.
fn known(
    observations: &Observations,
    cameras: &[String],
    flows: &[Flow],
    jumps: &[Jump],
) -> Option<(UtcMicros, UtcMicros)> {
    let names: Vec<&str> = cameras.iter().map(String::as_str).collect();
    let heard_of = observations.heard_of(&names);
    let jumps = || jumps.iter().map(|jump| jump.at);
    let first = heard_of.map(|span| span.0).into_iter().chain(flows.first().map(|flow| flow.from)).chain(jumps()).min();
    // Crossings that no coverage goes with yet came somewhere in their quarter.
    let reached = heard_of.map(|span| span.1);
    let late = flows.last().filter(|flow| reached.is_none_or(|reached| reached <= flow.from)).map(|flow| flow.until);
    let last = reached.into_iter().chain(late).chain(jumps()).max();
    Some((first?, last?))
}

/// What each camera probably missed of a vehicle, from its gaps and from what it counted when it saw something.
fn watches(
    reader: &Reader,
    observations: &Observations,
    cameras: &[String],
    told: Option<UtcMicros>,
    (since, until): (UtcMicros, UtcMicros),
) -> Result<Vec<Watch>, StoreError> {
    let earlier = match told {
        Some(told) => reader.gaps(&Filter { since: Some(told), until: Some(since), ..Filter::default() })?,
        None => Vec::new(),
    };
    let watch = |camera: &String| {
        let missed_before = blind(&earlier, camera, (told.unwrap_or(since), since));
        Watch {
            rate: observations.rate(camera),
            blind: blind(&observations.gaps, camera, (since, until)),
            missed_before: missed_before.iter().map(|(from, until)| until.0 - from.0).sum(),
        }
    };
    Ok(cameras.iter().map(watch).collect())
}

/// The camera's gaps within the span, joined where they overlap.
fn blind(gaps: &[Gap], camera: &str, (since, until): (UtcMicros, UtcMicros)) -> Vec<(UtcMicros, UtcMicros)> {
    let mut joined: Vec<(UtcMicros, UtcMicros)> = Vec::new();
    for gap in gaps.iter().filter(|gap| gap.camera == camera) {
        let (from, until) = (gap.from.max(since), gap.until.min(until));
        match joined.last_mut() {
            _ if from >= until => {}
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}

/// When the true number was told last before the period, and what crossed from then on.
fn before(reader: &Reader, lot: &str, told: Option<UtcMicros>, since: UtcMicros) -> Result<Option<u64>, StoreError> {
    let Some(told) = told else { return Ok(None) };
    let filter = Filter { lot: Some(lot.to_owned()), since: Some(told), until: Some(since), ..Filter::default() };
    Ok(Some(reader.lot_volumes(&filter)?.iter().map(|volume| volume.entries + volume.exits).sum()))
}
