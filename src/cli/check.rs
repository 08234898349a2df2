//! `lotcount check`: is the configuration right, do the models load, does every camera answer? The database is not
//! touched.

use std::io::Write;
use std::path::Path;
use std::thread;

use super::net_fitter::{Choice, NetFitter};
use super::{Exit, Failure, load};
use crate::config::{Camera, Config};
use crate::detect::scale;
use crate::diagnostics::in_words;
use crate::report::table;
use crate::service::{Fitter, Opener, VideoOpener};
use crate::source::{SourceError, SourceInfo};

pub fn run(path: &Path, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    writeln!(out, "{}: valid", path.display())?;
    let fitter = NetFitter::load(&config)?;
    let verdicts = open_all(&config, &fitter);
    let mut cameras = table(&["camera", "source", "size", "fps", "codec", "verdict"], &[3]);
    let mut views = table(&["camera", "region", "input", "scale", "model", "choice"], &[3]);
    let mut well = true;
    for (camera, verdict) in config.cameras.iter().zip(verdicts) {
        let [size, fps, codec, verdict] = match verdict {
            Ok(seen) => {
                views.add_row([vec![camera.name.clone()], seen.view_cells().to_vec()].concat());
                seen.cells()
            }
            Err(reason) => {
                well = false;
                ["-".into(), "-".into(), "-".into(), reason]
            }
        };
        cameras.add_row([camera.name.clone(), camera.source.to_string(), size, fps, codec, verdict]);
    }
    writeln!(out, "{cameras}")?;
    if !views.is_empty() {
        writeln!(out, "{views}\n{LEGEND}")?;
    }
    Ok(if well { Exit::Success } else { Exit::Camera })
}

const LEGEND: &str = "\
scale: pixels of the net's input for one of the region. Of a family the input
that shows the region largest is chosen, among those of at most 106,496 pixels;
to force another, name its .onnx file as the camera's `model`.";

/// What one look at a camera showed.
struct Seen {
    info: SourceInfo,
    width: usize,
    height: usize,
    choice: Choice,
}

impl Seen {
    fn cells(self) -> [String; 4] {
        let fps = self.info.fps.map_or("?".to_owned(), |fps| format!("{fps:.1}"));
        let codec = if self.info.codec.is_empty() { "?".to_owned() } else { self.info.codec };
        [format!("{}x{}", self.width, self.height), fps, codec, "ok".to_owned()]
    }

    fn view_cells(&self) -> [String; 5] {
        let Choice { region, model, of } = &self.choice;
        let input = &model.sidecar().input;
        let scale = scale((input.width, input.height), (region.width, region.height));
        [
            format!("{}x{}", region.width, region.height),
            format!("{}x{}", input.width, input.height),
            format!("{scale:.2}"),
            model.name().to_owned(),
            of.map_or_else(|| "named".to_owned(), |sizes| format!("of {sizes}")),
        ]
    }
}

/// Every camera in a thread of its own: one that does not answer keeps nobody waiting.
fn open_all(config: &Config, fitter: &NetFitter) -> Vec<Result<Seen, String>> {
    thread::scope(|scope| {
        let looks: Vec<_> = config.cameras.iter().map(|camera| scope.spawn(|| open(camera, fitter))).collect();
        looks
            .into_iter()
            .map(|look| look.join().unwrap_or_else(|_| Err("it made the program panic".to_owned())))
            .collect()
    })
}

fn open(camera: &Camera, fitter: &NetFitter) -> Result<Seen, String> {
    // The word that rows and the status use, and what it means.
    let verdict = |error: SourceError| format!("{}: {}", error.reason().word(), in_words(&error));
    let mut source = VideoOpener::default().open(camera).map_err(verdict)?;
    let picture = match source.grab() {
        Ok(Some(_)) => source.retrieve(),
        Ok(None) => Err(SourceError::NotAVideo("it holds no frame")),
        Err(error) => Err(error),
    };
    let picture = picture.map_err(verdict)?;
    let (width, height) = (picture.width(), picture.height());
    let mut fitted = fitter.fit(camera, width, height).map_err(|error| in_words(&error))?;
    fitted.detector.detect(&picture, fitted.view.region).map_err(|error| in_words(&error))?;
    Ok(Seen { info: source.info().clone(), width, height, choice: fitter.choose(camera, width, height) })
}
