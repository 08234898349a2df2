//! One camera: one port, one protocol, one mode at a time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::access::Access;
use crate::core::Core;
use crate::listener::Listener;
use crate::media::{Media, Variant};
use crate::mode::{Cut, Mode};
use crate::status::Status;
use crate::{mjpeg, rtsp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Rtsp,
    Mjpeg,
}

/// Runs until it is dropped.
pub struct Camera {
    core: Arc<Core>,
    protocol: Protocol,
    listener: Listener,
}

impl Camera {
    /// Listens on loopback when this has returned; port 0 is any free one. The recording is shown from its first frame.
    pub fn start(media: Arc<Media>, protocol: Protocol, access: Option<Access>, port: u16) -> io::Result<Self> {
        prepare(&media, protocol, Variant::Plain)?;
        let core = Arc::new(Core::new(media, access));
        let serve = match protocol {
            Protocol::Rtsp => rtsp::serve,
            Protocol::Mjpeg => mjpeg::serve,
        };
        let shared = Arc::clone(&core);
        let listener = Listener::start(port, move |stream| serve(stream, Arc::clone(&shared)))?;
        Ok(Self { core, protocol, listener })
    }

    /// Without user and password.
    pub fn url(&self) -> String {
        let address = self.listener.address();
        match self.protocol {
            Protocol::Rtsp => format!("rtsp://{address}/{}", rtsp::PATH),
            Protocol::Mjpeg => format!("http://{address}/{}", mjpeg::PATH),
        }
    }

    /// From now on. What the mode shows is made first, which takes seconds the first time.
    pub fn enter(&self, mode: Mode) -> io::Result<()> {
        prepare(&self.core.media, self.protocol, Variant::of(mode))?;
        if mode == Mode::Refuse {
            self.listener.close();
        } else {
            self.listener.open_again()?;
        }
        self.core.enter(mode);
        Ok(())
    }

    /// Ends every open connection; the mode stays.
    pub fn cut(&self, cut: Cut) {
        self.core.cut(cut);
    }

    /// How long it has been well; `None` while it is not.
    pub fn well_for(&self) -> Option<Duration> {
        self.core.state().well_since.map(|since| since.elapsed())
    }

    pub fn status(&self) -> Status {
        let (state, counts, clock) = (self.core.state(), &self.core.counts, self.core.clock);
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::SeqCst);
        let seconds = |at: Instant| at.saturating_duration_since(clock.begun).as_secs_f64();
        Status {
            url: self.url(),
            mode: state.mode.name(),
            listening: self.listener.is_open(),
            connections: count(&counts.connections),
            open: count(&counts.open),
            asked: count(&counts.asked),
            unauthorized: count(&counts.unauthorized),
            streams: count(&counts.streams),
            frames_sent: count(&counts.frames),
            seconds: seconds(Instant::now()),
            well_since_seconds: state.well_since.map(seconds),
            begun_at_us: self.core.begun_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64,
            turn_seconds: self.core.media.seconds(),
            fps: clock.fps,
        }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.listener.close();
        self.core.cut(Cut::Close);
    }
}

fn prepare(media: &Media, protocol: Protocol, variant: Variant) -> io::Result<()> {
    match protocol {
        Protocol::Rtsp => media.clip(variant).map(drop),
        Protocol::Mjpeg if variant == Variant::Hevc => Ok(()),
        Protocol::Mjpeg => media.jpegs(variant).map(drop),
    }
}
