//! In the steady state nothing is allocated for a frame: not by reading it, nor by glancing at it, nor by preparing it for the
//! net. (What OpenCV and FFmpeg do in C++, and tract in a run of the net, is theirs.)
#![cfg(feature = "video")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

use lotcount::detect::{MotionGate, PixelRegion, Preprocess, Sidecar};
use lotcount::geometry::{Point, Segment};
use lotcount::source::{FrameSource, PicturePool, PictureWatch, VideoSource};

/// Counts what each thread asks for.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `what` asks for memory.
fn asked_by(what: impl FnOnce()) -> u64 {
    let before = ASKED.get();
    what();
    ASKED.get() - before
}

#[test]
fn the_counting_counts() {
    assert_eq!(asked_by(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(1000)))), 1);
}

#[test]
fn a_frame_allocates_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut source = VideoSource::open_recording(&root.join("samples/oblique.mp4")).unwrap();
    let sidecar = Sidecar::read(&root.join("models/lotcount-s-320x192.toml")).unwrap();
    let (width, height) = (source.info().width, source.info().height);
    let region = PixelRegion::whole(width, height);
    let line = Segment::new(Point::new(450.0, 198.0), Point::new(234.0, 175.0));
    let mut gate = MotionGate::new(width, height, region, &[line]);
    let mut preprocess = Preprocess::new(&sidecar.input, region);
    let mut input = vec![0.0; 3 * sidecar.input.width * sidecar.input.height];
    let (mut pictures, mut watch) = (PicturePool::default(), PictureWatch::default());
    let mut frame = || {
        let seconds = source.grab().unwrap().expect("a frame").as_secs_f64();
        let picture = pictures.retrieve(&mut source).unwrap();
        watch.observe(seconds, &picture);
        gate.glance(seconds, &picture);
        preprocess.run(&picture, &mut input).unwrap();
    };
    let warm_up = asked_by(|| (0..10).for_each(|_| frame()));
    assert!(warm_up > 0, "the first frames make the buffers");
    assert_eq!(asked_by(|| (0..200).for_each(|_| frame())), 0);
}
