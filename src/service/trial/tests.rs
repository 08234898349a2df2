use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::config::{Camera, Config, Line};
use crate::count::{Crossing, Direction};
use crate::detect::{Class, Detection, PixelRegion};
use crate::diagnostics::TomlFile;
use crate::geometry::{Point, Rect, Segment};
use crate::service::recent_looks::tests::{look, view};

/// A known scene: its looks, its lines, and what the reference counts of it.
struct Scene {
    view: View,
    looks: Vec<RecentLook>,
    camera: Camera,
    expected: Vec<(String, Direction, f64)>,
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn camera(lines: Vec<Line>) -> Camera {
    let text = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"l\"\n[[camera]]\nname = \"c\"\n\
        source = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"x\"\na = [0.1, 0.5]\nb = [0.9, 0.5]\nexit = \"l\"\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cameras.toml");
    let config = Config::from_file(TomlFile { path, text: text.to_owned() });
    let (config, _) = config.unwrap_or_else(|report| panic!("{report}"));
    Camera { lines, ..config.cameras.into_iter().next().unwrap() }
}

fn scene(name: &str) -> Scene {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counting/golden");
    let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    let mut records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let header = records.next().unwrap();
    let (width, height) = (number(&header["size"][0]) as usize, number(&header["size"][1]) as usize);
    let view = View { width, height, region: PixelRegion::whole(width, height), ..view() };
    let point = |end: &Value| Point::new(number(&end[0]), number(&end[1]));
    let lines = header["lines"].as_object().unwrap().iter().map(|(name, line)| Line {
        name: name.clone(),
        segment: Segment::new(point(&line["a"]), point(&line["b"])),
        entry: Some("l".to_owned()),
        exit: None,
        other_side: None,
    });
    let detection = |value: &Value| {
        let [x1, y1, x2, y2, score] = [0, 1, 2, 3, 4].map(|place| number(&value[place]));
        Detection { rect: Rect::new(x1, y1, x2, y2), score, class: Class::Vehicle }
    };
    let looks = records.map(|record| {
        let boxes = record["d"].as_array().unwrap().iter().map(detection).collect();
        RecentLook { view: Arc::new(view.clone()), ..look(1, number(&record["t"]), boxes) }
    });
    let expected = std::fs::read_to_string(folder.join(format!("{name}.expected.json"))).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let expected = expected["crossings"].as_array().unwrap().iter().map(|crossing| {
        let direction = crossing["dir"].as_str().unwrap().parse().unwrap();
        (crossing["line"].as_str().unwrap().to_owned(), direction, number(&crossing["t"]))
    });
    let mut expected: Vec<(String, Direction, f64)> = expected.collect();
    expected.sort_by(|a, b| a.2.total_cmp(&b.2));
    Scene { looks: looks.collect(), camera: camera(lines.collect()), expected, view }
}

impl Scene {
    fn memory(&self) -> Memory {
        Memory { looks: self.looks.clone(), ..Memory::default() }
    }

    /// Whether these are the crossings that the reference counts, at their times after `began`.
    fn assert_counted(&self, outcomes: &[(UtcMicros, Outcome)], began: UtcMicros) {
        let mut crossings: Vec<(UtcMicros, &Crossing)> =
            outcomes.iter().filter_map(|(at, outcome)| Some((*at, outcome.crossing()?))).collect();
        // Some are told later than others that happened after them.
        crossings.sort_by(|a, b| a.1.seconds.total_cmp(&b.1.seconds));
        assert_eq!(crossings.len(), self.expected.len());
        for ((at, crossing), (line, direction, seconds)) in crossings.iter().zip(&self.expected) {
            let name = &self.camera.lines[crossing.line].name;
            let is_same = name == line && crossing.direction == *direction;
            assert!(is_same && (at.seconds_since(began) - seconds).abs() < 0.001, "{crossing:?}: {line} {direction}");
        }
    }
}

#[test]
fn the_lines_that_were_counted_give_what_was_counted() {
    for name in ["fast", "gate", "street"] {
        let scene = scene(name);
        assert!(scene.expected.len() >= 4, "{name}");
        let shift = 3_600_000_000;
        let trial = scene.memory().trial(&scene.camera, &scene.camera, shift).unwrap();
        scene.assert_counted(&trial.outcomes, UtcMicros(shift));
        assert_eq!(format!("{:?}", trial.outcomes), format!("{:?}", trial.configured));
        let seconds = scene.looks.last().unwrap().at.seconds_since(scene.looks[0].at);
        assert!((trial.remembered.observed_s - seconds).abs() < 1.0, "{:?}", trial.remembered);
    }
}

#[test]
fn sessions_are_counted_one_by_one() {
    let scene = scene("gate");
    let began = UtcMicros(1_000_000_000);
    let again = scene.looks.iter().map(|look| RecentLook {
        generation: 2,
        began,
        at: UtcMicros(look.at.0 + began.0),
        ..look.clone()
    });
    let looks = scene.looks.iter().cloned().chain(again).collect();
    let counted = Memory { looks, ..Memory::default() }.replay(&scene.camera);
    let half = counted.iter().position(|(at, _)| *at >= began).unwrap();
    scene.assert_counted(&counted[half..], began);
    // The first is over, so that it is decided to its end.
    let first = Memory { is_over: true, ..scene.memory() }.replay(&scene.camera);
    assert_eq!(format!("{:?}", &counted[..half]), format!("{first:?}"));
}

#[test]
fn a_line_beside_the_way_counts_nothing_and_one_the_other_way_round_the_opposite() {
    let scene = scene("gate");
    let mut other = scene.camera.clone();
    let Segment { a, b } = other.lines[0].segment;
    other.lines[0].segment = Segment::new(b, a);
    let mut aside = other.lines[0].clone();
    aside.segment = Segment::new(Point::new(0.01, 0.99), Point::new(0.02, 0.99));
    other.lines.push(aside);
    let trial = scene.memory().trial(&other, &scene.camera, 0).unwrap();
    let directions = |outcomes: &[(UtcMicros, Outcome)]| {
        outcomes
            .iter()
            .filter_map(|(_, outcome)| outcome.crossing())
            .map(|crossing| crossing.direction)
            .collect::<Vec<_>>()
    };
    let expected: Vec<Direction> = directions(&trial.configured).iter().map(|direction| direction.opposite()).collect();
    assert_eq!(directions(&trial.outcomes), expected);
    assert!(trial.outcomes.iter().filter_map(|(_, outcome)| outcome.crossing()).all(|crossing| crossing.line == 0));
}

#[test]
fn another_region_is_told() {
    let scene = scene("gate");
    let same = |region: Option<Rect>| {
        let proposed = Camera { region, ..scene.camera.clone() };
        let trial = scene.memory().trial(&proposed, &scene.camera, 0).unwrap();
        (trial.same_region, trial.would_watch)
    };
    assert_eq!(same(None), (true, scene.view.region));
    let half = PixelRegion { x: 0, y: 0, width: 320, height: 360 };
    assert_eq!(same(Some(Rect::new(0.0, 0.0, 0.5, 1.0))), (false, half));
}

#[test]
fn nothing_is_tried_on_nothing() {
    let camera = camera(Vec::new());
    assert!(Memory::default().trial(&camera, &camera, 0).is_none());
}
