//! Why a camera cannot be read, told by the real library about the project's own misbehaving camera: the right word, in
//! bounded time, and of the right camera.
#![cfg(feature = "video")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lotcount::source::{FrameSource, LiveTimeouts, Reason, RtspTransport, VideoSource, set_rtsp_transport};
use misbehaving_camera::media::{Media, Variant};
use misbehaving_camera::{Camera, Cut, Mode, Protocol};

/// A good camera opens within a second or two, on a busy machine within some more.
const PATIENT: LiveTimeouts = LiveTimeouts { open: Duration::from_secs(30), read: Duration::from_secs(4) };
/// For cameras that are not going to open.
const HASTY: LiveTimeouts = LiveTimeouts { open: Duration::from_secs(4), read: Duration::from_secs(4) };
/// How much longer than its time-out a call may take on a busy machine.
const GRACE: Duration = Duration::from_secs(6);
/// Longest that a fault may stay unnoticed.
const PATIENCE: Duration = Duration::from_secs(30);

static MEDIA: LazyLock<Arc<Media>> = LazyLock::new(|| {
    set_rtsp_transport(RtspTransport::Tcp);
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/overhead.mp4");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let media = Media::open(&recording, Some(&folder)).unwrap();
    for variant in [Variant::Plain, Variant::Smaller, Variant::Hevc] {
        media.clip(variant).unwrap();
        media.jpegs(variant).unwrap();
    }
    Arc::new(media)
});

fn camera(protocol: Protocol) -> Camera {
    Camera::start(Arc::clone(&MEDIA), protocol, None, 0).unwrap()
}

/// One test at a time: all measure how long something takes.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    LazyLock::force(&MEDIA);
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the cases side by side: they mostly wait.
fn at_once<Case: Send>(cases: impl IntoIterator<Item = Case>, test: impl Fn(Case) + Sync) {
    std::thread::scope(|scope| {
        let test = &test;
        for case in cases {
            scope.spawn(move || test(case));
        }
    });
}

/// Why the address does not open, and after what time.
fn refusal(url: &str) -> (Reason, Duration) {
    let begun = Instant::now();
    let error = VideoSource::open_stream(url, HASTY).err().unwrap_or_else(|| panic!("{url} opened"));
    (error.reason(), begun.elapsed())
}

#[test]
fn a_camera_that_does_not_open_says_why() {
    let _alone = alone();
    use Protocol::{Mjpeg, Rtsp};
    let cases = [
        (Rtsp, Mode::Refuse, Reason::Refused),
        (Rtsp, Mode::Unauthorized, Reason::Unauthorized),
        (Rtsp, Mode::NotFound, Reason::NotFound),
        (Rtsp, Mode::Mute, Reason::NoAnswer),
        (Rtsp, Mode::Dead, Reason::NoAnswer),
        (Rtsp, Mode::Stall, Reason::NoAnswer),
        (Mjpeg, Mode::Refuse, Reason::Refused),
        (Mjpeg, Mode::Unauthorized, Reason::Unauthorized),
        (Mjpeg, Mode::NotFound, Reason::NotFound),
        (Mjpeg, Mode::Mute, Reason::NoAnswer),
    ];
    at_once(cases, |(protocol, mode, expected)| {
        let camera = camera(protocol);
        camera.enter(mode).unwrap();
        let (reason, took) = refusal(&camera.url());
        assert_eq!(reason, expected, "{protocol:?} {mode}");
        assert!(took < HASTY.open + GRACE, "{protocol:?} {mode}: {took:?}");
    });
}

#[test]
fn what_is_no_camera_at_all_is_told_apart() {
    let _alone = alone();
    let page = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<html><body>x</body></html>";
    let busy = "HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    let full = "RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: 1\r\n\r\n";
    let cases = [
        ("http", page, Reason::NotAVideo),
        ("http", busy, Reason::Refused),
        ("http", "", Reason::BrokeOff),
        ("rtsp", full, Reason::Refused),
        ("rtsp", "", Reason::BrokeOff),
    ];
    at_once(cases, |(scheme, answer, expected)| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 2048]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        assert_eq!(refusal(&url).0, expected, "{scheme} {answer}");
    });
    assert_eq!(refusal("rtsp://no-such-host.invalid/").0, Reason::UnknownHost);
}

#[test]
fn mute_cameras_keep_no_other_from_being_opened() {
    let _alone = alone();
    let (mute, good) = (camera(Protocol::Rtsp), camera(Protocol::Rtsp));
    mute.enter(Mode::Mute).unwrap();
    let patient = LiveTimeouts { open: Duration::from_secs(20), ..HASTY };
    std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..3).map(|_| scope.spawn(|| VideoSource::open_stream(&mute.url(), patient).is_err())).collect();
        let begun = Instant::now();
        while mute.status().connections < 3 {
            assert!(begun.elapsed() < PATIENCE, "nobody asks the mute camera");
            std::thread::yield_now();
        }
        play(&mut VideoSource::open_stream(&good.url(), PATIENT).unwrap(), 1);
        assert!(asking.iter().all(|asking| !asking.is_finished()), "the good camera waited for the mute one");
        assert!(asking.into_iter().all(|asking| asking.join().unwrap()));
    });
}

