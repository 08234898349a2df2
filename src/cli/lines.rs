//! `lotcount lines apply`: counting lines, as the line editor yields them, into cameras.toml.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Exit, Failure, say};
use crate::config::{CameraLines, Change, Config, Edited, Replaceable, edit_lines, expected};
use crate::diagnostics::{Report, TomlFile};
use crate::time::UtcMicros;

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Write lines into the configuration, keeping its comments and order; the file before it is kept beside it
    Apply(Arguments),
}

#[derive(Debug, Args)]
pub struct Arguments {
    /// [[camera]] tables with name, region and lines, as the line editor yields them; `-`: from standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Take away the other lines of the cameras that FILE names
    #[arg(long)]
    replace: bool,
    /// Say what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(path: &Path, action: &Action, out: &mut dyn Write) -> Result<Exit, Failure> {
    let Action::Apply(arguments) = action;
    let wrong = |report: Report| Failure::text(Exit::Config, report.to_string());
    // Read before anything is locked: standard input may take its time.
    let from = read(&arguments.from).map_err(wrong)?;
    let failed = |error: &dyn std::error::Error| Failure::new(Exit::Failure, error);
    let open = Replaceable::open(path).map_err(|error| Failure::new(Exit::Config, &error))?;
    let (config, _) = Config::from_file(open.toml.clone()).map_err(wrong)?;
    let (wanted, _) = CameraLines::read(from, &config).map_err(wrong)?;
    let edited =
        edit_lines(&open.toml.text, &wanted, arguments.replace).map_err(|error| Failure::new(Exit::Config, &error))?;
    if edited.changes.is_empty() {
        writeln!(out, "{}: nothing changes", path.display())?;
        return Ok(Exit::Success);
    }
    let warnings = validate(path, &edited, &expected(&config, &wanted, arguments.replace))?;
    if !warnings.is_empty() {
        say(warnings);
    }
    if arguments.dry_run {
        write!(out, "{}: would change\n{}", path.display(), in_words(&edited.changes))?;
        return Ok(Exit::Success);
    }
    let backup = open.replace(&edited.text, UtcMicros::now()).map_err(|error| failed(&error))?;
    write!(out, "{}: changed\n{}", path.display(), in_words(&edited.changes))?;
    writeln!(out, "The file before it is kept as {}.", backup.display())?;
    writeln!(out, "A running lotcount takes it over when it is told: systemctl reload lotcount (or SIGHUP).")?;
    Ok(Exit::Success)
}

fn read(from: &Path) -> Result<TomlFile, Report> {
    if from != Path::new("-") {
        return TomlFile::read(from);
    }
    let (path, mut text) = (PathBuf::from("<stdin>"), String::new());
    match std::io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(TomlFile { path, text }),
        Err(error) => Err(Report::unreadable(path, &error)),
    }
}

/// The result as a whole, before anything is written: it must be valid, with these cameras and nothing else changed.
fn validate(path: &Path, edited: &Edited, expected: &[crate::config::Camera]) -> Result<Report, Failure> {
    let file = TomlFile { path: path.to_path_buf(), text: edited.text.clone() };
    let (config, warnings) = Config::from_file(file).map_err(|report| {
        let text = format!("error: nothing was written: the configuration would be wrong, as follows\n{report}");
        Failure::text(Exit::Config, text)
    })?;
    if config.cameras != expected {
        let text =
            format!("error: {}: nothing was written: its form is too unusual; change it by hand", path.display());
        return Err(Failure::text(Exit::Failure, text));
    }
    Ok(warnings)
}

/// One block for each camera and line: `-` what goes, `+` what comes.
fn in_words(changes: &[Change]) -> String {
    let mut words = String::new();
    for change in changes {
        let line = change.line.as_ref().map_or(String::new(), |line| format!(", line {line}"));
        // Writing into a string does not fail.
        let _ = writeln!(words, "@@ camera {}{line}", change.camera);
        for (sign, keys) in [('-', &change.removed), ('+', &change.added)] {
            for key in keys {
                let _ = writeln!(words, "{sign} {key}");
            }
        }
    }
    words
}
