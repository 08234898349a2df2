//! Real network cameras through FFmpeg: the project's own misbehaving camera, behaving.
#![cfg(feature = "video")]

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use lotcount::source::{FrameSource, LiveTimeouts, Picture, SourceError, VideoSource};
use misbehaving_camera::media::{Media, Variant};
use misbehaving_camera::{Access, Camera, Mode, Protocol, Scheme};

const TIMEOUTS: LiveTimeouts = LiveTimeouts { open: Duration::from_secs(20), read: Duration::from_secs(10) };

/// What all cameras show; encoded once and kept beside the build. All of it before the first test, so that no frames pile
/// up while it is made.
static MEDIA: LazyLock<Arc<Media>> = LazyLock::new(|| {
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/overhead.mp4");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let media = Media::open(&recording, Some(&folder)).unwrap();
    for variant in [Variant::Plain, Variant::Black, Variant::Infrared] {
        media.clip(variant).unwrap();
        media.jpegs(variant).unwrap();
    }
    Arc::new(media)
});

fn camera(protocol: Protocol, access: Option<Access>) -> Camera {
    Camera::start(Arc::clone(&MEDIA), protocol, access, 0).unwrap()
}

fn access(scheme: Scheme) -> Option<Access> {
    Some(Access { scheme, user: "viewer".to_owned(), password: "right p@ss".to_owned() })
}

/// The URL with user and password in it, as it goes to FFmpeg.
fn url_for(camera: &Camera, password: &str) -> String {
    let mut url = url::Url::parse(&camera.url()).unwrap();
    url.set_username("viewer").unwrap();
    url.set_password(Some(password)).unwrap();
    url.into()
}

/// The picture after so many frames, none of which failed.
fn read(source: &mut VideoSource, frames: usize) -> Picture {
    for frame in 0..frames {
        assert!(source.grab().unwrap().is_some(), "a live camera never ends, but did after {frame} frames");
    }
    source.retrieve().unwrap()
}

fn brightness(picture: &Picture) -> f64 {
    picture.bgr().iter().map(|&value| f64::from(value)).sum::<f64>() / picture.bgr().len() as f64
}

#[test]
fn both_protocols_give_every_frame_at_the_cameras_own_rate() {
    at_once([Protocol::Rtsp, Protocol::Mjpeg], |protocol| {
        let camera = camera(protocol, None);
        let mut source = VideoSource::open_stream(&camera.url(), TIMEOUTS).unwrap();
        // What came while the stream was probed comes first, at once.
        read(&mut source, 48);
        let (begun, sent) = (Instant::now(), camera.status().frames_sent);
        let picture = read(&mut source, 36);
        let (seconds, sent) = (begun.elapsed().as_secs_f64(), camera.status().frames_sent - sent);
        assert_eq!((picture.width(), picture.height()), (640, 360), "{protocol:?}");
        assert!(brightness(&picture) > 20.0, "{protocol:?}: {}", brightness(&picture));
        // 36 frames at 12 a second take 3 s; a busy machine has some of them waiting.
        assert!(seconds > 1.0 && sent <= 60, "{protocol:?}: 36 frames read in {seconds:.1} s, {sent} sent");
    });
}

#[test]
fn frames_from_before_the_opening_are_told_from_those_of_now() {
    at_once([Protocol::Rtsp, Protocol::Mjpeg], |protocol| {
        let camera = camera(protocol, None);
        let mut source = VideoSource::open_stream(&camera.url(), TIMEOUTS).unwrap();
        let (mut before, begun) = (0, Instant::now());
        loop {
            source.grab().unwrap().unwrap();
            if !source.is_behind() {
                break;
            }
            before += 1;
        }
        let took = begun.elapsed();
        // What came while the stream was probed waits.
        assert!(before >= 1, "{protocol:?}: {before} in {took:?}");
        assert!(took < Duration::from_secs(4), "{protocol:?}: {before} in {took:?}");
        let (begun, sent) = (Instant::now(), camera.status().frames_sent);
        read(&mut source, 12);
        let (seconds, sent) = (begun.elapsed().as_secs_f64(), camera.status().frames_sent - sent);
        // 12 frames at 12 a second are as old as they are now; a busy machine has a few of them waiting.
        assert!(seconds > 0.5 && sent <= 20, "{protocol:?}: 12 frames read in {seconds:.1} s, {sent} sent");
        assert!(!source.is_behind(), "{protocol:?}");
    });
}

#[test]
fn basic_and_digest_let_the_right_password_in_only() {
    let cases = [
        (Protocol::Rtsp, Scheme::Basic),
        (Protocol::Rtsp, Scheme::Digest),
        (Protocol::Mjpeg, Scheme::Basic),
        (Protocol::Mjpeg, Scheme::Digest),
    ];
    at_once(cases, |(protocol, scheme)| {
        let camera = camera(protocol, access(scheme));
        let opened = VideoSource::open_stream(&url_for(&camera, "wrong"), TIMEOUTS);
        assert!(matches!(opened, Err(SourceError::Camera(_))), "{protocol:?} {scheme:?}");
        assert_eq!(camera.status().streams, 0);
        let mut source = VideoSource::open_stream(&url_for(&camera, "right p@ss"), TIMEOUTS).unwrap();
        read(&mut source, 2);
    });
}

#[test]
fn the_picture_becomes_what_the_mode_says_and_well_again() {
    let is_dark = |picture: &Picture| brightness(picture) < 5.0;
    let is_grey = |picture: &Picture| {
        let mut pixels = picture.bgr().chunks_exact(3);
        pixels.all(|bgr| bgr[0].abs_diff(bgr[1]) < 4 && bgr[1].abs_diff(bgr[2]) < 4)
    };
    let cases: [(Mode, Protocol, &Check); 4] = [
        (Mode::Black, Protocol::Rtsp, &is_dark),
        (Mode::Black, Protocol::Mjpeg, &is_dark),
        (Mode::Infrared, Protocol::Rtsp, &is_grey),
        (Mode::Infrared, Protocol::Mjpeg, &is_grey),
    ];
    at_once(cases, |(mode, protocol, is_so)| {
        let camera = camera(protocol, None);
        let mut source = VideoSource::open_stream(&camera.url(), TIMEOUTS).unwrap();
        assert!(!is_so(&read(&mut source, 1)), "{protocol:?} {mode}: before");
        camera.enter(mode).unwrap();
        // Those that wait since the stream was probed, and a second's frames until the next key frame.
        assert!(is_so(&read(&mut source, 72)), "{protocol:?} {mode}");
        camera.enter(Mode::Ok).unwrap();
        assert!(!is_so(&read(&mut source, 36)), "{protocol:?} {mode}: after");
    });
}

type Check = dyn Fn(&Picture) -> bool + Sync;

/// Runs the cases side by side: they mostly wait for frames.
fn at_once<Case: Send>(cases: impl IntoIterator<Item = Case>, test: impl Fn(Case) + Sync) {
    std::thread::scope(|scope| {
        let test = &test;
        for case in cases {
            scope.spawn(move || test(case));
        }
    });
}
