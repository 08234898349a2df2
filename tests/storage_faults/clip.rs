//! A recording of a few seconds with two crossings, cut from the bundled sample: each fault costs a run of its own.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use opencv::core::{Mat, Size};
use opencv::prelude::*;
use opencv::videoio::{CAP_ANY, VideoCapture, VideoWriter};

/// A car comes in after 3.0 s and a van goes out after 5.1 s.
const FRAMES: usize = 84;
const FRAMES_PER_SECOND: f64 = 12.0;

static CLIP: LazyLock<PathBuf> = LazyLock::new(|| {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/overhead.mp4");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let unfinished = folder.join(format!("faults-{}.avi", std::process::id()));
    let mut from = VideoCapture::from_file(sample.to_str().unwrap(), CAP_ANY).unwrap();
    let codec = VideoWriter::fourcc('M', 'J', 'P', 'G').unwrap();
    let size = Size::new(640, 360);
    let mut to = VideoWriter::new(unfinished.to_str().unwrap(), codec, FRAMES_PER_SECOND, size, true).unwrap();
    let mut frame = Mat::default();
    for _ in 0..FRAMES {
        assert!(from.read(&mut frame).unwrap(), "{} ended early", sample.display());
        to.write(&frame).unwrap();
    }
    to.release().unwrap();
    let path = folder.join("faults.avi");
    std::fs::rename(unfinished, &path).unwrap();
    path
});

pub fn path() -> &'static Path {
    &CLIP
}
