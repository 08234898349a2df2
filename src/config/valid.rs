//! From what was typed to what is valid.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::{Camera, Config, Line, Lot, Site, alerts, http, line_checks, lots, model_path, source, typed};
use crate::diagnostics::{At, Fault, Faults, Report, TableReader, TomlFile, did_you_mean};
use crate::geometry::Rect;
use crate::source::RtspTransport;
use crate::track::Anchor;

const DEFAULT_DATABASE: &str = "lotcount.db";
const DEFAULT_TOTALS: &str = "totals.json";
const DEFAULT_BACKUP_FOLDER: &str = "backups";
const DEFAULT_BACKUPS_KEPT: usize = 7;
const BACKUPS_KEPT: RangeInclusive<usize> = 1..=1000;
const DEFAULT_KEEP_DAYS: u32 = 400;
/// At least the day that is not over yet in any time zone, and the one before it.
const KEEP_DAYS: RangeInclusive<u32> = 2..=100_000;
const DEFAULT_PUBLISH_EVERY_S: f64 = 60.0;
/// Found by measurement: more gains half a point at most, fewer than 4 lose.
const DEFAULT_LOOKS_PER_SECOND: f64 = 6.0;
const LOOKS_PER_SECOND: RangeInclusive<f64> = 1.0..=60.0;
const FEW_LOOKS_PER_SECOND: f64 = 3.0;
/// Thread names, file names and URLs are made from names.
const LONGEST_NAME: usize = 64;

pub fn validate(file: TomlFile) -> Result<(Config, Report), Report> {
    let faults = Faults::default();
    let config = {
        let table = file.parse(&faults);
        let typed = typed::File::read(TableReader::new(&table, &faults));
        let folder = file.path.parent().unwrap_or(Path::new("")).to_path_buf();
        Validator { folder: &folder, faults: &faults }.config(&typed, &file.text)
    };
    let failed = faults.has_errors();
    let report = file.report(faults);
    match config {
        Some(config) if !failed => Ok((config, report)),
        _ => Err(report),
    }
}

/// Judges what was typed and notes every fault.
pub(super) struct Validator<'a> {
    /// Where relative paths begin.
    pub(super) folder: &'a Path,
    pub(super) faults: &'a Faults,
}

