//! Network cameras and recordings through FFmpeg's libraries.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use ffmpeg_the_third::Error;
use url::Url;

use super::backlog::Backlog;
use super::deferred_decoder::DeferredDecoder;
use super::demuxer::Demuxer;
use super::knock::knock;
use super::live_health::{Grab, LiveHealth};
use super::native_environment::stream_options;
use super::native_log::Listener;
use super::opening::{open_timeout, remember, was_silent};
use super::paced::Replay;
use super::picture_decoder::PictureDecoder;
use super::positions::Positions;
use super::{Compressed, FrameSource, Picture, Reason, SourceError, SourceInfo};

/// How long a live camera may take, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveTimeouts {
    pub open: Duration,
    pub read: Duration,
}

impl Default for LiveTimeouts {
    /// An RTSP open takes about 2 s; a camera that sends nothing for longer than the wait for one frame at 1 fps, with
    /// room for a busy network, is gone.
    fn default() -> Self {
        Self { open: Duration::from_secs(10), read: Duration::from_secs(5) }
    }
}

/// An open network camera or recording.
pub struct VideoSource {
    /// Closed before its listener is.
    demuxer: Demuxer,
    decoder: DeferredDecoder,
    listener: Listener,
    info: SourceInfo,
    kind: Kind,
    /// Of the pictures, pixels; zero before the first.
    size: (usize, usize),
}

enum Kind {
    Recording(Positions),
    Live {
        opened: Instant,
        timeout: Duration,
        health: LiveHealth,
        backlog: Backlog,
        behind: bool,
        first: Option<Instant>,
    },
}

impl VideoSource {
    /// Opens a recorded file.
    pub fn open_recording(path: &Path) -> Result<Self, SourceError> {
        can_be_read(path)?;
        if path.is_dir() {
            return Err(SourceError::NotAVideo("it is a folder"));
        }
        let name = path.to_str().ok_or(SourceError::NotAVideo("its name is not valid UTF-8"))?;
        let listener = Listener::new();
        // A file, whatever its name looks like, and nothing that it may refer to.
        let (address, options) = (format!("file:{name}"), [("protocol_whitelist", "file")]);
        let (demuxer, decoder) = listener
            .during(|| open(&address, options, None))
            .map_err(|_| SourceError::NotAVideo("no known container or codec, or an incomplete file"))?;
        let info = demuxer.describe(true);
        let kind = Kind::Recording(Positions::new(info.fps));
        Ok(Self { demuxer, decoder, listener, info, kind, size: (0, 0) })
    }

    /// Opens a network camera. `url` is the real one, with its password; it goes nowhere but into FFmpeg.
    pub fn open_stream(url: &str, timeouts: LiveTimeouts) -> Result<Self, SourceError> {
        let address = Url::parse(url).map_err(|_| SourceError::Camera(Reason::Unsupported))?;
        let was_silent = was_silent(url);
        knock(&address, was_silent, Instant::now() + timeouts.open).map_err(SourceError::Camera)?;
        let open_timeout = open_timeout(url, timeouts.open);
        let (listener, begun) = (Listener::new(), Instant::now());
        let opened = listener.during(|| open(url, stream_options(), Some(open_timeout)));
        // A camera that agrees to everything and sends nothing is open at the end of the time-out, and of no use.
        let took = begun.elapsed();
        let out_of_time = took >= open_timeout;
        let opened = match opened {
            Ok(_) if out_of_time => Err(Reason::NoAnswer),
            Ok(opened) => Ok(opened),
            Err(error) => Err(why_not_opened(&listener, error, out_of_time)),
        };
        remember(url, opened.as_ref().map(|_| took).map_err(|&reason| reason));
        let (demuxer, decoder) = opened.map_err(SourceError::Camera)?;
        let mut info = demuxer.describe(false);
        if address.scheme().starts_with("http") {
            // Motion JPEG has no rate: FFmpeg says 25 whatever it is.
            info.fps = None;
        }
        let kind = Kind::Live {
            opened: Instant::now(),
            timeout: timeouts.read,
            health: LiveHealth::new(timeouts.read),
            backlog: Backlog::new(info.fps),
            behind: true,
            first: None,
        };
        Ok(Self { demuxer, decoder, listener, info, kind, size: (0, 0) })
    }

    /// Frames that were decoded so far.
    pub fn decoded(&self) -> u64 {
        self.decoder.decoded()
    }

