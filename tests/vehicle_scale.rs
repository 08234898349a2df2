//! A camera whose vehicles are large learns to look with smaller nets, and counts as before.
#![cfg(all(feature = "onnx", feature = "video"))]

use std::path::Path;

use lotcount::count::{CameraCounter, CountingLine, Direction, Outcome};
use lotcount::detect::{Detection, Detector, Models, NetDetector, PixelRegion};
use lotcount::geometry::{Point, Segment};
use lotcount::source::{FrameSource, VideoSource};
use lotcount::track::Anchor;

/// Seconds between a vehicle and its crossing, at most.
const TOLERANCE: f64 = 1.0;
/// The samples have 12 frames a second: six looks.
const STEP: usize = 2;

struct Counted {
    /// Times, s.
    crossings: Vec<(f64, Direction)>,
    looks: Vec<Vec<Detection>>,
    /// The smallest scale that was used, as a share of the full one.
    least_scale: f64,
}

/// Counts a sample with the bundled family; something may move anywhere at any time.
fn count(name: &str, line: Segment, anchor: Anchor) -> Counted {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let models = Models::load(&root.join("models/lotcount-s")).unwrap();
    let mut source = VideoSource::open_recording(&root.join(format!("samples/{name}.mp4"))).unwrap();
    let (width, height) = (source.info().width, source.info().height);
    let (region, line) = (PixelRegion::whole(width, height), line.scaled(width as f64, height as f64));
    let full = models.fit(width, height);
    let thresholds = full.sidecar().thresholds;
    let mut detector =
        NetDetector::new(full, thresholds.drop).with_sizes(models.members()).sized_by_vehicles_near(vec![line]);
    let lines = [CountingLine { name: "gate".to_owned(), segment: line }];
    let mut counter = CameraCounter::new(width as f64, height as f64, &lines, thresholds, anchor);
    let mut counted = Counted { crossings: Vec::new(), looks: Vec::new(), least_scale: 1.0 };
    let mut frame = 0;
    while let Some(position) = source.grab().unwrap() {
        frame += 1;
        if (frame - 1) % STEP != 0 {
            continue;
        }
        let picture = source.retrieve().unwrap();
        let seen = match counted.looks.last() {
            Some(before) => detector.detect_moving(&picture, region, region, before).unwrap(),
            None => detector.detect(&picture, region).unwrap(),
        };
        counted.least_scale = counted.least_scale.min(detector.share_of_full_scale());
        for outcome in counter.look(position.as_secs_f64(), &seen) {
            if let Outcome::Crossing(crossing) = outcome {
                counted.crossings.push((crossing.seconds, crossing.direction));
            }
        }
        counted.looks.push(seen);
    }
    counted
}

fn assert_all_were_counted(name: &str, counted: &Counted) {
    let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("samples/{name}.truth.csv"));
    let truth = std::fs::read_to_string(truth).unwrap();
    let mut left = counted.crossings.clone();
    for row in truth.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let (at, direction): (f64, _) =
            (cells[0].parse().unwrap(), if cells[2] == "entry" { Direction::Entry } else { Direction::Exit });
        let mine = |crossing: &(f64, Direction)| crossing.1 == direction && (crossing.0 - at).abs() < TOLERANCE;
        let found = left.iter().position(mine).unwrap_or_else(|| panic!("{name}: {row} was not counted"));
        left.remove(found);
    }
    assert!(left.is_empty(), "{name}: {left:?} are too many");
}

#[test]
fn large_vehicles_are_counted_by_smaller_nets() {
    let line = Segment::new(Point::new(0.369, 0.5), Point::new(0.631, 0.5));
    let counted = count("overhead", line, Anchor::Centre);
    assert!(counted.least_scale < 0.8, "all looks were at {} of the full scale and above", counted.least_scale);
    assert_all_were_counted("overhead", &counted);
    let again = count("overhead", line, Anchor::Centre);
    assert_eq!(again.looks, counted.looks, "the same pictures give the same looks");
}

#[test]
fn small_vehicles_keep_the_full_scale() {
    let line = Segment::new(Point::new(0.706, 0.551), Point::new(0.366, 0.488));
    let counted = count("oblique", line, Anchor::BottomCentre);
    assert_eq!(counted.least_scale, 1.0);
    assert_all_were_counted("oblique", &counted);
}
