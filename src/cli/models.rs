//! `lotcount models`: which nets are there, what they are, and how long one look takes on this machine.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::look_time::{LookTime, look_time};
use super::model_search::ModelSearch;
use super::{DEFAULT_CONFIG, Exit, Failure, load};
use crate::config::Config;
use crate::detect::{Model, ModelError, Sidecar, family_stem};
use crate::diagnostics::in_words;
use crate::report::table;

#[derive(Debug, Args)]
pub struct Arguments {
    /// .onnx files, folders, or families as in models/lotcount-s; unless given, all models that the site can use
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How many looks are timed with each model [default: at least 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: Option<u32>,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// Tables are no wider, so that they can be read in a usual terminal.
const WIDTH: u16 = 80;

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut exit = Exit::Success;
    let search = if arguments.paths.is_empty() {
        let config = configuration(path).unwrap_or_else(|failure| {
            // What is wrong with the cameras does not hide the models.
            failure.print();
            exit = failure.exit;
            None
        });
        ModelSearch::of_site(path.parent().unwrap_or(Path::new("")), config.as_ref())
    } else {
        ModelSearch::of_paths(&arguments.paths)
    };
    let listing = Listing::of(&search, arguments.runs);
    if arguments.json {
        writeln!(out, "{:#}", listing.to_json(&search))?;
    } else {
        listing.write_tables(arguments.runs, out)?;
        write_uses(&search, out)?;
    }
    for (_, reason) in &listing.broken {
        super::say(format_args!("error: {reason}"));
        exit = Exit::Config;
    }
    Ok(exit)
}

/// The site's configuration; it may be missing, unless one was asked for by name.
pub fn configuration(path: &Path) -> Result<Option<Config>, Failure> {
    if path == Path::new(DEFAULT_CONFIG) && !path.exists() {
        return Ok(None);
    }
    load::config(path).map(Some)
}

/// Every model that was found: those that can be used, and those that cannot with their reason in one line.
struct Listing {
    models: Vec<Listed>,
    broken: Vec<(PathBuf, String)>,
}

struct Listed {
    onnx: PathBuf,
    file_bytes: u64,
    sidecar: Sidecar,
    time: LookTime,
}

impl Listing {
    /// Loads and times what was found, one model after the other so that none disturbs another's time.
    fn of(search: &ModelSearch, runs: Option<u32>) -> Self {
        let mut listing = Self { models: Vec::new(), broken: search.missing.clone() };
        for onnx in &search.found {
            match Listed::load(onnx, runs) {
                Ok(model) => listing.models.push(model),
                Err(reason) => listing.broken.push((onnx.clone(), reason)),
            }
        }
        // Folders stay in the order of the search.
        let folder = |model: &Listed| search.found.iter().position(|onnx| onnx.parent() == model.onnx.parent());
        listing.models.sort_by_cached_key(|model| {
            let input = &model.sidecar.input;
            (folder(model), family_stem(&model.onnx), input.width * input.height, input.width)
        });
        listing
    }

    fn to_json(&self, search: &ModelSearch) -> Value {
        json!({
            "schema": "lotcount.models/1",
            "models": self.models.iter().map(|model| model.to_json(search)).collect::<Vec<_>>(),
            "broken": self.broken.iter().map(|(file, reason)| json!({
                "file": file.display().to_string(), "reason": reason,
            })).collect::<Vec<_>>(),
        })
    }

    /// A table for each folder, and below it what all sizes of a net have in common.
    fn write_tables(&self, runs: Option<u32>, out: &mut dyn Write) -> io::Result<()> {
        if self.models.is_empty() {
            return Ok(());
        }
        let looks = runs.map_or_else(|| "at least 20".to_owned(), |runs| runs.to_string());
        writeln!(out, "Time of one look, from picture to boxes, at a region of just the input's size,")?;
        writeln!(out, "on one core of this machine. Looks timed with each model: {looks}.")?;
        for folder in self.models.chunk_by(|a, b| a.onnx.parent() == b.onnx.parent()) {
            let mut rows = table(&["model", "input", "median", "fastest", "licence"], &[1, 2, 3]);
            rows.set_width(WIDTH);
            for model in folder {
                rows.add_row(model.cells());
            }
            writeln!(out, "\n{}:\n{rows}", shown(folder[0].onnx.parent().unwrap_or(Path::new(""))))?;
            for family in folder.chunk_by(|a, b| a.origin() == b.origin()) {
                let (stem, head, source) = family[0].origin();
                writeln!(out, "{}: {}; head `{head}`", file_name(&stem), printable(source))?;
            }
        }
        Ok(())
    }
}

impl Listed {
    /// Or in one line what is wrong with it.
    fn load(onnx: &Path, runs: Option<u32>) -> Result<Self, String> {
        let model = Model::load(onnx).map_err(|error| match error {
            ModelError::Sidecar(report) => report.in_one_line(),
            error => in_words(&error),
        })?;
        let sidecar = model.sidecar().clone();
        let time = catch_unwind(AssertUnwindSafe(|| look_time(Arc::new(model), runs)));
        let failed = |reason: String| format!("{} cannot be used: {reason}", onnx.display());
        let time = time
            .map_err(|_| failed("it made the program panic".to_owned()))?
            .map_err(|error| failed(in_words(&error)))?;
        let file_bytes = onnx.metadata().map_or(0, |file| file.len());
        Ok(Self { onnx: onnx.to_path_buf(), file_bytes, sidecar, time })
    }

    fn name(&self) -> String {
        file_name(&self.onnx.with_extension(""))
    }

    /// What the sizes of one net have in common: stem, head and source.
    fn origin(&self) -> (PathBuf, &str, &str) {
        (family_stem(&self.onnx), self.sidecar.head.name(), &self.sidecar.source)
    }

    fn cells(&self) -> [String; 5] {
        let input = &self.sidecar.input;
        [
            self.name(),
            format!("{}x{}", input.width, input.height),
            format!("{:.1} ms", milliseconds(self.time.median)),
            format!("{:.1} ms", milliseconds(self.time.fastest)),
            printable(&self.sidecar.licence),
        ]
    }

    fn to_json(&self, search: &ModelSearch) -> Value {
        let Sidecar { input, head, sha256, licence, source, .. } = &self.sidecar;
        json!({
            "file": self.onnx.display().to_string(),
            "name": self.name(),
            "width": input.width,
            "height": input.height,
            "head": head.name(),
            "file_bytes": self.file_bytes,
            "sha256": sha256,
            "licence": licence,
            "source": source,
            "look_ms": milliseconds(self.time.median),
            "fastest_look_ms": milliseconds(self.time.fastest),
            "looks": self.time.looks,
            "cameras": search.cameras(&self.onnx),
        })
    }
}

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

/// Which cameras name what.
fn write_uses(search: &ModelSearch, out: &mut dyn Write) -> io::Result<()> {
    for (index, used) in search.uses.iter().flatten().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        writeln!(out, "{gap}{} is used by {}", shown(&used.model), used.cameras.join(", "))?;
    }
    Ok(())
}

/// The working folder by a name, because an empty one is none.
fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { printable(&path.display().to_string()) }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| printable(&name.to_string_lossy()))
}

/// On one line and without control characters: a sidecar and a file's name may come from anywhere.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
