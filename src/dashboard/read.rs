//! Reads what is shown from the database and, where there is one, the running service's status.

use std::collections::HashMap;

use jiff::{ToSpan, Zoned};
use serde_json::Value;

use super::model::{Alert, Camera, Crossing, Dashboard, Line, Lot, Quarter, State};
use super::text::clean;
use crate::config::{self, Config};
use crate::report::{OccupancyDocument, in_order};
use crate::store::{Filter, LatestRun, LatestSight, LineVolume, Reader, StoreError};
use crate::time::UtcMicros;

const QUARTER_US: i64 = 900_000_000;
/// More crossings than any terminal has rows for.
const CROSSINGS: usize = 200;
/// The service writes what it observed once a minute: what is older than this comes from nobody, s.
const FRESH: f64 = 150.0;

/// How far the true number of each lot may lie below and above the one that is counted. It changes slowly, and takes weeks of rows
/// to work out.
pub type Bands = HashMap<String, (i64, i64)>;

pub fn read_bands(reader: &Reader, config: &Config, now: UtcMicros) -> Result<Bands, StoreError> {
    let live = live_cameras(config);
    let document = OccupancyDocument::read(reader, &config.site.name, &config.site.time_zone, &live, now)?;
    let bands = document.lots.into_iter().filter_map(|lot| {
        let ((low, high), inside) = (lot.band?.whole(), lot.occupancy.inside);
        Some((lot.occupancy.lot, (low - inside, high - inside)))
    });
    Ok(bands.collect())
}

fn live_cameras(config: &Config) -> Vec<&str> {
    config.cameras.iter().filter(|camera| camera.source.is_live()).map(|camera| camera.name.as_str()).collect()
}

/// What is known without any database.
pub fn nothing(config: &Config, now: UtcMicros, trouble: String) -> Dashboard {
    let camera = |camera: &config::Camera| unknown(&camera.name, None, None);
    Dashboard {
        site: clean(&config.site.name),
        at: zoned(config, now),
        is_read: false,
        trouble: Some(clean(&trouble)),
        run: String::new(),
        lots: config.lots.iter().map(uncounted).collect(),
        lines: Vec::new(),
        cameras: config.cameras.iter().map(camera).collect(),
        crossings: Vec::new(),
        alerts: Vec::new(),
        quarters: Vec::new(),
        quarters_today: 96,
    }
}

pub fn read(
    reader: &Reader,
    config: &Config,
    bands: &Bands,
    status: Option<&Value>,
    now: UtcMicros,
) -> Result<Dashboard, StoreError> {
    let at = zoned(config, now);
    // A zone whose day has no start has no today.
    let midnight: UtcMicros = at.start_of_day().map_or(now, |midnight| midnight.timestamp().into());
    let today = Filter { since: Some(midnight), ..Filter::default() };
    let volumes = reader.line_volumes(&today)?;
    let run = reader.latest_run()?;
    let crossings = reader.latest_crossings(CROSSINGS)?.into_iter().map(|crossing| Crossing {
        at: zoned(config, crossing.at),
        camera: clean(&crossing.camera),
        line: clean(&crossing.line),
        is_entry: crossing.direction == "entry",
        class: clean(&crossing.class),
    });
    let mut alerts = reader.open_alerts()?;
    alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.kind.level()), std::cmp::Reverse(alert.began)));
    let alerts = alerts.into_iter().map(|alert| Alert {
        id: alert.id,
        level: alert.kind.level(),
        kind: alert.kind.word(),
        of: clean(&alert.subject.to_string()),
        began: zoned(config, alert.began),
        detail: clean(&alert.detail),
    });
    Ok(Dashboard {
        site: clean(&config.site.name),
        is_read: true,
        trouble: None,
        run: run_in_words(run, config, now),
        lots: lots(reader, config, bands)?,
        lines: lines(config, &volumes),
        cameras: cameras(reader, config, run, status, now)?,
        crossings: crossings.collect(),
        alerts: alerts.collect(),
        quarters: quarters(reader, config, &volumes, midnight, now)?,
        quarters_today: quarters_today(&at),
        at,
    })
}