impl Validator<'_> {
    fn error(&self, span: &Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.add(Fault::error(span.clone(), message).hint(hint));
    }

    fn config(&self, typed: &typed::File, text: &str) -> Option<Config> {
        let site = typed.site.as_ref().and_then(|site| self.site(site));
        let lots: Vec<Lot> = typed.lots.iter().filter_map(|lot| self.lot(lot, &typed.lots)).collect();
        self.names_differ("lot", typed.lots.iter().map(|lot| lot.name.as_ref()));
        self.names_differ("camera", typed.cameras.iter().map(|camera| camera.name.as_ref()));
        if typed.cameras.is_empty() {
            self.error(&typed.span, "there is no camera", "add one, headed [[camera]]");
        }
        let zone = site.as_ref().map(|site| &site.time_zone);
        let cameras: Vec<Option<Camera>> =
            typed.cameras.iter().map(|camera| self.camera(camera, &typed.lots, zone)).collect();
        let alerts = alerts::validate(typed, self.faults);
        let http = http::validate(typed.http.as_ref(), self.folder, self.faults);
        self.warn_of_unused_lots(typed);
        self.warn_of_shared_sources(typed);
        let hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let cameras: Vec<Camera> = cameras.into_iter().collect::<Option<_>>()?;
        Some(Config {
            site: site?,
            lots,
            alerts: alerts.map(|alerts| alerts.of(&cameras))?,
            cameras,
            http: http?,
            hash,
        })
    }

    fn site(&self, typed: &typed::Site) -> Option<Site> {
        let database = self.folder.join(typed.database.as_ref().map_or(DEFAULT_DATABASE, |path| &path.value));
        let totals = match &typed.totals {
            Some(path) => self.folder.join(&path.value),
            None => database.with_file_name(DEFAULT_TOTALS),
        };
        let publish_every = match &typed.publish_every_s {
            Some(At { value, span }) if !(1.0..=86_400.0).contains(value) => {
                self.error(span, "`publish_every_s` must lie between 1 s and a day", "60 is usual");
                None
            }
            other => Some(Duration::from_secs_f64(other.as_ref().map_or(DEFAULT_PUBLISH_EVERY_S, |at| at.value))),
        };
        let backup_folder = match &typed.backup_folder {
            Some(path) => self.folder.join(&path.value),
            None => database.with_file_name(DEFAULT_BACKUP_FOLDER),
        };
        let hint = format!("{DEFAULT_BACKUPS_KEPT} is usual; one is made each day");
        let backups_kept = self.whole("backups_kept", &typed.backups_kept, BACKUPS_KEPT, DEFAULT_BACKUPS_KEPT, &hint);
        let hint = "older rows become totals by quarter of an hour, which are kept for ever";
        let keep_days = self.whole("keep_days", &typed.keep_days, KEEP_DAYS, DEFAULT_KEEP_DAYS, hint);
        let threads = match &typed.inference_threads {
            None => Some(None),
            Some(At { value: value @ 1..=1024, .. }) => Some(Some(*value as usize)),
            Some(At { span, .. }) => {
                self.error(span, "`inference_threads` must be 1 or more", "leave it out to use every core");
                None
            }
        };
        let rtsp_transport = self.rtsp_transport(typed.rtsp_transport.as_ref());
        let time_zone = self.time_zone(typed.time_zone.as_ref());
        let name = self.name("site", typed.name.as_ref());
        let (time_zone_name, time_zone) = time_zone?;
        Some(Site {
            name: name?,
            time_zone_name,
            time_zone,
            database,
            totals,
            publish_every: publish_every?,
            rtsp_transport: rtsp_transport?,
            backup_folder,
            backups_kept: backups_kept?,
            keep_days: keep_days?,
            inference_threads: threads?,
        })
    }

    fn rtsp_transport(&self, typed: Option<&At<String>>) -> Option<RtspTransport> {
        let Some(At { value, span }) = typed else { return Some(RtspTransport::default()) };
        let hint = "tcp, unless a camera can only do udp";
        RtspTransport::from_str(value).map_err(|error| self.error(span, error.to_string(), hint)).ok()
    }

    /// A whole number from a range.
    fn whole<N: Copy + Display + PartialOrd + TryFrom<i64>>(
        &self,
        key: &str,
        typed: &Option<At<i64>>,
        range: RangeInclusive<N>,
        default: N,
        hint: &str,
    ) -> Option<N> {
        let Some(At { value, span }) = typed else { return Some(default) };
        let value = N::try_from(*value).ok().filter(|value| range.contains(value));
        if value.is_none() {
            self.error(span, format!("`{key}` must lie between {} and {}", range.start(), range.end()), hint);
        }
        value
    }

    fn time_zone(&self, typed: Option<&At<String>>) -> Option<(String, TimeZone)> {
        let typed = typed?;
        match TimeZone::get(&typed.value) {
            Ok(zone) => Some((typed.value.clone(), zone)),
            Err(_) => {
                let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
                let hint = match did_you_mean(&typed.value, names.iter().map(String::as_str)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "use an IANA name such as Europe/Berlin".to_owned(),
                };
                self.error(&typed.span, format!("unknown time zone `{}`", typed.value), hint);
                None
            }
        }
    }

    fn lot(&self, typed: &typed::Lot, all: &[typed::Lot]) -> Option<Lot> {
        let name = self.name("lot", typed.name.as_ref());
        lots::lot(typed, name?, all, self.faults)
    }

    /// Names become thread names, file names and words in reports.
    pub(super) fn name(&self, what: &str, typed: Option<&At<String>>) -> Option<String> {
        let At { value, span } = typed?;
        let wrong = if value.trim().is_empty() {
            "is empty"
        } else if value.chars().count() > LONGEST_NAME {
            "is longer than 64 characters"
        } else if value.trim() != value {
            "begins or ends with a blank"
        } else if what != "site" && (value.contains(['/', '\\']) || value.starts_with('.')) {
            "cannot be used as a file name"
        } else if value.chars().any(char::is_control) {
            "holds a control character"
        } else {
            return Some(value.clone());
        };
        self.error(span, format!("this {what}'s name {wrong}"), "a short word, as in `north-gate`");
        None
    }

    /// Also not by case alone: people and file systems confuse such names.
    pub(super) fn names_differ<'n>(&self, what: &str, names: impl Iterator<Item = Option<&'n At<String>>>) {
        let mut seen: Vec<String> = Vec::new();
        for name in names.flatten() {
            let folded = name.value.to_lowercase();
            if seen.contains(&folded) {
                let message = format!("there is another {what} called `{}` above", name.value);
                self.error(&name.span, message, "every name is used once; upper and lower case are the same");
            }
            seen.push(folded);
        }
    }

    fn camera(&self, typed: &typed::Camera, lots: &[typed::Lot], zone: Option<&TimeZone>) -> Option<Camera> {
        let name = self.name("camera", typed.name.as_ref());
        let source = source::validate(typed, self.folder, zone, self.faults);
        let looks_per_second = self.looks_per_second(typed.looks_per_second.as_ref());
        let score = self.score(typed.score.as_ref());
        let anchor = self.anchor(typed.anchor.as_ref());
        let model = model_path::validate(typed.model.as_ref(), typed.span.clone(), self.folder, self.faults);
        if typed.lines.is_empty() {
            self.has_no_line(typed);
        }
        self.names_differ("line of this camera", typed.lines.iter().map(|line| line.name.as_ref()));
        let lines: Vec<Option<Line>> = typed.lines.iter().map(|line| self.line(line, lots)).collect();
        let region = self.region(typed);
        Some(Camera {
            name: name?,
            source: source?,
            looks_per_second: looks_per_second?,
            motion_gate: typed.motion_gate.as_ref().is_none_or(|gate| gate.value),
            score: score?,
            anchor: anchor?,
            region: region?,
            model,
            lines: lines.into_iter().collect::<Option<_>>()?,
        })
    }

    pub(super) fn has_no_line(&self, typed: &typed::Camera) {
        self.error(&typed.span, "this camera has no counting line", "add one below it, headed [[camera.line]]");
    }

    fn looks_per_second(&self, typed: Option<&At<f64>>) -> Option<f64> {
        let Some(At { value, span }) = typed else { return Some(DEFAULT_LOOKS_PER_SECOND) };
        if !LOOKS_PER_SECOND.contains(value) {
            self.error(span, "`looks_per_second` must lie between 1 and 60", "6 is right for most gates");
            return None;
        }
        if *value < FEW_LOOKS_PER_SECOND {
            let fault = Fault::warning(span.clone(), "with so few looks a second fast cars are missed");
            self.faults.add(fault.hint("4 to 8 are usual"));
        }
        Some(*value)
    }

    fn score(&self, typed: Option<&At<f64>>) -> Option<Option<f64>> {
        match typed {
            Some(At { value, span }) if !(0.0..1.0).contains(value) => {
                self.error(span, "`score` must lie between 0 and 1", "leave it out to use what fits the model");
                None
            }
            other => Some(other.map(|score| score.value)),
        }
    }

    fn anchor(&self, typed: Option<&At<String>>) -> Option<Anchor> {
        let Some(At { value, span }) = typed else { return Some(Anchor::default()) };
        Anchor::from_str(value)
            .map_err(|error| {
                self.error(span, error.to_string(), "`centre` is for cameras that look straight down");
            })
            .ok()
    }

    /// `[left, top, right, bottom]`, which must hold every line: outside it nothing is seen.
    pub(super) fn region(&self, typed: &typed::Camera) -> Option<Option<Rect>> {
        let Some(At { value: [left, top, right, bottom], span }) = &typed.region else { return Some(None) };
        let inside = [left, top, right, bottom].iter().all(|side| (0.0..=1.0).contains(*side));
        if !inside || left >= right || top >= bottom {
            let hint = "as shares of the picture: left < right, top < bottom, all between 0 and 1";
            self.error(span, "`region` must be [left, top, right, bottom]", hint);
            return None;
        }
        let mut holds_all = true;
        for end in typed.lines.iter().flat_map(|line| [&line.a, &line.b]).flatten() {
            let [x, y] = end.value;
            if !(*left..=*right).contains(&x) || !(*top..=*bottom).contains(&y) {
                holds_all = false;
                self.error(
                    &end.span,
                    "this end of the line lies outside the camera's `region`",
                    "nothing is seen there",
                );
            }
        }
        holds_all.then_some(Some(Rect::new(*left, *top, *right, *bottom)))
    }

    pub(super) fn line(&self, typed: &typed::Line, lots: &[typed::Lot]) -> Option<Line> {
        let name = self.name("line", typed.name.as_ref());
        let segment = line_checks::segment(typed, self.faults);
        let known = [&typed.entry, &typed.exit, &typed.other_side].map(|lot| lots::is_known(lot, lots, self.faults));
        if typed.entry.is_none() && typed.exit.is_none() {
            self.error(&typed.span, "this line belongs to no lot", "add `entry`, `exit` or both");
            return None;
        }
        if let Some(other) = &typed.other_side
            && [&typed.entry, &typed.exit].into_iter().flatten().any(|lot| lot.value == other.value)
        {
            self.error(
                &other.span,
                "both sides of the line are the same lot",
                "`other_side` is where an entry comes from",
            );
            return None;
        }
        let value = |lot: &Option<At<String>>| lot.as_ref().map(|lot| lot.value.clone());
        if known != [true; 3] {
            return None;
        }
        Some(Line {
            name: name?,
            segment: segment?,
            entry: value(&typed.entry),
            exit: value(&typed.exit),
            other_side: value(&typed.other_side),
        })
    }

    /// A line leads into a lot also when it leads into a part of it.
    pub(super) fn warn_of_unused_lots(&self, typed: &typed::File) {
        let lines = typed.cameras.iter().flat_map(|camera| &camera.lines);
        let mut used: Vec<&str> = lines
            .flat_map(|line| [&line.entry, &line.exit, &line.other_side])
            .flatten()
            .map(|lot| lot.value.as_str())
            .collect();
        for _ in &typed.lots {
            let outer = typed
                .lots
                .iter()
                .filter(|lot| lot.name.as_ref().is_some_and(|name| used.contains(&name.value.as_str())));
            let outer: Vec<&str> =
                outer.filter_map(|lot| lot.within.as_ref()).map(|within| within.value.as_str()).collect();
            used.extend(outer);
            used.sort_unstable();
            used.dedup();
        }
        for name in
            typed.lots.iter().filter_map(|lot| lot.name.as_ref()).filter(|name| !used.contains(&name.value.as_str()))
        {
            self.faults.add(Fault::warning(
                name.span.clone(),
                format!("no line leads into or out of the lot `{}`", name.value),
            ));
        }
    }

    fn warn_of_shared_sources(&self, typed: &typed::File) {
        let mut seen: Vec<&str> = Vec::new();
        for source in typed.cameras.iter().filter_map(|camera| camera.source.as_ref()) {
            if seen.contains(&source.value.as_str()) {
                let fault = Fault::warning(source.span.clone(), "another camera above has the same source");
                self.faults.add(fault.hint("one camera may have several lines"));
            }
            seen.push(&source.value);
        }
    }
}
