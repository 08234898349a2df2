//! Today as far as it has gone, beside what is usual by this time of this weekday.

use jiff::{ToSpan, Zoned};
use serde_json::{Value, json};

use super::routes::App;
use crate::report::{Coverage, Observations, ReportDocument, Step, zoned};
use crate::store::{Filter, Reader, StoreError};
use crate::time::UtcMicros;

/// So many days like this one tell what is usual.
const WEEKS: i64 = 4;
/// A day that was observed less tells nothing of what is usual.
const LEAST_SHARE: f64 = 0.9;

/// `lotcount.today/1`: the report of today by quarters of an hour, and what is usual.
pub fn today(app: &App) -> Result<Value, StoreError> {
    let site = &app.config.site;
    let reader = Reader::open(&site.database)?;
    let now = zoned(UtcMicros::now(), &site.time_zone);
    // A zone whose day has no start or end has no today either.
    let midnight = now.start_of_day().unwrap_or_else(|_| now.clone());
    let end = midnight.tomorrow().unwrap_or_else(|_| now.clone());
    let span = (midnight, end);
    let report =
        ReportDocument::read_by(&reader, &site.name, &site.time_zone, "today".to_owned(), span, Step::Quarter)?;
    let weeks: Vec<Observations> = (1..=WEEKS).map(|week| same_day(&reader, &now, week)).collect::<Result<_, _>>()?;
    let usual = app.config.lots.iter().map(|lot| usual(&lot.name, &weeks)).collect::<Vec<_>>();
    Ok(json!({ "schema": "lotcount.today/1", "report": report.to_json(), "usual": usual }))
}

/// From midnight to this time of the clock, so many weeks ago.
fn same_day(reader: &Reader, now: &Zoned, weeks: i64) -> Result<Observations, StoreError> {
    let then = now.checked_sub(weeks.weeks()).unwrap_or_else(|_| now.clone());
    let midnight = then.start_of_day().unwrap_or_else(|_| then.clone());
    let moment = |at: &Zoned| Some(UtcMicros::from(at.timestamp()));
    Observations::of_every_line(reader, &Filter { since: moment(&midnight), until: moment(&then), ..Filter::default() })
}

/// Means over the days that were observed well enough; null when there is none.
fn usual(lot: &str, weeks: &[Observations]) -> Value {
    let known: Vec<&Observations> = weeks
        .iter()
        .filter(|day| {
            let cameras = day.cameras_of_lot(lot);
            let lowest = Coverage::lowest(cameras.iter().map(|camera| day.period_coverage(camera)));
            lowest.share().is_some_and(|share| share >= LEAST_SHARE)
        })
        .collect();
    let mean = |part: fn(&crate::store::LotVolume) -> u64| {
        let sum: u64 = known.iter().flat_map(|day| &day.lot_volumes).filter(|row| row.lot == lot).map(part).sum();
        (!known.is_empty()).then(|| sum as f64 / known.len() as f64)
    };
    json!({ "lot": lot, "entries": mean(|row| row.entries), "exits": mean(|row| row.exits), "days": known.len() })
}
