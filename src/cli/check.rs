//! `lotcount check`: is the configuration right, do the models load, does every camera answer? The database is not
//! touched.

use std::io::Write;
use std::path::Path;
use std::thread;

use super::net_fitter::NetFitter;
use super::{Exit, Failure, load};
use crate::config::{Camera, Config};
use crate::diagnostics::in_words;
use crate::report::table;
use crate::service::{Fitter, Opener, VideoOpener};
use crate::source::{SourceError, SourceInfo};

pub fn run(path: &Path, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    writeln!(out, "{}: valid", path.display())?;
    let fitter = NetFitter::load(&config)?;
    let verdicts = open_all(&config, &fitter);
    let mut cameras = table(&["camera", "source", "size", "fps", "codec", "model", "verdict"], &[3]);
    let mut well = true;
    for (camera, verdict) in config.cameras.iter().zip(verdicts) {
        let [size, fps, codec, model, verdict] = match verdict {
            Ok(seen) => seen.cells(),
            Err(reason) => {
                well = false;
                ["-".into(), "-".into(), "-".into(), "-".into(), reason]
            }
        };
        cameras.add_row([camera.name.clone(), camera.source.to_string(), size, fps, codec, model, verdict]);
    }
    writeln!(out, "{cameras}")?;
    Ok(if well { Exit::Success } else { Exit::Camera })
}

/// What one look at a camera showed.
struct Seen {
    info: SourceInfo,
    width: usize,
    height: usize,
    model: String,
}

impl Seen {
    fn cells(self) -> [String; 5] {
        let fps = self.info.fps.map_or("?".to_owned(), |fps| format!("{fps:.1}"));
        let codec = if self.info.codec.is_empty() { "?".to_owned() } else { self.info.codec };
        [format!("{}x{}", self.width, self.height), fps, codec, self.model, "ok".to_owned()]
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
    let mut source = VideoOpener::default().open(camera).map_err(|error| in_words(&error))?;
    let picture = match source.grab() {
        Ok(Some(_)) => source.retrieve(),
        Ok(None) => Err(SourceError::NotAVideo("it holds no frame")),
        Err(error) => Err(error),
    };
    let picture = picture.map_err(|error| in_words(&error))?;
    let (width, height) = (picture.width(), picture.height());
    let mut fitted = fitter.fit(camera, width, height).map_err(|error| in_words(&error))?;
    fitted.detector.detect(&picture, fitted.view.region).map_err(|error| in_words(&error))?;
    Ok(Seen { info: source.info().clone(), width, height, model: fitted.view.model.name })
}
