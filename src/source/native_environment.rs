//! What OpenCV, FFmpeg and the resolver take from the environment. To be set before any other thread exists.

use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use opencv::core::{LogLevel, set_log_level};

use super::{RtspTransport, native_log};

/// With any of these OpenCV prints what it opens, or takes FFmpeg's log back and prints that: both show passwords.
const TALKATIVE: [&str; 5] = [
    "OPENCV_FFMPEG_DEBUG",
    "OPENCV_FFMPEG_LOGLEVEL",
    "OPENCV_VIDEOIO_DEBUG",
    "OPENCV_VIDEOCAPTURE_DEBUG",
    "OPENCV_VIDEOWRITER_DEBUG",
];

/// What is set unless somebody has set it.
const USUAL: [(&str, &str); 2] = [
    // Seconds that a USB camera may stall; 10 otherwise.
    ("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "5"),
    // FFmpeg's open time-out does not hold while a name is looked up, which may take half a minute otherwise.
    ("RES_OPTIONS", "timeout:2 attempts:2"),
];

const CAPTURE_OPTIONS: &str = "OPENCV_FFMPEG_CAPTURE_OPTIONS";

/// Keeps OpenCV and FFmpeg from writing to stderr on their own, whatever the environment asks for: what they print is not
/// a line of our log, and may hold a URL with its password. To be called first thing in `main`.
pub fn silence_native_logs() {
    for variable in TALKATIVE {
        // SAFETY: called before any other thread exists, so nobody reads the environment meanwhile.
        unsafe { std::env::remove_var(variable) };
    }
    for (variable, value) in USUAL {
        if std::env::var_os(variable).is_none() {
            // SAFETY: as above.
            unsafe { std::env::set_var(variable, value) };
        }
    }
    // OPENCV_LOG_LEVEL was read when the library was loaded. Failing, OpenCV has no such log.
    let _ = set_log_level(LogLevel::LOG_LEVEL_SILENT);
    native_log::install();
}

/// Says how RTSP cameras send, for the whole program: the first call counts, and must come before any other thread exists.
/// False when another transport was set before, which only a new start can change. What the environment says itself of
/// `rtsp_transport` wins.
pub fn set_rtsp_transport(transport: RtspTransport) -> bool {
    static CHOSEN: OnceLock<RtspTransport> = OnceLock::new();
    if let Some(chosen) = CHOSEN.get() {
        return *chosen == transport;
    }
    let _ = CHOSEN.set(transport);
    if let Some(options) = with_transport(std::env::var_os(CAPTURE_OPTIONS).as_deref(), transport) {
        // SAFETY: as above.
        unsafe { std::env::set_var(CAPTURE_OPTIONS, options) };
    }
    true
}

/// FFmpeg's options with the transport among them; `None` when they name one.
fn with_transport(options: Option<&OsStr>, transport: RtspTransport) -> Option<OsString> {
    let Some(options) = options.filter(|options| !options.is_empty()) else {
        return Some(format!("rtsp_transport;{transport}").into());
    };
    if options.to_string_lossy().split('|').any(|option| option.trim_start().starts_with("rtsp_transport;")) {
        return None;
    }
    let mut all = options.to_owned();
    all.push(format!("|rtsp_transport;{transport}"));
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_keeps_its_own_options() {
        let with = |options: Option<&str>| {
            let all = with_transport(options.map(OsStr::new), RtspTransport::Udp);
            all.map(|all| all.into_string().unwrap())
        };
        assert_eq!(with(None).as_deref(), Some("rtsp_transport;udp"));
        assert_eq!(with(Some("")).as_deref(), Some("rtsp_transport;udp"));
        assert_eq!(with(Some("max_delay;0")).as_deref(), Some("max_delay;0|rtsp_transport;udp"));
        assert_eq!(with(Some("max_delay;0|rtsp_transport;tcp")), None);
    }
}