/// What happens to a camera that played well.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Enter(Mode),
    Cut(Cut),
}

#[test]
fn a_camera_that_fails_while_it_plays_says_how() {
    let _alone = alone();
    use Protocol::{Mjpeg, Rtsp};
    let cases = [
        (Rtsp, Fault::Enter(Mode::Stall), Reason::Stalled),
        (Rtsp, Fault::Enter(Mode::Dead), Reason::Stalled),
        (Rtsp, Fault::Enter(Mode::Half), Reason::Stalled),
        (Rtsp, Fault::Enter(Mode::Refuse), Reason::BrokeOff),
        (Rtsp, Fault::Enter(Mode::OtherResolution), Reason::Changed),
        (Rtsp, Fault::Enter(Mode::OtherCodec), Reason::BrokeOff),
        (Rtsp, Fault::Enter(Mode::Bitrot), Reason::Undecodable),
        (Rtsp, Fault::Cut(Cut::Close), Reason::BrokeOff),
        (Rtsp, Fault::Cut(Cut::Reset), Reason::BrokeOff),
        (Mjpeg, Fault::Enter(Mode::Stall), Reason::Stalled),
        (Mjpeg, Fault::Enter(Mode::OtherResolution), Reason::Changed),
        (Mjpeg, Fault::Cut(Cut::Close), Reason::BrokeOff),
    ];
    at_once(cases, |(protocol, fault, expected)| {
        let camera = camera(protocol);
        let mut source = VideoSource::open_stream(&camera.url(), PATIENT).unwrap();
        let size = play(&mut source, 24);
        match fault {
            Fault::Enter(mode) => camera.enter(mode).unwrap(),
            Fault::Cut(cut) => camera.cut(cut),
        }
        let begun = Instant::now();
        let reason = loop {
            let next = source.grab().and_then(|_| source.retrieve());
            match next {
                Ok(picture) => assert_eq!((picture.width(), picture.height()), size, "{protocol:?} {fault:?}"),
                Err(error) => break error.reason(),
            }
            assert!(begun.elapsed() < PATIENCE, "{protocol:?} {fault:?} is not noticed");
        };
        assert_eq!(reason, expected, "{protocol:?} {fault:?}");
    });
}

/// Grabs and retrieves so many frames, none of which may fail; the size of the pictures.
fn play(source: &mut VideoSource, frames: usize) -> (usize, usize) {
    let mut size = (0, 0);
    for _ in 0..frames {
        source.grab().unwrap();
        let picture = source.retrieve().unwrap();
        size = (picture.width(), picture.height());
    }
    size
}

#[test]
fn a_change_of_size_is_noticed_both_ways_and_in_its_own_camera_only() {
    let _alone = alone();
    let (changing, steady) = (camera(Protocol::Rtsp), camera(Protocol::Rtsp));
    let mut other = VideoSource::open_stream(&steady.url(), PATIENT).unwrap();
    for mode in [Mode::OtherResolution, Mode::Ok] {
        let mut source = VideoSource::open_stream(&changing.url(), PATIENT).unwrap();
        play(&mut source, 24);
        changing.enter(mode).unwrap();
        let begun = Instant::now();
        while source.grab().and_then(|_| source.retrieve()).is_ok() {
            assert!(begun.elapsed() < PATIENCE, "the change to {mode} is not noticed");
            play(&mut other, 1);
        }
        play(&mut other, 24);
    }
}

#[test]
fn what_does_no_harm_is_no_fault() {
    let _alone = alone();
    let cases = [Mode::Slow, Mode::Duplicate, Mode::TimestampJump];
    at_once(cases, |mode| {
        let camera = camera(Protocol::Rtsp);
        let mut source = VideoSource::open_stream(&camera.url(), PATIENT).unwrap();
        play(&mut source, 24);
        camera.enter(mode).unwrap();
        let begun = Instant::now();
        let first = source.grab().unwrap().unwrap();
        let mut last = first;
        while begun.elapsed() < Duration::from_secs(8) {
            let position = source.grab().unwrap().unwrap();
            assert!(position >= last, "{mode}: time runs backwards");
            last = position;
            source.retrieve().unwrap();
        }
        // Positions of live frames are when they came, whatever the stream says.
        let difference = (last - first).abs_diff(begun.elapsed());
        assert!(difference < Duration::from_secs(2), "{mode}: {first:?} to {last:?}");
    });
}
