//! What a sidecar may say, and what it is told when it says something else.

use std::path::{Path, PathBuf};

use lotcount::detect::{Class, HeadKind, Placement, Resize, Sidecar};
use lotcount::diagnostics::TomlFile;

const LOTCOUNT: &str = include_str!("../models/lotcount-s-320x192.toml");

fn read(text: &str) -> Result<Sidecar, String> {
    let file = TomlFile { path: PathBuf::from("net.toml"), text: text.to_owned() };
    Sidecar::from_file(file).map_err(|report| report.to_string())
}

/// The bundled sidecar with `from` replaced by `to`.
fn changed(from: &str, to: &str) -> Result<Sidecar, String> {
    assert!(LOTCOUNT.contains(from), "{from}");
    read(&LOTCOUNT.replace(from, to))
}

#[test]
fn the_bundled_sidecar_says_what_it_says() {
    let sidecar = read(LOTCOUNT).unwrap();
    assert_eq!((sidecar.input.width, sidecar.input.height), (320, 192));
    assert_eq!(sidecar.input.resize, Resize::Letterbox { placement: Placement::TopLeft, pad: 114 });
    assert_eq!((sidecar.input.scale, sidecar.input.mean, sidecar.input.std), (1.0, [0.0; 3], [1.0; 3]));
    assert_eq!((sidecar.head, sidecar.iou), (HeadKind::Lotcount, 0.55));
    assert_eq!(sidecar.classes.into_iter().collect::<Vec<_>>(), [(0, Class::Vehicle)]);
    let thresholds = sidecar.thresholds;
    assert_eq!((thresholds.drop, thresholds.birth, thresholds.evidence), (0.20, 0.35, 1.5));
}

#[test]
fn every_sidecar_of_the_project_and_of_its_tests_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["models", "tests/sidecars"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                Sidecar::read(&path).unwrap_or_else(|report| panic!("{report}"));
                count += 1;
            }
        }
    }
    assert!(count >= 11, "only {count} sidecars were found");
}

#[test]
fn heads_bring_their_own_keys() {
    let cases = [
        ("\"yolox\"\nstrides = [8, 16, 32]", HeadKind::Yolox { strides: vec![8, 16, 32] }),
        ("\"yolov5\"", HeadKind::Yolov5),
        ("\"yolov8\"", HeadKind::Yolov8 { strides: vec![], bins: None }),
        ("\"yolov8\"\nstrides = [8]\nbins = 16", HeadKind::Yolov8 { strides: vec![8], bins: Some(16) }),
        ("\"gfl\"\nstrides = [8, 16]\nbins = 8", HeadKind::Gfl { strides: vec![8, 16], bins: 8 }),
        ("\"ssd\"\npriors = \"p.npy\"", HeadKind::Ssd { priors: "p.npy".to_owned() }),
    ];
    for (typed, head) in cases {
        assert_eq!(changed("\"lotcount\"", typed).unwrap().head, head);
    }
}

/// Each change makes the sidecar useless and must be answered with a place and the words on the right.
#[test]
fn wrong_values_are_told_with_their_place_and_a_hint() {
    let cases = [
        ("colour = \"rgb\"", "colour = \"rbg\"", "net.toml:5:10", "did you mean `rgb`?"),
        ("colour = \"rgb\"", "color = \"rgb\"", "net.toml:5:1", "did you mean `colour`?"),
        ("width = 320", "width = 0", "net.toml:3:9", "`width` must lie between 1 and 4096"),
        ("width = 320", "width = \"320\"", "net.toml:3:9", "must be a whole number"),
        ("width = 320\n", "", "net.toml:2", "`width` is missing here"),
        ("pad = 114", "pad = 256", "net.toml:8:7", "`pad` must lie between 0 and 255"),
        ("pad = 114\n", "", "net.toml:2", "`pad` is missing here"),
        ("\"letterbox\"", "\"stretch\"", "net.toml:6:10", "known: letterbox, plain"),
        ("\"letterbox\"", "\"plain\"", "net.toml:7:1", "unknown key `placement`"),
        ("\"top-left\"", "\"top\"", "net.toml:7:13", "unknown value `top`"),
        ("colour = \"rgb\"", "colour = \"rgb\"\nstd = [1, 0, 1]", "net.toml:6:7", "none of its numbers may be 0"),
        ("colour = \"rgb\"", "colour = \"rgb\"\nmean = [1, 2]", "net.toml:6:8", "a list of 3 numbers"),
        ("\"lotcount\"", "\"yolo\"", "net.toml:11:8", "unknown value `yolo`"),
        ("\"lotcount\"", "\"yolox\"", "net.toml:10", "`strides` is missing here"),
        ("\"lotcount\"", "\"yolox\"\nstrides = [8, 0]", "net.toml:12:11", "pixels per cell"),
        ("\"lotcount\"", "\"gfl\"\nstrides = [8]", "net.toml:10", "`bins` is missing here"),
        ("\"lotcount\"", "\"yolov8\"\nstrides = [8]\nbins = 1", "net.toml:13:8", "`bins` must lie between 2 and 64"),
        ("\"lotcount\"", "\"ssd\"", "net.toml:10", "`priors` is missing here"),
        ("\"lotcount\"", "\"lotcount\"\nbins = 16", "net.toml:12:1", "unknown key `bins`"),
        ("0 = \"vehicle\"", "0 = \"cra\"", "net.toml:13:17", "did you mean `car`?"),
        ("0 = \"vehicle\"", "one = \"car\"", "net.toml:13:13", "numbers from 0"),
        ("0 = \"vehicle\"", "0 = \"person\"", "net.toml:13:11", "no class of this net is a vehicle"),
        ("iou = 0.55", "iou = 1.5", "net.toml:12:7", "`iou` must lie between 0 and 1"),
        ("drop = 0.20", "drop = 0.5", "net.toml:15", "`birth` lies below `drop`"),
        ("drop = 0.20", "drop = nan", "net.toml:16:8", "`drop` must be a number"),
        ("evidence = 1.5", "evidence = -1", "net.toml:18:12", "`evidence` must lie between 0 and 100"),
        ("sha256 = \"", "sha256 = \"x", "net.toml:21:10", "64 hexadecimal digits"),
        ("[origin]", "[origins]", "net.toml", "did you mean `origin`?"),
        ("[origin]", "[origin", "net.toml:20", "this is not TOML"),
    ];
    for (from, to, place, message) in cases {
        let report = changed(from, to).expect_err(to);
        assert!(
            report.contains(place) && report.contains(message),
            "{to}: {place} or {message} is missing in\n{report}"
        );
    }
}
