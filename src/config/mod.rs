//! cameras.toml: as typed ([`typed`]), then valid ([`Config`]). Every fault is reported at once, with its place.
//! docs/configuration.md describes every key.

mod alerts;
mod edit;
mod http;
mod line_checks;
mod line_file;
mod lots;
mod model_path;
mod proposal;
mod replace;
mod reset;
mod secret_file;
mod source;
mod start;
mod typed;
mod valid;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::alert::Rules;
use crate::diagnostics::{Report, TomlFile};
use crate::geometry::{Rect, Segment};
use crate::source::RtspTransport;
use crate::track::Anchor;

pub use edit::{Change, Edited, LinesText, Unreachable, edit_lines};
pub use http::{Http, Token};
pub use line_file::{CameraLines, expected};
pub use model_path::model_folders;
pub use proposal::{Judged, Remark, judge};
pub use replace::{ReplaceError, Replaceable};
pub use reset::{Due, Reset};
pub use source::{Source, StreamUrl};

/// A whole site, valid throughout.
#[derive(Clone, Debug)]
pub struct Config {
    pub site: Site,
    pub lots: Vec<Lot>,
    pub cameras: Vec<Camera>,
    /// What is watched, and told when it happens.
    pub alerts: Rules,
    /// `None`: nobody listens.
    pub http: Option<Http>,
    /// SHA-256 of the file's text, hexadecimal. The text holds no expanded variables and no password files.
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    pub name: String,
    /// IANA name, as in `Europe/Berlin`.
    pub time_zone_name: String,
    pub time_zone: TimeZone,
    pub database: PathBuf,
    /// Where the reporter publishes totals.
    pub totals: PathBuf,
    pub publish_every: Duration,
    pub rtsp_transport: RtspTransport,
    pub backup_folder: PathBuf,
    /// How many backups there may be.
    pub backups_kept: usize,
    /// Days after which rows become totals by quarter of an hour.
    pub keep_days: u32,
    /// `None`: as many as the machine has cores.
    pub inference_threads: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Lot {
    pub name: String,
    /// Spaces.
    pub capacity: Option<u32>,
    /// The lot that it is a part of.
    pub within: Option<String>,
    /// When it is taken to hold a known number of cars.
    pub resets: Vec<Reset>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    pub name: String,
    pub source: Source,
    /// While something moves.
    pub looks_per_second: f64,
    /// Spares the net what has not changed since it looked last.
    pub motion_gate: bool,
    /// Overrides the model's own threshold below which boxes are dropped.
    pub score: Option<f64>,
    pub anchor: Anchor,
    /// What is looked at, normalised 0..1; `None`: derived from the lines.
    pub region: Option<Rect>,
    /// An .onnx file, or the stem of a family of them.
    pub model: PathBuf,
    pub lines: Vec<Line>,
}

/// A counting line and the lots on its sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    /// Normalised 0..1.
    pub segment: Segment,
    /// The lot that an entry enters.
    pub entry: Option<String>,
    /// The lot that an exit leaves.
    pub exit: Option<String>,
    /// The lot on the other side: an entry leaves it, an exit enters it.
    pub other_side: Option<String>,
}

impl Config {
    /// Reads and validates a file. Gives its warnings beside it, or all that is wrong.
    pub fn load(path: &Path) -> Result<(Self, Report), Report> {
        Self::from_file(TomlFile::read(path)?)
    }

    /// The same for a text that is already at hand; `file.path` says where relative paths begin.
    pub fn from_file(file: TomlFile) -> Result<(Self, Report), Report> {
        valid::validate(file)
    }
}
