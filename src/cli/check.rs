//! `lotcount check`: is the configuration right, do the models load, does every camera answer? The database is not
//! touched.

use std::io::Write;
use std::path::Path;
use std::thread;

use super::net_fitter::{Choice, NetFitter};
use super::{Exit, Failure, load};
use crate::config::{Camera, Config, Source};
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
    let (mut well, mut advice) = (true, Vec::new());
    for (camera, verdict) in config.cameras.iter().zip(verdicts) {
        let [size, fps, codec, verdict] = match verdict {
            Ok(seen) => {
                views.add_row([vec![camera.name.clone()], seen.view_cells().to_vec()].concat());
                if !matches!(camera.source, Source::Recording { .. }) {
                    advice.extend(smaller((seen.width, seen.height), seen.scale()).map(|(width, height)| {
                        format!(
                            "{}: a sub-stream of {width}x{height} or more would show the net as much as {}x{} does, and cost less to \
                             decode",
                            camera.name, seen.width, seen.height
                        )
                    }));
                }
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
    advice.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(if well { Exit::Success } else { Exit::Camera })
}

/// A picture that is scaled down further than this on its way to the net has pixels that nobody sees.
const WASTEFUL: f64 = 0.6;
/// Sizes of pictures are multiples of it: an H.264 macroblock.
const BLOCK: f64 = 16.0;

/// The size of pictures that would show the net as much as those of `size` do at `scale`; `None` when it would gain little.
fn smaller((width, height): (usize, usize), scale: f64) -> Option<(usize, usize)> {
    let blocks = |length: usize| ((length as f64 * scale / BLOCK).ceil() * BLOCK) as usize;
    (scale < WASTEFUL).then(|| (blocks(width), blocks(height)))
}

const LEGEND: &str = "\
scale: pixels of the net's input for one of the region. Of a family the input
that shows the region largest is chosen, among those of at most 106,496 pixels;
`run` may learn to do with a smaller one. To force one, name its .onnx file as
the camera's `model`.";

/// What one look at a camera showed.
struct Seen {
    info: SourceInfo,
    width: usize,
    height: usize,
    choice: Choice,
}

impl Seen {
    /// Pixels of the net's input for one of the region.
    fn scale(&self) -> f64 {
        let Choice { region, model, .. } = &self.choice;
        let input = &model.sidecar().input;
        scale((input.width, input.height), (region.width, region.height))
    }

    fn cells(self) -> [String; 4] {
        let fps = self.info.fps.map_or("?".to_owned(), |fps| format!("{fps:.1}"));
        let codec = if self.info.codec.is_empty() { "?".to_owned() } else { self.info.codec };
        [format!("{}x{}", self.width, self.height), fps, codec, "ok".to_owned()]
    }

    fn view_cells(&self) -> [String; 5] {
        let Choice { region, model, of } = &self.choice;
        let input = &model.sidecar().input;
        [
            format!("{}x{}", region.width, region.height),
            format!("{}x{}", input.width, input.height),
            format!("{:.2}", self.scale()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_are_scaled_down_far_could_be_smaller() {
        for (size, scale, expected) in [
            ((1920, 1080), 416.0 / 1920.0, Some((416, 240))),
            ((1920, 1080), 0.4, Some((768, 432))),
            ((640, 360), 0.65, None),
            ((352, 288), 1.2, None),
        ] {
            assert_eq!(smaller(size, scale), expected, "{size:?} at {scale}");
        }
    }
}
