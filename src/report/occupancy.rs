//! Vehicles in each lot now, since when that is known, and how far it may be off by now.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::formats::rfc3339;
use super::tables::{local, table};
use super::unseen::Unseen;
use crate::count::{Band, Drift, Observation};
use crate::store::{Adjustment, Filter, Occupancy, Reader, StoreError};
use crate::time::UtcMicros;

/// The latest of them tell how a lot drifts: cameras are moved, and trees grow. Half a year of weekly counts, a month of nightly
/// ones: enough that a normal distribution stands for Student's (2.06 for 1.96 deviations).
const OBSERVATIONS: usize = 26;

/// What `lotcount occupancy` shows.
pub struct OccupancyDocument {
    pub site: String,
    pub at: jiff::Zoned,
    /// Each lot is followed by its parts.
    pub lots: Vec<LotState>,
}

pub struct LotState {
    pub occupancy: Occupancy,
    /// How many lots it lies within.
    pub depth: usize,
    /// Vehicles that came and went since the true number was told.
    pub crossings: Option<u64>,
    /// Vehicles that probably did so unseen.
    pub unseen: Option<f64>,
    pub drift: Drift,
    /// `None`: the true number was never told, and nothing is known of the beginning.
    pub band: Option<Band>,
}

impl OccupancyDocument {
    /// `live` are the cameras that must be watching all the time.
    pub fn read(
        reader: &Reader,
        site: &str,
        zone: &TimeZone,
        live: &[&str],
        now: UtcMicros,
    ) -> Result<Self, StoreError> {
        let unseen = Unseen::read(reader, live, now)?;
        let lots = in_order(reader.occupancy()?);
        let lots = lots.into_iter().map(|(depth, occupancy)| LotState::read(reader, occupancy, depth, &unseen));
        let at = now.to_timestamp().unwrap_or_default().to_zoned(zone.clone());
        Ok(Self { site: site.to_owned(), at, lots: lots.collect::<Result<_, _>>()? })
    }

    pub fn to_json(&self) -> Value {
        json!({
            "schema": "lotcount.occupancy/1",
            "site": self.site,
            "time_zone": self.at.time_zone().iana_name().unwrap_or("UTC"),
            "at": rfc3339(&self.at),
            "lots": self.lots.iter().map(|lot| lot.to_json(self.at.time_zone())).collect::<Vec<_>>(),
        })
    }

    pub fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.lots.is_empty() {
            return writeln!(out, "No lot is known yet.");
        }
        let flagged = self.lots.iter().any(|lot| lot.occupancy.flag().is_some());
        let header = ["lot", "inside", "95 % within", "capacity", "available", "used", "since", "flag"];
        let columns = if flagged { 8 } else { 7 };
        let mut rows = table(&header[..columns], &[1, 2, 3, 4, 5]);
        for lot in &self.lots {
            rows.add_row(lot.row(self.at.time_zone()).into_iter().take(columns));
        }
        writeln!(out, "{rows}")?;
        if flagged {
            writeln!(
                out,
                "below-zero, over-capacity: the count has drifted; tell the true number: lotcount occupancy set"
            )?;
        }
        if self.lots.iter().any(|lot| lot.band.is_none()) {
            writeln!(
                out,
                "never: nobody told the true number yet, the lot is taken to have been empty at the beginning"
            )?;
        }
        Ok(())
    }
}

impl LotState {
    fn read(reader: &Reader, occupancy: Occupancy, depth: usize, unseen: &Unseen) -> Result<Self, StoreError> {
        let filter = Filter { lot: Some(occupancy.lot.clone()), ..Filter::default() };
        let drift = drift(reader, &occupancy.lot, UtcMicros(i64::MAX))?;
        let (mut crossings, mut missed, mut band) = (None, None, None);
        if let Some(since) = occupancy.since {
            let volumes = reader.lot_volumes(&Filter { since: Some(since), ..filter })?;
            let number = volumes.iter().map(|volume| volume.entries + volume.exits).sum();
            let unseen = unseen.crossings(reader, &occupancy.lot, since)?;
            band = Some(drift.band(occupancy.inside, number, unseen));
            (crossings, missed) = (Some(number), Some(unseen));
        }
        Ok(Self { occupancy, depth, crossings, unseen: missed, drift, band })
    }

