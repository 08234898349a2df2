//! What the database and the service say, as JSON.

use serde_json::{Value, json};

use super::metrics;
use super::routes::App;
use super::site::{CameraState, Snapshot, Thread};
use crate::config::Config;
use crate::report::{Coverage, Observations, OccupancyDocument, alerts_json, live, occupancy_json, rfc3339, zoned};
use crate::store::{CrossingRow, Filter, Reader, StoreError, wal_bytes};
use crate::time::UtcMicros;

const HOUR_US: i64 = 3_600_000_000;

fn open(config: &Config) -> Result<Reader, StoreError> {
    Reader::open(&config.site.database)
}

/// `lotcount.live/1`, as totals.json has it.
pub fn totals(app: &App) -> Result<Value, StoreError> {
    let site = &app.config.site;
    Ok(live::totals(&open(&app.config)?, &site.name, &site.time_zone, UtcMicros::now())?.to_json())
}

/// `lotcount.occupancy/1`, as `lotcount occupancy --json`.
pub fn occupancy(app: &App) -> Result<Value, StoreError> {
    let site = &app.config.site;
    let live = app.config.cameras.iter().filter(|camera| camera.source.is_live());
    let live: Vec<&str> = live.map(|camera| camera.name.as_str()).collect();
    let reader = open(&app.config)?;
    Ok(OccupancyDocument::read(&reader, &site.name, &site.time_zone, &live, UtcMicros::now())?.to_json())
}

/// `lotcount.crossings/1`: those after a row, or the latest.
pub fn crossings(app: &App, since: Option<i64>, limit: usize) -> Result<Value, StoreError> {
    let reader = open(&app.config)?;
    // One more than is asked for tells whether there are more.
    let mut rows = match since {
        Some(id) => reader.crossings_after(id, limit + 1)?,
        None => reader.crossings_written_last(limit)?,
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|row| row.id).or(since);
    Ok(json!({
        "schema": "lotcount.crossings/1",
        "crossings": rows.iter().map(|row| crossing(row, app)).collect::<Vec<_>>(),
        "next": next,
        "more": more,
    }))
}

pub fn crossing(row: &CrossingRow, app: &App) -> Value {
    json!({
        "id": row.id,
        "run": row.run,
        "camera": row.camera,
        "seq": row.sequence,
        "line": row.line,
        "direction": row.direction,
        "class": row.class,
        "at": rfc3339(&zoned(row.at, &app.config.site.time_zone)),
    })
}

/// Vehicles in each lot and open alerts: what events tell when it changes.
pub fn lots_and_alerts(reader: &Reader, app: &App) -> Result<(Vec<Value>, Vec<Value>), StoreError> {
    let zone = &app.config.site.time_zone;
    let lots = reader.occupancy()?.iter().map(|lot| occupancy_json(lot, zone)).collect();
    let alerts = match alerts_json(&reader.latest_alerts()?, zone) {
        Value::Array(alerts) => alerts,
        _ => Vec::new(),
    };
    Ok((lots, alerts))
}

/// In one word how the whole does.
pub fn state(snapshot: &Snapshot) -> &'static str {
    let is = |state| move |camera: &&super::site::Camera| camera.state == state;
    if snapshot.stopping {
        "stopping"
    } else if !snapshot.writer_is_alive || snapshot.waiting_changes > 0 {
        "not-keeping"
    } else if snapshot.cameras.iter().all(|camera| matches!(camera.state, CameraState::Counting | CameraState::Done)) {
        "counting"
    } else if snapshot.cameras.iter().any(|camera| is(CameraState::Counting)(&camera)) {
        "degraded"
    } else {
        "blind"
    }
}

/// Those that serve: who reads this gives a sign of life by it.
fn threads(app: &App) -> [Thread; 4] {
    let here = |name: &str| Thread { name: name.to_owned(), ..Thread::default() };
    [here("http"), here("http-disk"), app.live.thread(), app.trials.worker.thread()]
}

/// `lotcount.status/1`.
pub fn status(app: &App) -> Result<Value, StoreError> {
    let snapshot = app.site.snapshot();
    let site = &app.config.site;
    let now = UtcMicros::now();
    let hour = Filter { since: Some(UtcMicros(now.0 - HOUR_US)), until: Some(now), ..Filter::default() };
    let known = Observations::of_every_line(&open(&app.config)?, &hour);
    let bytes = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |data| data.len());
    let mut status = json!({
        "schema": "lotcount.status/1",
        "version": env!("CARGO_PKG_VERSION"),
        "site": site.name,
        "at": rfc3339(&zoned(now, &site.time_zone)),
        "state": state(&snapshot),
    });
    let cameras: Vec<Value> = snapshot
        .cameras
        .iter()
        .map(|camera| {
            let mut json = json!(camera);
            let coverage = known.as_ref().map_or(Coverage::Unknown, |known| known.period_coverage(&camera.name));
            coverage.add_to(&mut json, "_hour");
            json
        })
        .collect();
    let mut rest = json!(snapshot);
    rest["cameras"] = cameras.into();
    rest["threads"] = json!([snapshot.threads.as_slice(), &threads(app)].concat());
    rest["database"] = json!({
        "file": site.database.file_name().unwrap_or_default().to_string_lossy(),
        "bytes": bytes(&site.database),
        "wal_bytes": wal_bytes(&site.database).unwrap_or(0),
        "readable": known.is_ok(),
    });
    if let (Value::Object(status), Value::Object(rest)) = (&mut status, rest) {
        status.extend(rest);
    }
    Ok(status)
}

/// For Prometheus.
pub fn metrics(app: &App) -> Result<String, StoreError> {
    let reader = open(&app.config)?;
    let alerts = reader.open_alerts()?.len();
    Ok(metrics::text(&app.site.snapshot(), &reader.line_totals()?, &reader.occupancy()?, alerts))
}
