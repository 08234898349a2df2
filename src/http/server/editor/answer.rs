//! What the editor is told, as JSON. Places are shares of the picture, as cameras.toml has them.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::config::{Camera, Config, Judged, Line};
use crate::count::{Direction, Outcome};
use crate::detect::PixelRegion;
use crate::diagnostics::Severity;
use crate::geometry::{Point, Rect};
use crate::http::line_editing::{Followed, Remembered, Trial, Watched};
use crate::report::{rfc3339, zoned};
use crate::time::UtcMicros;

/// Crossings and rejected ones that are listed, the newest of each.
const MOST_LISTED: usize = 200;

/// Four decimals are less than a pixel of any camera.
fn share(value: f64, whole: usize) -> f64 {
    rounded(value / whole as f64, 1e4)
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

fn place(point: &Point, watched: &Watched) -> [f64; 2] {
    [share(point.x, watched.width), share(point.y, watched.height)]
}

fn sides(rect: &Rect, watched: &Watched) -> [f64; 4] {
    let (width, height) = (watched.width, watched.height);
    [share(rect.x1, width), share(rect.y1, height), share(rect.x2, width), share(rect.y2, height)]
}

fn region(region: PixelRegion, watched: &Watched) -> [f64; 4] {
    sides(&Rect::from(region), watched)
}

fn picture(watched: Option<&Watched>) -> Value {
    match watched {
        Some(watched) => {
            let region = region(watched.region, watched);
            json!({ "width": watched.width, "height": watched.height, "region": region })
        }
        None => Value::Null,
    }
}

fn line(line: &Line) -> Value {
    json!({
        "name": line.name, "a": [line.segment.a.x, line.segment.a.y], "b": [line.segment.b.x, line.segment.b.y],
        "entry": line.entry, "exit": line.exit, "other_side": line.other_side,
    })
}

pub fn lines(config: &Config, camera: &Camera, remembered: Option<&Remembered>) -> Value {
    let region = camera.region.map(|region| [region.x1, region.y1, region.x2, region.y2]);
    json!({
        "schema": "lotcount.lines/1",
        "site": config.site.name,
        "camera": camera.name,
        "anchor": camera.anchor.name(),
        "lines": camera.lines.iter().map(line).collect::<Vec<_>>(),
        "region": region,
        "lots": config.lots.iter().map(|lot| &lot.name).collect::<Vec<_>>(),
        "picture": picture(remembered.map(|remembered| &remembered.watched)),
    })
}

pub fn tracks(camera: &str, followed: Option<&Followed>, zone: &TimeZone) -> Value {
    let track = |followed: &Followed| {
        let watched = followed.watched;
        let tracks = followed.tracks.iter().map(move |track| {
            let path: Vec<_> = track.path.iter().map(|point| place(point, &watched)).collect();
            json!({
                "id": track.id, "class": track.class.name(), "box": sides(&track.rect, &watched), "path": path,
            })
        });
        tracks.collect::<Vec<_>>()
    };
    json!({
        "schema": "lotcount.tracks/1",
        "camera": camera,
        "at": followed.map(|followed| rfc3339(&zoned(followed.at, zone))),
        "picture": picture(followed.map(|followed| &followed.watched)),
        "tracks": followed.map(track).unwrap_or_default(),
    })
}

/// How the lines are judged, and the file that brings them into cameras.toml.
pub fn judged(camera: &str, judged: &Judged) -> Value {
    let remark = |remark: &crate::config::Remark| {
        let severity = if remark.severity == Severity::Error { "error" } else { "warning" };
        json!({ "severity": severity, "line": remark.line, "message": remark.message, "hint": remark.hint })
    };
    let command = if judged.replaces { "lotcount lines apply --replace" } else { "lotcount lines apply" };
    json!({
        "schema": "lotcount.trial/1",
        "camera": camera,
        "remarks": judged.remarks.iter().map(remark).collect::<Vec<_>>(),
        "toml": judged.camera.is_some().then_some(&judged.text),
        "command": command,
        "changes": judged.changes,
    })
}

/// What would have been counted of what is remembered.
pub fn counted(trial: &Trial, proposed: &Camera, configured: &Camera, zone: &TimeZone) -> Value {
    let Trial { remembered, .. } = trial;
    let told = |(at, outcome): &(UtcMicros, Outcome)| {
        let (line, direction, class, place) = match outcome {
            Outcome::Crossing(crossing) => (crossing.line, crossing.direction, crossing.class, crossing.place),
            Outcome::Rejected(rejected) => (rejected.line, rejected.direction, rejected.class, rejected.place),
        };
        let mut told = json!({
            "line": proposed.lines[line].name, "direction": direction.name(), "class": class.name(),
            "at": rfc3339(&zoned(*at, zone)), "place": rounded(place, 1e3),
        });
        if let Outcome::Rejected(rejected) = outcome {
            told["reason"] = rejected.reason.name().into();
            told["detail"] = rejected.reason.to_string().into();
        }
        told
    };
    let newest = |is: fn(&Outcome) -> bool| {
        let mut found: Vec<_> = trial.outcomes.iter().filter(|(_, outcome)| is(outcome)).collect();
        found.sort_by_key(|(at, _)| *at);
        let skipped = found.len().saturating_sub(MOST_LISTED);
        found.into_iter().skip(skipped).map(told).collect::<Vec<_>>()
    };
    json!({
        "looks": remembered.looks,
        "minutes": rounded(remembered.observed_s / 60.0, 1e2),
        "from": rfc3339(&zoned(remembered.from, zone)),
        "until": rfc3339(&zoned(remembered.until, zone)),
        "same_region": trial.same_region,
        "would_look_at": region(trial.would_watch, &remembered.watched),
        "notes": notes(trial),
        "lines": sums(proposed, &trial.outcomes),
        "configured": sums(configured, &trial.configured),
        "crossings": newest(|outcome| outcome.crossing().is_some()),
        "rejected": newest(|outcome| outcome.rejected().is_some()),
    })
}

/// How far the trial is to be believed.
fn notes(trial: &Trial) -> Vec<&'static str> {
    let cut = "the first seconds may differ: vehicles that were under way before are not remembered";
    let region = "the camera would look at another part of the picture than it did: the net would see other boxes, so that the \
                  numbers are near to what would be counted, and not the same";
    let notes = [(trial.remembered.is_cut, cut), (!trial.same_region, region)];
    notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect()
}

fn sums(camera: &Camera, outcomes: &[(UtcMicros, Outcome)]) -> Vec<Value> {
    let number = |line: usize, direction: Direction| {
        let crossings = outcomes.iter().filter_map(|(_, outcome)| outcome.crossing());
        crossings.filter(|crossing| (crossing.line, crossing.direction) == (line, direction)).count()
    };
    let sum = |(index, line): (usize, &Line)| {
        let (entries, exits) = (number(index, Direction::Entry), number(index, Direction::Exit));
        json!({ "line": line.name, "entries": entries, "exits": exits })
    };
    camera.lines.iter().enumerate().map(sum).collect()
}