fn zoned(config: &Config, moment: UtcMicros) -> Zoned {
    moment.to_timestamp().unwrap_or_default().to_zoned(config.site.time_zone.clone())
}

/// The time alone of today, the date before it of another day.
fn moment(config: &Config, moment: UtcMicros, now: UtcMicros) -> String {
    let (at, now) = (zoned(config, moment), zoned(config, now));
    at.strftime(if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string()
}

fn run_in_words(run: Option<LatestRun>, config: &Config, now: UtcMicros) -> String {
    match run {
        None => "nobody has counted yet".to_owned(),
        Some(LatestRun { ended: Some(ended), .. }) => format!("stopped {}", moment(config, ended, now)),
        Some(run) => format!("started {}", moment(config, run.started, now)),
    }
}

/// Those that are configured, in order and with what the database knows of them.
fn lots(reader: &Reader, config: &Config, bands: &Bands) -> Result<Vec<Lot>, StoreError> {
    let known = in_order(reader.occupancy()?);
    let is_configured = |name: &str| config.lots.iter().any(|lot| lot.name == name);
    let shown = known.iter().filter(|(_, lot)| is_configured(&lot.lot)).map(|(depth, lot)| Lot {
        name: clean(&lot.lot),
        depth: *depth,
        inside: Some(lot.inside),
        capacity: lot.capacity,
        band: bands.get(&lot.lot).map(|(below, above)| (lot.inside + below, lot.inside + above)),
        flag: lot.flag(),
    });
    let new = config.lots.iter().filter(|lot| !known.iter().any(|(_, known)| known.lot == lot.name));
    Ok(shown.chain(new.map(uncounted)).collect())
}

/// A lot of which the database knows nothing.
fn uncounted(lot: &config::Lot) -> Lot {
    Lot {
        name: clean(&lot.name),
        depth: 0,
        inside: None,
        capacity: lot.capacity.map(i64::from),
        band: None,
        flag: None,
    }
}

/// Those that are configured, then those that were counted today all the same.
fn lines(config: &Config, volumes: &[LineVolume]) -> Vec<Line> {
    let configured = config
        .cameras
        .iter()
        .flat_map(|camera| camera.lines.iter().map(|line| (camera.name.as_str(), line.name.as_str())));
    let mut names: Vec<(&str, &str)> = configured.collect();
    for volume in volumes {
        let name = (volume.camera.as_str(), volume.line.as_str());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let line = |(camera, line): (&str, &str)| {
        let of_line = || volumes.iter().filter(move |volume| volume.camera == camera && volume.line == line);
        Line {
            camera: clean(camera),
            line: clean(line),
            entries: of_line().map(|volume| volume.entries).sum(),
            exits: of_line().map(|volume| volume.exits).sum(),
        }
    };
    names.into_iter().map(line).collect()
}

fn cameras(
    reader: &Reader,
    config: &Config,
    run: Option<LatestRun>,
    status: Option<&Value>,
    now: UtcMicros,
) -> Result<Vec<Camera>, StoreError> {
    let told = status.and_then(|status| status["cameras"].as_array()).map_or(&[][..], Vec::as_slice);
    let mut cameras = Vec::new();
    for camera in &config.cameras {
        cameras.push(match told.iter().find(|told| told["name"] == camera.name.as_str()) {
            Some(told) => of_status(&camera.name, told),
            None => of_rows(camera, config, run, reader.latest_sight(&camera.name)?, now),
        });
    }
    Ok(cameras)
}

fn of_status(name: &str, told: &Value) -> Camera {
    let text = |key: &str| told[key].as_str().filter(|text| !text.is_empty()).map(clean);
    let state = State::ALL.into_iter().find(|state| told["state"] == state.word());
    Camera {
        name: clean(name),
        state: state.unwrap_or(State::Unknown),
        reason: text("reason"),
        detail: text("detail"),
        fps: told["frames_per_second"].as_f64(),
        looks: told["looks_per_second"].as_f64(),
        dropped: told["frames_dropped"].as_u64(),
        coverage: told["coverage_hour"].as_f64(),
    }
}

fn unknown(name: &str, reason: Option<&str>, detail: Option<String>) -> Camera {
    Camera {
        name: clean(name),
        state: State::Unknown,
        reason: reason.map(str::to_owned),
        detail,
        fps: None,
        looks: None,
        dropped: None,
        coverage: None,
    }
}

fn of_rows(
    camera: &crate::config::Camera,
    config: &Config,
    run: Option<LatestRun>,
    sight: Option<LatestSight>,
    now: UtcMicros,
) -> Camera {
    let is = |state, reason: Option<&str>, detail| Camera { state, ..unknown(&camera.name, reason, detail) };
    let Some(run) = run else { return unknown(&camera.name, None, None) };
    if sight.as_ref().is_some_and(|sight| sight.complete) {
        return is(State::Done, None, None);
    }
    if let Some(ended) = run.ended {
        return unknown(&camera.name, Some("not-running"), Some(format!("since {}", moment(config, ended, now))));
    }
    let Some(sight) = sight else { return is(State::Connecting, None, None) };
    if !camera.source.is_live() {
        // Its rows are dated by the recording.
        return is(State::Counting, None, None);
    }
    let is_fresh = |at: UtcMicros| now.seconds_since(at) < FRESH;
    let open = sight.gap.filter(|gap| sight.observed.is_none_or(|observed| gap.until >= observed));
    match (open, sight.observed) {
        (Some(gap), _) if is_fresh(gap.until) => {
            let detail = format!("since {}: {}", moment(config, gap.from, now), clean(&gap.detail));
            is(State::Troubled, Some(&clean(&gap.reason)), Some(detail))
        }
        (None, Some(observed)) if is_fresh(observed) => is(State::Counting, None, None),
        (open, observed) => {
            let last = open.map(|gap| gap.until).max(observed).unwrap_or(run.started);
            unknown(&camera.name, None, Some(format!("nothing written since {}", moment(config, last, now))))
        }
    }
}

fn quarters_today(at: &Zoned) -> usize {
    let hours = |day: Zoned| {
        let next = day.checked_add(1.day()).ok()?.start_of_day().ok()?;
        usize::try_from((next.timestamp().as_second() - day.timestamp().as_second()) / 900).ok()
    };
    at.start_of_day().ok().and_then(hours).unwrap_or(96)
}

fn quarters(
    reader: &Reader,
    config: &Config,
    volumes: &[LineVolume],
    midnight: UtcMicros,
    now: UtcMicros,
) -> Result<Vec<Quarter>, StoreError> {
    let index = |at: UtcMicros| usize::try_from((at.0 - midnight.0).div_euclid(QUARTER_US)).ok();
    let present = index(now).unwrap_or(0);
    let mut quarters = vec![Quarter::default(); present + 1];
    for volume in volumes {
        if let Some(quarter) = index(volume.quarter).and_then(|index| quarters.get_mut(index)) {
            quarter.entries += volume.entries;
            quarter.exits += volume.exits;
        }
    }
    let live = live_cameras(config);
    if !live.is_empty() {
        let share = 1.0 / (QUARTER_US as f64 * live.len() as f64);
        let over = &mut quarters[..present];
        over.iter_mut().for_each(|quarter| quarter.seen = Some(0.0));
        for coverage in reader.coverage(&Filter { since: Some(midnight), ..Filter::default() })? {
            let quarter = index(coverage.quarter).and_then(|index| over.get_mut(index));
            if let (Some(Quarter { seen: Some(seen), .. }), true) = (quarter, live.contains(&coverage.camera.as_str()))
            {
                *seen += coverage.observed_us as f64 * share;
            }
        }
    }
    Ok(quarters)
}
