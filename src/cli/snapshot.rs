//! `lotcount snapshot`: one frame with everything drawn in that a person needs to place a line.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::net_fitter::NetFitter;
use super::{Exit, Failure, load};
use crate::config::{Camera, Config};
use crate::diagnostics::did_you_mean;
use crate::draw::{Canvas, DrawError, LineMark, draw_box, draw_line, draw_region, encode_png};
use crate::geometry::Rect;
use crate::report::write_atomically;
use crate::service::{Fitter, Opener, VideoOpener};
use crate::source::{Picture, SourceError};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The camera's name
    camera: String,
    /// The picture to write, a .png
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Of a recording: the frame at this time after its start
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    at: f64,
}

/// The first frames of a live stream may be grey: decoding began between two key frames.
const LIVE_FRAMES_TO_SKIP: usize = 10;

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    let camera = find(&config, &arguments.camera)?;
    let fitter = NetFitter::load(&config)?;
    let mut picture = frame(camera, arguments.at).map_err(|error| {
        Failure::text(Exit::Camera, format!("error: {}: {}", camera.source, crate::diagnostics::in_words(&error)))
    })?;
    let failed = |error: &dyn std::error::Error| Failure::new(Exit::Failure, error);
    let mut fitted = fitter.fit(camera, picture.width(), picture.height()).map_err(|error| failed(&error))?;
    let detections = fitted.detector.detect(&picture, fitted.view.region).map_err(|error| failed(&error))?;
    let drawn = (|| -> Result<(), DrawError> {
        let (width, height) = (picture.width() as f64, picture.height() as f64);
        let mut canvas = Canvas::on(&mut picture)?;
        draw_region(&mut canvas, &Rect::from(fitted.view.region))?;
        for detection in &detections {
            draw_box(&mut canvas, detection)?;
        }
        for line in &camera.lines {
            let segment = line.segment.scaled(width, height);
            draw_line(&mut canvas, &LineMark { name: &line.name, segment, flashing: false })?;
        }
        Ok(())
    })();
    let png = drawn.and_then(|()| encode_png(&picture)).map_err(|error| failed(&error))?;
    write_atomically(&arguments.out, &png).map_err(|error| failed(&error))?;
    writeln!(out, "{}: {} boxes, {}", arguments.out.display(), detections.len(), fitted.view.model.name)?;
    Ok(Exit::Success)
}

fn find<'a>(config: &'a Config, name: &str) -> Result<&'a Camera, Failure> {
    config.cameras.iter().find(|camera| camera.name == name).ok_or_else(|| {
        let names: Vec<&str> = config.cameras.iter().map(|camera| camera.name.as_str()).collect();
        let hint = match did_you_mean(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("configured: {}", names.join(", ")),
        };
        Failure::text(Exit::Usage, format!("error: there is no camera `{name}`; {hint}"))
    })
}

/// The first frame at or after `seconds` of a recording, or a fresh one of a live camera.
fn frame(camera: &Camera, seconds: f64) -> Result<Picture, SourceError> {
    let mut source = VideoOpener::default().open(camera)?;
    let wanted = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let mut grabbed = 0;
    while let Some(position) = source.grab()? {
        grabbed += 1;
        let enough = if camera.source.is_live() { grabbed > LIVE_FRAMES_TO_SKIP } else { position >= wanted };
        if enough {
            return source.retrieve();
        }
    }
    Err(SourceError::NotAVideo(if grabbed == 0 { "it holds no frame" } else { "it ends before that time" }))
}
