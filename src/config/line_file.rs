//! A file of counting lines, as the line editor yields it: `[[camera]]` tables of cameras that are configured, with nothing but
//! `name`, `region` and lines.

use std::path::Path;

use super::valid::Validator;
use super::{Camera, Config, Line, typed};
use crate::diagnostics::{At, Fault, Faults, Report, TableReader, TomlFile, did_you_mean};
use crate::geometry::Rect;

/// What one camera is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraLines {
    pub camera: String,
    /// Normalised 0..1; `None`: as it is.
    pub region: Option<Rect>,
    pub lines: Vec<Line>,
}

impl CameraLines {
    /// Those of a file, judged as those of a configuration are, and whether its cameras and lots are configured. Gives its
    /// warnings beside them, or all that is wrong.
    pub fn read(file: TomlFile, config: &Config) -> Result<(Vec<Self>, Report), Report> {
        let faults = Faults::default();
        let cameras = {
            let table = file.parse(&faults);
            let typed = typed::read_lines(TableReader::new(&table, &faults));
            let judge = Judge { validator: Validator { folder: Path::new(""), faults: &faults }, config };
            judge.cameras(&typed)
        };
        let failed = faults.has_errors();
        let report = file.report(faults);
        match cameras {
            Some(cameras) if !failed => Ok((cameras, report)),
            _ => Err(report),
        }
    }
}

struct Judge<'a> {
    validator: Validator<'a>,
    config: &'a Config,
}

impl Judge<'_> {
    fn error(&self, at: &At<String>, message: String, hint: String) {
        self.validator.faults.add(Fault::error(at.span.clone(), message).hint(hint));
    }

    fn cameras(&self, typed: &[typed::Camera]) -> Option<Vec<CameraLines>> {
        self.validator.names_differ("camera", typed.iter().map(|camera| camera.name.as_ref()));
        // What lines may name, at no place of this file.
        let lots = self.config.lots.iter().map(|lot| At { value: lot.name.clone(), span: 0..0 });
        let lots: Vec<typed::Lot> = lots.map(|name| typed::Lot { name: Some(name), ..Default::default() }).collect();
        let cameras: Vec<_> = typed.iter().map(|camera| self.camera(camera, &lots)).collect();
        cameras.into_iter().collect()
    }

    fn camera(&self, typed: &typed::Camera, lots: &[typed::Lot]) -> Option<CameraLines> {
        let configured = typed.name.as_ref().and_then(|name| self.configured(name));
        let lines = typed.lines.iter().map(|line| line.name.as_ref());
        self.validator.names_differ("line of this camera", lines.clone());
        if let Some(camera) = configured {
            lines.flatten().for_each(|name| self.spelt_as_configured(name, camera));
        }
        let lines: Vec<Option<Line>> = typed.lines.iter().map(|line| self.validator.line(line, lots)).collect();
        let region = self.validator.region(typed);
        Some(CameraLines {
            camera: configured?.name.clone(),
            region: region?,
            lines: lines.into_iter().collect::<Option<_>>()?,
        })
    }

    fn configured(&self, name: &At<String>) -> Option<&Camera> {
        let found = self.config.cameras.iter().find(|camera| camera.name == name.value);
        if found.is_none() {
            let names: Vec<&str> = self.config.cameras.iter().map(|camera| camera.name.as_str()).collect();
            let hint = match did_you_mean(&name.value, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("configured: {}", names.join(", ")),
            };
            self.error(name, format!("there is no camera `{}`", name.value), hint);
        }
        found
    }

    /// Names that differ by case alone are the same in a configuration, so this one cannot be added.
    fn spelt_as_configured(&self, name: &At<String>, camera: &Camera) {
        let same = |line: &&Line| line.name.to_lowercase() == name.value.to_lowercase();
        if let Some(line) = camera.lines.iter().find(same)
            && line.name != name.value
        {
            let message = format!("the camera `{}` has a line called `{}`", camera.name, line.name);
            self.error(name, message, "spell it so, or give this one another name".to_owned());
        }
    }
}

/// The cameras of a configuration when these lines have been taken over. With `replace` a camera that is named has no others.
pub fn expected(config: &Config, wanted: &[CameraLines], replace: bool) -> Vec<Camera> {
    let mut cameras = config.cameras.clone();
    for wanted in wanted {
        for camera in cameras.iter_mut().filter(|camera| camera.name == wanted.camera) {
            camera.region = wanted.region.or(camera.region);
            let is_wanted = |name: &str| wanted.lines.iter().any(|line| line.name == name);
            camera.lines.retain(|line| !replace || is_wanted(&line.name));
            for line in &wanted.lines {
                match camera.lines.iter_mut().find(|known| known.name == line.name) {
                    Some(known) => *known = line.clone(),
                    None => camera.lines.push(line.clone()),
                }
            }
        }
    }
    cameras
}
