//! Each step of the pipeline alone, in processor time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::figures::percentile;
use super::process::on_thread;
use super::scene::Scene;
use crate::cli::net_fitter::{Choice, NetFitter};
use crate::cli::{Exit, Failure};
use crate::config::Config;
use crate::count::{CameraCounter, CountingLine, Outcome};
use crate::detect::{Class, Detection, Detector, Model, MotionGate, NetDetector, PixelRegion, Preprocess};
use crate::geometry::{Point, Rect, Segment};
use crate::service::{Fitted, Fitter, StopToken, View, counter_for};
use crate::source::{FrameSource, Picture, SourceInfo, VideoSource};
use crate::store::{Change, NewCrossing, NewRun, SessionBegan, SessionKey, Writer};
use crate::time::UtcMicros;
use crate::track::{Anchor, Thresholds};

/// Pictures that other sizes of the net are shown, spread over the recording.
const SHOWN: usize = 8;
/// Repeated until it took so long: processor clocks tick, and caches are to be warm.
const LONG_ENOUGH: Duration = Duration::from_millis(50);
/// Transactions that are timed.
const CROSSINGS: u64 = 100;

/// What a recording is and what each step of it takes, each time.
pub struct Steps {
    pub info: SourceInfo,
    /// Length of the recording, s.
    pub seconds: f64,
    pub frames: u64,
    /// Decoding one frame.
    pub decode: Duration,
    /// Colour conversion of one picture.
    pub convert: Duration,
    /// Whether anything moves on one picture; zero where the camera has no motion gate.
    pub gate: Duration,
    /// Of one picture: from the region to the net's input.
    pub prepare: Duration,
    /// The whole look: preparing, net, reading its output.
    pub look: Duration,
    pub model: Arc<Model>,
    pub region: PixelRegion,
    /// Tracks and crossings of one look.
    pub count: Duration,
    /// Committing one crossing.
    pub commit: Duration,
    /// One look with each size of the net.
    pub sizes: Vec<(Arc<Model>, Duration)>,
}

/// What was seen on the way.
struct Seen {
    looks: Vec<(f64, Vec<Detection>)>,
    pictures: Vec<Picture>,
    view: View,
}

impl Steps {
    pub fn measure(scene: &Scene, fitter: &NetFitter, stop: &StopToken, scratch: &Path) -> Result<Self, Failure> {
        let (info, frames, seconds, decode) = decode(&scene.recording, stop)?;
        let (seen, [convert, gate, prepare, look]) = look(scene, fitter, frames, stop)?;
        let Choice { region, model, .. } = fitter.choose(scene.camera(), seen.view.width, seen.view.height);
        let count = count(scene, &seen);
        let commit = commit(&scene.config, &scratch.join("steps.db"))?;
        let mut sizes = Vec::new();
        for other in fitter.sizes(scene.camera()) {
            goes_on(stop)?;
            sizes.push((Arc::clone(other), look_with(other, &seen, region)?));
        }
        Ok(Self { info, seconds, frames, decode, convert, gate, prepare, look, model, region, count, commit, sizes })
    }
}

/// A stop leaves nothing worth telling.
pub fn goes_on(stop: &StopToken) -> Result<(), Failure> {
    match stop.is_requested() {
        true => Err(Failure::text(Exit::Failure, "error: stopped before it was measured")),
        false => Ok(()),
    }
}

pub fn failed(error: impl std::error::Error) -> Failure {
    Failure::new(Exit::Failure, &error)
}

fn open(recording: &Path) -> Result<VideoSource, Failure> {
    VideoSource::open_recording(recording).map_err(|error| {
        let why = crate::diagnostics::in_words(&error);
        Failure::text(Exit::Camera, format!("error: {} cannot be measured: {why}", recording.display()))
    })
}

/// What the recording says of itself, and how long it is (s).
pub fn recording_info(recording: &Path) -> Result<(SourceInfo, f64), Failure> {
    let info = open(recording)?.info().clone();
    let length = info.duration().map(|length| length.as_secs_f64()).filter(|length| *length > 0.0);
    match length {
        Some(length) => Ok((info, length)),
        None => decode(recording, &StopToken::default()).map(|(info, _, seconds, _)| (info, seconds)),
    }
}

