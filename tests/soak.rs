//! `scripts/soak` for half a minute: connections that are lost again and again leave nothing behind.
#![cfg(all(feature = "video", feature = "onnx"))]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use misbehaving_camera::media::Media;
use misbehaving_camera::{Camera, Control, Protocol};

#[test]
fn lost_connections_leave_nothing_behind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let media = Arc::new(Media::open(&root.join("samples/overhead.mp4"), Some(&folder)).unwrap());
    let camera = |n: usize| {
        let protocol = if n == 0 { Protocol::Rtsp } else { Protocol::Mjpeg };
        (format!("camera-{n}"), Arc::new(Camera::start(Arc::clone(&media), protocol, None, 0).unwrap()))
    };
    let control = Control::start((0..12).map(camera).collect(), 0).unwrap();
    let done = Command::new(root.join("scripts/soak"))
        .args(["--only-reconnections", "--seconds", "40", "--lotcount", env!("CARGO_BIN_EXE_lotcount")])
        .args(["--camera", &format!("http://{}", control.address())])
        .output()
        .unwrap();
    let (out, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}{errors}");
    assert!(out.contains("reconnections: "), "{out}");
}
