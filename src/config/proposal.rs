//! Counting lines that somebody would like a camera to have: how `lotcount check` would judge them, and the file that brings
//! them into cameras.toml.

use std::path::Path;

use super::edit::LinesText;
use super::valid::Validator;
use super::{Camera, CameraLines, Config, expected, typed};
use crate::diagnostics::{At, Faults, Report, Severity, TomlFile};

/// What is to be said of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The file for `lotcount lines apply`.
    pub text: String,
    /// That command takes lines away, so that it needs `--replace`.
    pub replaces: bool,
    /// Everything that is wrong or suspicious, the configuration's own warnings included.
    pub remarks: Vec<Remark>,
    /// The camera as it would be configured; `None`: something is wrong.
    pub camera: Option<Camera>,
    /// It would be another than now.
    pub changes: bool,
}

/// A fault, and which of the proposed lines it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub severity: Severity,
    /// Index of the line; `None`: the camera or its lots.
    pub line: Option<usize>,
    pub message: String,
    pub hint: Option<String>,
}

/// Judges lines that are to be all that the camera has. Without a region it keeps the one that it has.
pub fn judge(wanted: &CameraLines, config: &Config) -> Judged {
    let configured = config.cameras.iter().find(|camera| camera.name == wanted.camera);
    let region = wanted.region.or(configured.and_then(|camera| camera.region));
    let wanted = CameraLines { region, ..wanted.clone() };
    let written = LinesText::of(&wanted);
    let file = TomlFile { path: "lines.toml".into(), text: written.text.clone() };
    let (read, report) = match CameraLines::read(file, config) {
        Ok((read, report)) => (Some(read), report),
        Err(report) => (None, report),
    };
    let mut remarks = remarks(&report, &written);
    let cameras = read.map(|read| expected(config, &read, true));
    remarks.extend(remarks_on_all(&wanted, cameras.as_deref(), config, &written));
    let is_wrong = remarks.iter().any(|remark| remark.severity == Severity::Error);
    let camera = cameras
        .filter(|_| !is_wrong)
        .and_then(|cameras| cameras.into_iter().find(|camera| camera.name == wanted.camera));
    let is_kept = |name: &str| wanted.lines.iter().any(|line| line.name == name);
    Judged {
        text: written.text,
        replaces: configured.is_some_and(|camera| camera.lines.iter().any(|line| !is_kept(&line.name))),
        remarks,
        changes: camera.is_none() || camera.as_ref() != configured,
        camera,
    }
}

fn remarks(report: &Report, written: &LinesText) -> Vec<Remark> {
    let remark = |fault: &crate::diagnostics::Fault| Remark {
        severity: fault.severity,
        line: written.line_at(fault.span.start),
        message: fault.message.clone(),
        hint: fault.hint.clone(),
    };
    report.faults().iter().map(remark).collect()
}

/// What only the whole configuration shows: a camera without a line, lots that no line uses any more.
fn remarks_on_all(
    wanted: &CameraLines,
    cameras: Option<&[Camera]>,
    config: &Config,
    written: &LinesText,
) -> Vec<Remark> {
    let faults = Faults::default();
    let validator = Validator { folder: Path::new(""), faults: &faults };
    if wanted.lines.is_empty() {
        validator.has_no_line(&typed::Camera::default());
    }
    if let Some(cameras) = cameras {
        validator.warn_of_unused_lots(&as_typed(cameras, config));
    }
    remarks(&faults.into_report("lines.toml".into(), String::new()), written)
}