/// Plays it once and decodes every frame.
fn decode(recording: &Path, stop: &StopToken) -> Result<(SourceInfo, u64, f64, Duration), Failure> {
    let mut source = open(recording)?;
    let info = source.info().clone();
    let mut picture = Picture::empty();
    let (mut frames, mut last, mut took) = (0, Duration::ZERO, Duration::ZERO);
    loop {
        goes_on(stop)?;
        let (decoded, decoding) = on_thread(|| {
            let position = source.grab()?;
            source.retrieve_into(&mut picture).map(|()| position)
        });
        let Some(position) = decoded.map_err(failed)? else { break };
        // Once more it is converted only.
        let (converted, converting) = on_thread(|| source.retrieve_into(&mut picture));
        converted.map_err(failed)?;
        (frames, last, took) = (frames + 1, position, took + decoding.saturating_sub(converting));
    }
    if frames < 2 {
        let text = format!("error: {} cannot be measured: it holds {frames} frames", recording.display());
        return Err(Failure::text(Exit::Camera, text));
    }
    // The last frame lasts as long as the others.
    let seconds = last.as_secs_f64() * frames as f64 / (frames - 1) as f64;
    Ok((info, frames, seconds, took / frames as u32))
}

/// Plays it once more and looks as often as the camera is configured to be looked at, on this thread. Gives what was seen,
/// and the time of converting, the motion gate, preparing, and the whole look.
fn look(scene: &Scene, fitter: &NetFitter, frames: u64, stop: &StopToken) -> Result<(Seen, [Duration; 4]), Failure> {
    let mut source = open(&scene.recording)?;
    let rate = scene.camera().looks_per_second;
    let (mut times, mut eye): ([Duration; 4], Option<Eye>) = Default::default();
    let mut picture = Picture::empty();
    let (mut next, mut grabbed, mut pictures, mut looks) = (0.0, 0, Vec::new(), Vec::new());
    while let Some(position) = source.grab().map_err(failed)? {
        goes_on(stop)?;
        grabbed += 1;
        let t = position.as_secs_f64();
        if t < next {
            continue;
        }
        next = t + 1.0 / rate - 1e-3;
        // Decodes and converts; once more it is converted only.
        source.retrieve_into(&mut picture).map_err(failed)?;
        let (converted, converting) = on_thread(|| source.retrieve_into(&mut picture));
        converted.map_err(failed)?;
        let eye = match &mut eye {
            Some(eye) => eye,
            none => none.insert(Eye::open(scene, fitter, &picture)?),
        };
        let ((), glancing) = on_thread(|| eye.gate.iter_mut().for_each(|gate| _ = gate.glance(t, &picture)));
        let (prepared, preparing) = on_thread(|| eye.prepare.run(&picture, &mut eye.input));
        prepared.map_err(failed)?;
        let (detections, looking) = on_thread(|| eye.fitted.detector.detect(&picture, eye.fitted.view.region));
        looks.push((t, detections.map_err(failed)?));
        [converting, glancing, preparing, looking].into_iter().zip(&mut times).for_each(|(took, sum)| *sum += took);
        if grabbed * SHOWN as u64 > frames * pictures.len() as u64 {
            pictures.push(picture.clone());
        }
    }
    let eye = eye.ok_or_else(|| Failure::text(Exit::Camera, "error: the recording holds no frame"))?;
    let times = times.map(|sum| sum / looks.len().max(1) as u32);
    Ok((Seen { looks, pictures, view: eye.fitted.view }, times))
}

/// What looks, ready to be timed: it has looked once.
struct Eye {
    gate: Option<MotionGate>,
    fitted: Fitted,
    prepare: Preprocess,
    input: Vec<f32>,
}