    fn row(&self, zone: &TimeZone) -> [String; 8] {
        let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
        let lot = &self.occupancy;
        let band = self.band.map(|band| band.whole());
        [
            format!("{}{}", "  ".repeat(self.depth), lot.lot),
            lot.inside.to_string(),
            band.map_or("unknown".to_owned(), |(low, high)| format!("{low} to {high}")),
            number(lot.capacity),
            number(lot.available()),
            lot.utilization().map_or("-".to_owned(), |share| format!("{:.0} %", 100.0 * share)),
            lot.since.map_or("never".to_owned(), |since| local(&zoned(since, zone))),
            lot.flag().unwrap_or_default().to_owned(),
        ]
    }

    fn to_json(&self, zone: &TimeZone) -> Value {
        let band = self.band.map(|band| band.whole());
        let drift = &self.drift;
        let mut json = occupancy_json(&self.occupancy, zone);
        json["band_low"] = json!(band.map(|(low, _)| low));
        json["band_high"] = json!(band.map(|(_, high)| high));
        json["crossings_since"] = json!(self.crossings);
        json["unseen_since"] = json!(self.unseen.map(tenths));
        json["drift"] = json!({
            "observations": drift.observations,
            "crossings": drift.crossings,
            "error": drift.error,
            "per_day": drift.per_day().map(tenths),
            "per_1000_crossings": drift.per_thousand_crossings().map(tenths),
        });
        json
    }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// What every document says of a lot now.
pub fn occupancy_json(lot: &Occupancy, zone: &TimeZone) -> Value {
    json!({
        "lot": lot.lot,
        "within": lot.within,
        "inside": lot.inside,
        "capacity": lot.capacity,
        "available": lot.available(),
        "utilization": lot.utilization().map(|share| (share * 1e4).round() / 1e4),
        "since": lot.since.map(|since| rfc3339(&zoned(since, zone))),
        "flag": lot.flag(),
    })
}

pub fn zoned(moment: UtcMicros, zone: &TimeZone) -> jiff::Zoned {
    moment.to_timestamp().unwrap_or_default().to_zoned(zone.clone())
}

/// How a lot drifts, by what was found when its true number was told before a moment: a report of the past stays as it is.
pub fn drift(reader: &Reader, lot: &str, until: UtcMicros) -> Result<Drift, StoreError> {
    Ok(Drift::measured(&reader.drift_observations(lot, until, OBSERVATIONS)?))
}

/// What was found when the true number was told, having been told before.
pub fn observation(adjustment: &Adjustment) -> Option<Observation> {
    Some(Observation {
        crossings: adjustment.crossings?,
        days: adjustment.at.days_since(adjustment.previous?),
        error: -adjustment.effect,
    })
}

/// Each lot followed by its parts, all by name, with the number of lots around it.
pub fn in_order(lots: Vec<Occupancy>) -> Vec<(usize, Occupancy)> {
    fn take(within: Option<&str>, depth: usize, left: &mut Vec<Occupancy>, ordered: &mut Vec<(usize, Occupancy)>) {
        let (mine, others) = std::mem::take(left).into_iter().partition(|lot| lot.within.as_deref() == within);
        *left = others;
        let mine: Vec<Occupancy> = mine;
        for lot in mine {
            let name = lot.lot.clone();
            ordered.push((depth, lot));
            take(Some(&name), depth + 1, left, ordered);
        }
    }
    let (mut left, mut ordered) = (lots, Vec::new());
    take(None, 0, &mut left, &mut ordered);
    // Rows that say that two lots lie within each other come from no configuration, and are shown all the same.
    ordered.extend(left.into_iter().map(|lot| (0, lot)));
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_their_lot() {
        let lot = |name: &str, within: Option<&str>| Occupancy {
            lot: name.to_owned(),
            within: within.map(str::to_owned),
            inside: 0,
            capacity: None,
            since: None,
        };
        let lots = vec![
            lot("a-level", Some("deck")),
            lot("deck", Some("site")),
            lot("loop", Some("loop")),
            lot("main", Some("site")),
            lot("site", None),
            lot("yard", None),
        ];
        let shown: Vec<_> = in_order(lots).into_iter().map(|(depth, lot)| (depth, lot.lot)).collect();
        let expected = [(0, "site"), (1, "deck"), (2, "a-level"), (1, "main"), (0, "yard"), (0, "loop")];
        assert_eq!(shown, expected.map(|(depth, name)| (depth, name.to_owned())));
    }
}