/// Lots and lines alone, at no place of any file.
fn as_typed(cameras: &[Camera], config: &Config) -> typed::File {
    let at = |value: &String| At { value: value.clone(), span: 0..0 };
    let lots = config.lots.iter().map(|lot| typed::Lot {
        name: Some(at(&lot.name)),
        within: lot.within.as_ref().map(at),
        ..typed::Lot::default()
    });
    let line = |line: &super::Line| typed::Line {
        name: Some(at(&line.name)),
        a: None,
        b: None,
        entry: line.entry.as_ref().map(at),
        exit: line.exit.as_ref().map(at),
        other_side: line.other_side.as_ref().map(at),
        span: 0..0,
    };
    let cameras = cameras
        .iter()
        .map(|camera| typed::Camera { lines: camera.lines.iter().map(line).collect(), ..typed::Camera::default() });
    typed::File { site: None, lots: lots.collect(), cameras: cameras.collect(), alerts: None, http: None, span: 0..0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Line;
    use crate::geometry::{Point, Rect, Segment};

    const CONFIG: &str = r#"
[site]
name = "s"
time_zone = "UTC"
[[lot]]
name = "main"
[[lot]]
name = "deck"
[[camera]]
name = "ga\"te"
source = "rtsp://192.0.2.1/"
[[camera.line]]
name = "in"
a = [0.2, 0.5]
b = [0.8, 0.5]
entry = "main"
[[camera.line]]
name = "out"
a = [0.2, 0.6]
b = [0.8, 0.6]
exit = "deck"
"#;

    fn config() -> Config {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cameras.toml");
        Config::from_file(TomlFile { path: folder, text: CONFIG.to_owned() })
            .unwrap_or_else(|report| panic!("{report}"))
            .0
    }

    fn proposal(config: &Config) -> CameraLines {
        let camera = &config.cameras[0];
        CameraLines { camera: camera.name.clone(), region: None, lines: camera.lines.clone() }
    }

    #[test]
    fn the_lines_as_they_are_change_nothing_and_names_are_quoted() {
        let config = config();
        let judged = judge(&proposal(&config), &config);
        assert_eq!((judged.changes, judged.replaces, judged.remarks.len()), (false, false, 0), "{judged:?}");
        assert!(
            judged.text.starts_with("[[camera]]\nname = 'ga\"te'\n\n[[camera.line]]\nname = \"in\"\n"),
            "{}",
            judged.text
        );
        assert_eq!(judged.camera.as_ref(), Some(&config.cameras[0]));
    }

    #[test]
    fn remarks_are_those_of_check_at_the_line_they_are_about() {
        let config = config();
        let remarks = |change: &dyn Fn(&mut Vec<Line>)| {
            let mut wanted = proposal(&config);
            change(&mut wanted.lines);
            let judged = judge(&wanted, &config);
            let said = judged
                .remarks
                .iter()
                .map(|remark| format!("{:?} {:?} {}", remark.severity, remark.line, remark.message));
            (said.collect::<Vec<_>>(), judged.camera.is_some())
        };
        let segment = |x: f64| Segment::new(Point::new(0.2, 0.5), Point::new(x, 0.5));
        let (said, usable) = remarks(&|lines| lines[1].segment = segment(0.21));
        assert!(usable && said == ["Warning Some(1) this line is very short: 1.0 % of the picture"], "{said:?}");
        let (said, usable) = remarks(&|lines| lines[0].segment = segment(1.2));
        assert!(!usable && said == ["Error Some(0) `b` lies outside the picture"], "{said:?}");
        let (said, _) = remarks(&|lines| lines[1].exit = Some("dekc".to_owned()));
        assert!(said == ["Error Some(1) there is no lot `dekc`"], "{said:?}");
        let (said, _) = remarks(&|lines| lines[1].name = "in".to_owned());
        assert!(said[0].starts_with("Error Some(1) there is another line"), "{said:?}");
        let (said, _) = remarks(&|lines| lines[0].entry = None);
        assert!(said == ["Error Some(0) this line belongs to no lot"], "{said:?}");
        let (said, usable) = remarks(&|lines| drop(lines.pop()));
        assert!(usable && said == ["Warning None no line leads into or out of the lot `deck`"], "{said:?}");
        let (said, usable) = remarks(&Vec::clear);
        assert!(!usable && said.iter().any(|said| said.contains("no counting line")), "{said:?}");
    }

    #[test]
    fn a_region_that_is_configured_stays_and_must_hold_new_lines() {
        let mut config = config();
        config.cameras[0].region = Some(Rect::new(0.1, 0.3, 0.9, 0.9));
        let mut wanted = proposal(&config);
        assert!(judge(&wanted, &config).text.contains("region = [0.1, 0.3, 0.9, 0.9]"));
        wanted.lines[0].segment.a = Point::new(0.05, 0.5);
        let judged = judge(&wanted, &config);
        assert!(judged.camera.is_none() && judged.remarks[0].message.contains("`region`"), "{judged:?}");
        wanted.region = Some(Rect::new(0.0, 0.3, 0.9, 0.9));
        wanted.lines[0].name = "inward".to_owned();
        let judged = judge(&wanted, &config);
        assert!(judged.changes && judged.replaces && judged.remarks.is_empty(), "{judged:?}");
    }
}