impl Eye {
    fn open(scene: &Scene, fitter: &NetFitter, picture: &Picture) -> Result<Self, Failure> {
        let (camera, width, height) = (scene.camera(), picture.width(), picture.height());
        let mut fitted = fitter.fit(camera, width, height).map_err(failed)?;
        fitted.detector.detect(picture, fitted.view.region).map_err(failed)?;
        let Choice { region, model, .. } = fitter.choose(camera, width, height);
        let input = &model.sidecar().input;
        let lines = camera.lines.iter().map(|line| line.segment.scaled(width as f64, height as f64));
        let lines: Vec<Segment> = lines.collect();
        let gate = camera.motion_gate.then(|| MotionGate::new(width, height, region, &lines));
        let (prepare, input) = (Preprocess::new(input, region), vec![0.0; 3 * input.width * input.height]);
        let mut eye = Self { gate, fitted, prepare, input };
        eye.prepare.run(picture, &mut eye.input).map_err(failed)?;
        Ok(eye)
    }
}

/// The median of looks at what was kept of the recording.
fn look_with(model: &Arc<Model>, seen: &Seen, region: PixelRegion) -> Result<Duration, Failure> {
    let mut detector = NetDetector::new(Arc::clone(model), seen.view.thresholds.drop);
    let mut times = Vec::new();
    for picture in seen.pictures.first().into_iter().chain(&seen.pictures) {
        let (looked, took) = on_thread(|| detector.detect(picture, region));
        looked.map_err(failed)?;
        times.push(took);
    }
    Ok(percentile(&times[1..], 0.5).unwrap_or_default())
}

/// What was seen goes through tracker and counter again and again.
fn count(scene: &Scene, seen: &Seen) -> Duration {
    let (mut rounds, mut sum) = (0, Duration::ZERO);
    while sum < LONG_ENOUGH {
        let mut counter = counter_for(scene.camera(), &seen.view);
        let ((), took) = on_thread(|| seen.looks.iter().for_each(|(t, detections)| drop(counter.look(*t, detections))));
        (rounds, sum) = (rounds + 1, sum + took);
    }
    sum / (rounds * seen.looks.len().max(1) as u32)
}

/// One transaction for each crossing, as a gate with its cars apart makes them.
fn commit(config: &Config, database: &Path) -> Result<Duration, Failure> {
    let failed = |error| Failure::new(Exit::Database, &error);
    let run = NewRun { started: UtcMicros(0), version: env!("CARGO_PKG_VERSION"), config_sha256: &config.hash };
    let mut writer = Writer::begin(database, &run, config).map_err(failed)?;
    let session = SessionKey { camera: config.cameras[0].name.clone(), generation: 1 };
    let began = SessionBegan {
        session: session.clone(),
        began: UtcMicros(0),
        source: String::new(),
        recording: None,
        config_sha256: config.hash.clone(),
        model_name: String::new(),
        model_sha256: String::new(),
    };
    writer.write(&[Change::SessionBegan(began)]).map_err(failed)?;
    let (line, crossing) = (&config.cameras[0].lines[0].name, crossing());
    let mut sum = Duration::ZERO;
    for sequence in 1..=CROSSINGS {
        let row = NewCrossing::new(&session, sequence, line, UtcMicros(sequence as i64), &crossing);
        let (written, took) = on_thread(|| writer.write(&[Change::Crossing(row)]));
        written.map_err(failed)?;
        sum += took;
    }
    Ok(sum / CROSSINGS as u32)
}

/// A car that drives over a line.
fn crossing() -> crate::count::Crossing {
    let segment = Segment::new(Point::new(0.0, 180.0), Point::new(640.0, 180.0));
    let line = CountingLine { name: "gate".to_owned(), segment };
    let mut counter = CameraCounter::new(640.0, 360.0, &[line], Thresholds::default(), Anchor::BottomCentre);
    let outcomes = (0..20).flat_map(|look| {
        let t = f64::from(look) / 6.0;
        let y = 60.0 + 80.0 * t;
        let rect = Rect::new(275.0, y - 45.0, 325.0, y);
        counter.look(t, &[Detection { rect, score: 0.8, class: Class::Car }])
    });
    let outcomes: Vec<Outcome> = outcomes.collect();
    outcomes.iter().find_map(Outcome::crossing).cloned().expect("a car that drives over a line is counted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_car_that_is_committed_crosses_its_line() {
        assert!((1.0..2.0).contains(&crossing().seconds), "{:?}", crossing());
    }
}