    /// Moves on by one frame: its timestamp, if it has one. `None`: the stream is over, or nothing came in time.
    fn next_frame(&mut self) -> Option<Option<i64>> {
        let begun = Instant::now();
        let patience = match self.kind {
            Kind::Live { timeout, .. } => Some(timeout),
            Kind::Recording(_) => None,
        };
        let Self { demuxer, decoder, listener, .. } = self;
        listener.during(|| {
            if let Some(held_back) = decoder.next_in_order() {
                return Some(held_back);
            }
            loop {
                let left = match patience {
                    Some(patience) => Some(patience.checked_sub(begun.elapsed())?),
                    None => None,
                };
                match demuxer.next_packet(left) {
                    Ok(Some(packet)) => {
                        if let Some(timestamp) = decoder.take(packet) {
                            return Some(timestamp);
                        }
                    }
                    Ok(None) => {
                        decoder.end();
                        return decoder.next_in_order();
                    }
                    Err(_) => return None,
                }
            }
        })
    }

    /// Seconds as the container counts them.
    fn seconds(&self, timestamp: i64) -> f64 {
        let stream = self.demuxer.video();
        let (base, start) = (stream.time_base(), stream.start_time());
        timestamp.wrapping_sub(start) as f64 * (f64::from(base.numerator()) / f64::from(base.denominator()))
    }
}

/// Opens what is at `address` and a decoder for its video, of which at least the size must be known.
fn open<'a>(
    address: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
    patience: Option<Duration>,
) -> Result<(Demuxer, DeferredDecoder), Error> {
    let demuxer = Demuxer::open(address, options, patience)?;
    let (width, height) = demuxer.size();
    if width == 0 || height == 0 {
        return Err(Error::InvalidData);
    }
    let decoder = PictureDecoder::new(&demuxer.video())?;
    Ok((demuxer, DeferredDecoder::new(decoder)))
}

/// FFmpeg says the same for a missing, a forbidden and a broken file; a person needs to know which.
pub fn can_be_read(path: &Path) -> Result<(), SourceError> {
    match File::open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(SourceError::Missing),
        Err(error) => Err(SourceError::Unreadable(error)),
    }
}

/// By what FFmpeg said, and otherwise by how it ended.
fn why_not_opened(listener: &Listener, error: Error, out_of_time: bool) -> Reason {
    match listener.reason() {
        // Nothing could be decoded because nothing came.
        Some(Reason::Undecodable) | None if out_of_time => Reason::NoAnswer,
        Some(reason) => reason,
        None if error == Error::DecoderNotFound => Reason::Unsupported,
        None if listener.answered() => Reason::NotAVideo,
        None => Reason::BrokeOff,
    }
}

impl FrameSource for VideoSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
        let begun = Instant::now();
        let next = self.next_frame();
        let seconds = next.flatten().map(|timestamp| self.seconds(timestamp));
        match &mut self.kind {
            Kind::Recording(positions) => Ok(next.map(|_| positions.of_frame(seconds))),
            Kind::Live { opened, health, backlog, behind, first, .. } => {
                let now = Instant::now();
                let damaged = self.listener.damaged() + self.decoder.failed();
                let grab = Grab { grabbed: next.is_some(), took: now - begun, at: now - *opened, damaged };
                health.judge(&grab).map_err(SourceError::Camera)?;
                *behind = backlog.holds(grab.took, grab.at);
                // Not by the stream's timestamps: a camera that sets its clock back jumps by half a day, and Motion JPEG
                // over HTTP has none.
                Ok(Some(now - *first.get_or_insert(now)))
            }
        }
    }

    fn is_behind(&self) -> bool {
        matches!(self.kind, Kind::Live { behind: true, .. })
    }

    fn compressed(&self) -> Option<Compressed> {
        self.decoder.compressed()
    }

    fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
        let decoder = &mut self.decoder;
        let converted = self.listener.during(|| {
            decoder.catch_up();
            decoder.convert_into(picture)
        });
        let (before, size) = (self.size, decoder.size());
        self.size = size;
        if matches!(self.kind, Kind::Live { .. }) && before != (0, 0) && size != before {
            return Err(SourceError::Camera(Reason::Changed));
        }
        converted.map_err(|_| SourceError::Undecodable)
    }
}

impl Replay for VideoSource {
    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        if !matches!(self.kind, Kind::Recording(_)) {
            return Err(SourceError::NotAVideo("a camera cannot be wound"));
        }
        let demuxer = &mut self.demuxer;
        self.listener.during(|| demuxer.rewind()).map_err(|_| SourceError::NotAVideo("it cannot be wound"))?;
        self.decoder.forget();
        self.kind = Kind::Recording(Positions::new(self.info.fps));
        for _ in 0..frame {
            self.next_frame();
        }
        Ok(())
    }
}
