//! What OpenCV, FFmpeg and the resolver take from the environment. To be set before any other thread exists.

use std::ffi::OsString;
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
/// False when another transport was set before, which only a new start can change. Options that the environment sets itself
/// win.
pub fn set_rtsp_transport(transport: RtspTransport) -> bool {
    static CHOSEN: OnceLock<RtspTransport> = OnceLock::new();
    if let Some(chosen) = CHOSEN.get() {
        return *chosen == transport;
    }
    let _ = CHOSEN.set(transport);
    let options = std::env::var_os(CAPTURE_OPTIONS).unwrap_or_default();
    // Two frames tell the rate; by itself FFmpeg waits for twenty and more, near a second longer at each opening.
    let usual = [("rtsp_transport", transport.name()), ("fpsprobesize", "2")];
    // SAFETY: as above.
    unsafe { std::env::set_var(CAPTURE_OPTIONS, with_usual(options, &usual)) };
    true
}

/// FFmpeg's options, and with them those of the usual ones that they do not name.
fn with_usual(mut options: OsString, usual: &[(&str, &str)]) -> OsString {
    let given = options.to_string_lossy().into_owned();
    for (name, value) in usual {
        let is_this = |option: &str| option.split(';').next().is_some_and(|given| given.trim() == *name);
        if !given.split('|').any(is_this) {
            options.push(if options.is_empty() { "" } else { "|" });
            options.push(format!("{name};{value}"));
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_keeps_its_own_options() {
        let cases = [("", "a;1|b;2"), ("c;3", "c;3|a;1|b;2"), ("a;9", "a;9|b;2"), ("b;9| a;9", "b;9| a;9")];
        for (given, expected) in cases {
            assert_eq!(with_usual(given.into(), &[("a", "1"), ("b", "2")]), expected, "{given}");
        }
    }
}
