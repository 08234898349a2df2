//! `scripts/kill-loop` for a few kills: nothing acknowledged is lost, nothing is counted twice.
#![cfg(all(feature = "video", feature = "onnx"))]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use misbehaving_camera::media::Media;
use misbehaving_camera::{Camera, Control, Protocol};

#[test]
fn nothing_is_lost_or_doubled_by_kills() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let camera = |name: &str| {
        let media = Media::open(&root.join(format!("samples/{name}.mp4")), Some(&folder)).unwrap();
        (name.to_owned(), Arc::new(Camera::start(Arc::new(media), Protocol::Mjpeg, None, 0).unwrap()))
    };
    let control = Control::start(vec![camera("overhead"), camera("oblique")], 0).unwrap();
    let done = Command::new(root.join("scripts/kill-loop"))
        .args(["--kills", "8", "--instances", "2", "--seed", "4", "--lotcount", env!("CARGO_BIN_EXE_lotcount")])
        .args(["--camera", &format!("http://{}", control.address())])
        .output()
        .unwrap();
    let (out, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}{errors}");
    let last = out.lines().last().unwrap();
    let figure = |name: &str| -> u64 {
        let value = last.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {last}"))
    };
    assert!(figure("kills") >= 8 && figure("acknowledged") > 0, "{out}");
    assert_eq!((figure("found"), figure("lost"), figure("doubled")), (figure("acknowledged"), 0, 0), "{out}");
}
