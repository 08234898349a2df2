//! Whatever moment of the samples counting begins at, no car is counted that did not pass. At fewer than 6 looks a second one is:
//! docs/counting.md says how.
#![cfg(all(feature = "onnx", feature = "video"))]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lotcount::count::{CameraCounter, CountingLine, Direction, Outcome};
use lotcount::detect::{Detection, Detector, Model, NetDetector, PixelRegion};
use lotcount::geometry::{Point, Segment};
use lotcount::source::{FrameSource, VideoSource};
use lotcount::track::{Anchor, Thresholds};

/// Seconds between a car and its crossing, at most.
const TOLERANCE: f64 = 1.0;
/// The samples have 12 frames a second: looks at every frame, and 6 a second as is usual.
const STEPS: [usize; 2] = [1, 2];
/// Seconds that are counted from each beginning.
const COUNTED: f64 = 8.0;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// A sample as a net sees it.
struct Seen {
    /// Time, s, and what is in it.
    frames: Vec<(f64, Vec<Detection>)>,
    thresholds: Thresholds,
    /// pixels
    width: f64,
    height: f64,
}

fn seen(name: &str, model: &str) -> Seen {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(format!("{model}.onnx"));
    let model = Arc::new(Model::load(&model).unwrap());
    let thresholds = model.sidecar().thresholds;
    let mut detector = NetDetector::new(model, thresholds.drop);
    let mut source = VideoSource::open_recording(&samples().join(format!("{name}.mp4"))).unwrap();
    let (mut frames, mut size) = (Vec::new(), (0, 0));
    while let Some(position) = source.grab().unwrap() {
        let picture = source.retrieve().unwrap();
        size = (picture.width(), picture.height());
        let detections = detector.detect(&picture, PixelRegion::whole(size.0, size.1)).unwrap();
        frames.push((position.as_secs_f64(), detections));
    }
    Seen { frames, thresholds, width: size.0 as f64, height: size.1 as f64 }
}

fn truth(name: &str) -> Vec<(f64, Direction)> {
    let text = std::fs::read_to_string(samples().join(format!("{name}.truth.csv"))).unwrap();
    let row = |line: &str| {
        let mut cells = line.split(',');
        let time = cells.next().unwrap().parse().unwrap();
        (time, if cells.nth(1) == Some("entry") { Direction::Entry } else { Direction::Exit })
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn no_car_is_made_up_whenever_counting_begins() {
    let cases = [
        ("overhead", Point::new(0.369, 0.5), Point::new(0.631, 0.5), Anchor::Centre),
        ("oblique", Point::new(0.706, 0.551), Point::new(0.366, 0.488), Anchor::BottomCentre),
    ];
    let (mut counted, mut made_up) = (0, Vec::new());
    for (name, a, b, anchor) in cases {
        let Seen { frames, thresholds, width, height } = seen(name, "lotcount-s-320x192");
        let line = CountingLine { name: "gate".to_owned(), segment: Segment::new(a, b).scaled(width, height) };
        let truth = truth(name);
        for begin in 0..frames.len() {
            for step in STEPS {
                let mut counter = CameraCounter::new(width, height, std::slice::from_ref(&line), thresholds, anchor);
                let from = frames[begin].0;
                let looks = frames[begin..].iter().step_by(step).take_while(|(at, _)| at - from < COUNTED);
                let mut crossings = Vec::new();
                for (at, detections) in looks {
                    crossings.extend(counter.look(at - from, detections));
                }
                let mut left = truth.clone();
                for outcome in crossings {
                    let Outcome::Crossing(crossing) = outcome else { continue };
                    counted += 1;
                    let at = crossing.seconds + from;
                    let mine = |car: &(f64, Direction)| car.1 == crossing.direction && (car.0 - at).abs() < TOLERANCE;
                    match left.iter().position(mine) {
                        Some(car) => drop(left.remove(car)),
                        None => made_up.push(format!("{name} from {from:.2} s, every {step}: {crossing:?}")),
                    }
                }
            }
        }
    }
    assert!(made_up.is_empty(), "{} of {counted}\n{}", made_up.len(), made_up[..made_up.len().min(5)].join("\n"));
    assert!(counted > 4_000, "{counted}");
}
