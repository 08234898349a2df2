//! From pictures to a net that lotcount loads: scripts/train on a tiny set, in seconds; and what the shipped nets learnt
//! from.
#![cfg(feature = "onnx")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use lotcount::detect::{Model, NetDetector, PixelRegion};
use lotcount::source::Picture;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/train");
const PACKAGES: &str = "python3-torch, python3-numpy, python3-opencv and python3-onnx";

/// Debian's Python, whose packages `scripts/test` installs, or another that LOTCOUNT_PYTHON names. None where PyTorch is
/// missing: then the test says so.
fn python() -> Option<String> {
    let python = std::env::var("LOTCOUNT_PYTHON").unwrap_or_else(|_| "/usr/bin/python3".to_owned());
    let found = Command::new(&python)
        .args(["-c", "import torch, numpy, cv2, onnx"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        // Not eprintln: the test harness would keep it to itself.
        let _ = writeln!(std::io::stderr(), "skipped: {python} lacks {PACKAGES}, so training is not tried");
    }
    found.then_some(python)
}

fn run(python: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(python);
    // One thread: two that wait for each other take longer than one on a machine that is busy with other tests.
    command.current_dir(SCRIPTS).args(arguments).env("OMP_NUM_THREADS", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    errors
}

#[test]
fn the_training_scripts_pass_their_own_tests() {
    let Some(python) = python() else { return };
    let said = run(&python, &["-m", "unittest", "discover", "tests"]);
    assert!(said.contains("\nRan ") && !said.contains("\nRan 0 "), "{said}");
}

#[test]
fn a_net_trained_on_a_few_pictures_sees_the_same_here() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    run(&python, &["tests/tiny_run.py", folder.path().to_str().unwrap()]);
    let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
    let expected: Vec<[f64; 5]> = serde_json::from_slice(&expected).unwrap();
    assert!(!expected.is_empty());
    let model = Model::load(&folder.path().join("tiny-160x96.onnx")).unwrap();
    let drop = model.sidecar().thresholds.drop;
    let picture = Picture::new(160, 96, std::fs::read(folder.path().join("picture.bgr")).unwrap());
    let found = NetDetector::new(Arc::new(model), drop).candidates(&picture, PixelRegion::whole(160, 96)).unwrap();
    assert_eq!(found.len(), expected.len());
    for [x1, y1, x2, y2, score] in expected {
        // Detections are cut to the picture.
        let wanted = [x1.max(0.0), y1.max(0.0), x2.min(160.0), y2.min(96.0)];
        let near = |detection: &&lotcount::detect::Detection| {
            let rect = detection.rect;
            let sides = [rect.x1, rect.y1, rect.x2, rect.y2];
            sides.iter().zip(wanted).all(|(side, wanted)| (side - wanted).abs() < 0.05)
                && (detection.score - score).abs() < 1e-3
        };
        assert!(found.iter().any(|detection| near(&detection)), "{wanted:?} {score} is not there");
    }
}

/// Weights may be shipped if every picture they were trained on allows it; the manifest lies beside them.
#[test]
fn the_shipped_nets_learnt_only_from_pictures_whose_licence_allows_it() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut manifests = 0;
    for entry in std::fs::read_dir(&models).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        manifests += 1;
        let mut rows = csv::Reader::from_path(&path).unwrap();
        let headers = rows.headers().unwrap().clone();
        let licence = headers.iter().position(|name| name == "licence").expect("a column licence");
        let mut pictures = 0;
        for row in rows.records() {
            let row = row.unwrap();
            let allowed = ["CC BY 2.0", "CC BY 4.0", "MIT OR Apache-2.0"];
            assert!(allowed.contains(&&row[licence]), "{}: {row:?}", path.display());
            pictures += 1;
        }
        assert!(pictures > 500, "{}: only {pictures} pictures", path.display());
    }
    assert!(manifests > 0, "no manifest in {}", models.display());
}
