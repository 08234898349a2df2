//! `lotcount status`: how the running service does, for people and for monitoring.

use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::{Exit, Failure, load};
use crate::alert::Kind;
use crate::config::{Config, Http};
use crate::http::{ClientError, get};
use crate::report::table;
use crate::store::{Reader, WriterLock};

#[derive(Debug, Args)]
pub struct Arguments {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    let status = match &config.http {
        Some(http) => asked(http, &config)?,
        None => known(&config)?,
    };
    let exit = match status["state"].as_str() {
        Some("counting" | "running") => Exit::Success,
        Some("not-running") => Exit::NotRunning,
        _ => Exit::Degraded,
    };
    let written = if arguments.json { writeln!(out, "{status:#}") } else { write_words(&status, out) };
    match written.map_err(Failure::from) {
        // Monitoring asks for the code; whether somebody reads on is less.
        Err(_) if exit != Exit::Success => Ok(exit),
        written => written.map(|()| exit),
    }
}

/// What the service says of itself.
fn asked(http: &Http, config: &Config) -> Result<Value, Failure> {
    match get(http, "/status") {
        Ok(status) => Ok(status),
        // It may have been started before [http] was configured.
        Err(ClientError::Nobody(..)) => known(config),
        Err(error @ ClientError::Silent(_)) => {
            let (schema, detail) = ("lotcount.status/1", error.to_string());
            Ok(json!({ "schema": schema, "site": config.site.name, "state": "silent", "detail": detail }))
        }
        Err(error) => Err(Failure::new(Exit::Failure, &error)),
    }
}

/// What the database and its lock say.
fn known(config: &Config) -> Result<Value, Failure> {
    let database = |error| Failure::new(Exit::Database, &error);
    let is_running = WriterLock::is_held(&config.site.database);
    let (mut down, mut last) = (Vec::new(), None);
    match Reader::open(&config.site.database) {
        Ok(reader) => {
            let open = reader.open_alerts().map_err(database)?;
            down = open.into_iter().filter(|alert| alert.kind == Kind::CameraDown).map(|alert| alert.detail).collect();
            last = reader.camera_spans().map_err(database)?.into_iter().map(|span| span.last).max();
        }
        Err(_) if !is_running => {}
        Err(error) => return Err(database(error)),
    }
    let state = match (is_running, down.is_empty()) {
        (false, _) => "not-running",
        (true, false) => "degraded",
        (true, true) => "running",
    };
    Ok(json!({
        "schema": "lotcount.status/1",
        "site": config.site.name,
        "state": state,
        "detail": down.join("; "),
        "last_observed": last.map(|last| last.to_string()),
    }))
}

fn write_words(status: &Value, out: &mut dyn Write) -> std::io::Result<()> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    write!(out, "{}: {}", word(&status["site"]), word(&status["state"]))?;
    for key in ["detail", "last_observed"] {
        if let Some(text) = status[key].as_str().filter(|text| !text.is_empty()) {
            write!(out, "; {}{text}", if key == "detail" { "" } else { "last observed " })?;
        }
    }
    writeln!(out)?;
    let Some(cameras) = status["cameras"].as_array() else { return Ok(()) };
    let mut rows = table(&["camera", "state", "frames/s", "looks/s", "dropped", "covered, hour", "why"], &[2, 3, 4, 5]);
    for camera in cameras {
        let number = |key: &str| match &camera[key] {
            Value::Null => "-".to_owned(),
            number => number.to_string(),
        };
        let covered =
            camera["coverage_hour"].as_f64().map_or("-".to_owned(), |share| format!("{:.0} %", 100.0 * share));
        rows.add_row([
            word(&camera["name"]),
            word(&camera["state"]),
            number("frames_per_second"),
            number("looks_per_second"),
            number("frames_dropped"),
            covered,
            word(&camera["detail"]),
        ]);
    }
    writeln!(out, "{rows}")?;
    if let Some(waiting) = status["waiting_changes"].as_u64().filter(|waiting| *waiting > 0) {
        writeln!(out, "the database takes nothing: {waiting} changes wait")?;
    }
    Ok(())
}
