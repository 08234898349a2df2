//! What the database knows of lots and lines, as the rules for alerts want it.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::alert::{
    Alert, ClosingState, HourVolume, Kind, LineState, LocalHour, LotState, Rules, Subject, closing_before, hour_before,
};
use crate::store::{Filter, Reader, StoreError};
use crate::time::UtcMicros;

/// Remembers which hour and which closings were judged already, so that they are not read again every minute. Who
/// forgets it by being started again finds the same once more, which changes nothing.
#[derive(Debug, Default)]
pub struct History {
    judged: Judged,
    /// To be [`Judged`] when what was found is written.
    found: Judged,
}

#[derive(Clone, Debug, Default)]
struct Judged {
    hour: Option<UtcMicros>,
    closings: HashMap<String, UtcMicros>,
}

impl History {
    /// What was found since the last time is written.
    pub fn is_judged(&mut self) {
        self.judged = self.found.clone();
    }

    pub fn lots(&self, reader: &Reader) -> Result<Vec<LotState>, StoreError> {
        let changes = reader.lot_changes()?;
        let state = |row: crate::store::Occupancy| LotState {
            changed: changes.get(&row.lot).copied(),
            lot: row.lot,
            inside: row.inside,
            capacity: row.capacity,
            counted: row.since,
        };
        Ok(reader.occupancy()?.into_iter().map(state).collect())
    }

    /// Of lots whose latest closing was not judged, or is told of.
    pub fn closings(
        &mut self,
        reader: &Reader,
        rules: &Rules,
        latest: &[Alert],
        zone: &TimeZone,
        now: UtcMicros,
    ) -> Result<Vec<ClosingState>, StoreError> {
        let mut states = Vec::new();
        let lots: Vec<LotState> =
            if rules.lots.iter().any(|lot| lot.closing.is_some()) { self.lots(reader)? } else { Vec::new() };
        for rule in &rules.lots {
            let Some(closing) = rule.closing.and_then(|closing| closing_before(now, closing, zone)) else { continue };
            let (at, before, name) = closing;
            let subject = Subject::Lot(rule.lot.clone());
            if self.judged.closings.get(&rule.lot) == Some(&at) && !is_open(latest, Kind::Imbalance, &subject) {
                continue;
            }
            let Some(lot) = lots.iter().find(|lot| lot.lot == rule.lot) else { continue };
            self.found.closings.insert(rule.lot.clone(), at);
            let day = Filter { lot: Some(rule.lot.clone()), since: Some(before), until: Some(at), ..Filter::default() };
            let volumes = reader.lot_volumes(&day)?;
            let (entries, exits) =
                volumes.iter().fold((0, 0), |sum, volume| (sum.0 + volume.entries, sum.1 + volume.exits));
            let inside = reader.occupancy_at(&rule.lot, at)?.unwrap_or(0);
            let coverage = lowest_coverage(reader, &rule.lot, before, at)?;
            let (lot, counted, capacity) = (rule.lot.clone(), lot.counted, lot.capacity);
            states.push(ClosingState { lot, at, name, entries, exits, inside, capacity, coverage, counted });
        }
        Ok(states)
    }

    /// Lines of the last full hour, once, and after that those that are told to be silent.
    pub fn lines(
        &mut self,
        reader: &Reader,
        rules: &Rules,
        latest: &[Alert],
        zone: &TimeZone,
        now: UtcMicros,
    ) -> Result<Vec<LineState>, StoreError> {
        let Some(hour) = hour_before(now, zone).filter(|_| rules.silent_lines) else { return Ok(Vec::new()) };
        let is_new = self.judged.hour != Some(hour.span.0);
        let volumes = if is_new { HourVolumes::read(reader, &hour)? } else { HourVolumes::default() };
        self.found.hour = Some(hour.span.0);
        let mut states = Vec::new();
        for (camera, line) in
            rules.cameras.iter().flat_map(|(camera, lines)| lines.iter().map(move |line| (camera, line)))
        {
            let subject = Subject::Line { camera: camera.clone(), line: line.clone() };
            let is_open = is_open(latest, Kind::SilentLine, &subject);
            if !is_new && !is_open {
                continue;
            }
            let last_crossing = if is_open { reader.last_crossing(camera, line)? } else { None };
            let mut volumes = volumes.of(camera, line);
            states.push(LineState {
                camera: camera.clone(),
                line: line.clone(),
                start: hour.span.0,
                name: hour.name.clone(),
                hour: volumes.next().unwrap_or(HourVolume { coverage: 0.0, crossings: 0 }),
                weeks: volumes.collect(),
                last_crossing,
            });
        }
        Ok(states)
    }
}

fn is_open(latest: &[Alert], kind: Kind, subject: &Subject) -> bool {
    latest.iter().any(|alert| alert.ended.is_none() && alert.kind == kind && alert.subject == *subject)
}

/// Crossings and coverage of one hour and the same hour of the weeks before, of all lines.
#[derive(Default)]
struct HourVolumes {
    hours: Vec<Hour>,
}

struct Hour {
    /// By camera and line.
    crossings: HashMap<(String, String), u64>,
    /// By camera.
    coverage: HashMap<String, f64>,
}

impl HourVolumes {
    fn read(reader: &Reader, hour: &LocalHour) -> Result<Self, StoreError> {
        let mut hours = Vec::new();
        for (start, end) in [hour.span].iter().chain(&hour.weeks) {
            let filter = Filter { since: Some(*start), until: Some(*end), ..Filter::default() };
            let mut crossings: HashMap<(String, String), u64> = HashMap::new();
            for volume in reader.line_volumes(&filter)? {
                *crossings.entry((volume.camera, volume.line)).or_default() += volume.entries + volume.exits;
            }
            hours.push(Hour { crossings, coverage: coverage(reader, &filter)? });
        }
        Ok(Self { hours })
    }

    /// The last hour first.
    fn of<'a>(&'a self, camera: &'a str, line: &'a str) -> impl Iterator<Item = HourVolume> + 'a {
        let key = (camera.to_owned(), line.to_owned());
        self.hours.iter().map(move |hour| HourVolume {
            coverage: hour.coverage.get(camera).copied().unwrap_or(0.0),
            crossings: hour.crossings.get(&key).copied().unwrap_or(0),
        })
    }
}

/// Observed share of the period by camera, 0 to 1; cameras that saw nothing of it are left out.
fn coverage(reader: &Reader, period: &Filter) -> Result<HashMap<String, f64>, StoreError> {
    let length = period.since.zip(period.until).map_or(1.0, |(since, until)| (until.0 - since.0).max(1) as f64);
    let mut coverage: HashMap<String, f64> = HashMap::new();
    for quarter in reader.coverage(period)? {
        *coverage.entry(quarter.camera).or_default() += quarter.observed_us as f64 / length;
    }
    Ok(coverage)
}

/// Of the cameras that look at the lot.
fn lowest_coverage(reader: &Reader, lot: &str, since: UtcMicros, until: UtcMicros) -> Result<Option<f64>, StoreError> {
    let filter = Filter { since: Some(since), until: Some(until), ..Filter::default() };
    let coverage = coverage(reader, &filter)?;
    let lines = reader.lot_lines()?;
    let cameras = lines.iter().filter(|line| line.lot == lot);
    Ok(cameras.map(|line| coverage.get(&line.camera).copied().unwrap_or(0.0)).reduce(f64::min))
}
