//! What OpenCV, FFmpeg and the resolver take from the environment. To be set before any other thread exists.

use std::sync::{LazyLock, OnceLock};

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

/// FFmpeg's options for all network cameras, as in `max_delay;500000|reorder_queue_size;0`.
const OPTIONS: &str = "LOTCOUNT_FFMPEG_OPTIONS";

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

static TRANSPORT: OnceLock<RtspTransport> = OnceLock::new();

/// Says how RTSP cameras send, for the whole program: the first call counts. False when another transport was set before,
/// which only a new start can change. Options that the environment sets itself win.
pub fn set_rtsp_transport(transport: RtspTransport) -> bool {
    *TRANSPORT.get_or_init(|| transport) == transport
}

/// FFmpeg's options for network cameras.
pub fn stream_options() -> impl Iterator<Item = (&'static str, &'static str)> {
    static GIVEN: LazyLock<String> = LazyLock::new(|| std::env::var(OPTIONS).unwrap_or_default());
    let transport = TRANSPORT.get().copied().unwrap_or_default();
    // Two frames tell the rate; by itself FFmpeg waits for twenty and more, near a second longer at each opening.
    let probing = ("fpsprobesize", "2");
    // Nothing that a camera sends makes FFmpeg open a file of this machine.
    let protocols = ("protocol_whitelist", "rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto");
    let usual = [("rtsp_transport", transport.name()), probing, protocols];
    usual.into_iter().chain(named(&GIVEN))
}

/// Names and values of a list such as `a;1|b;2`.
fn named(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split('|').filter_map(|option| option.trim().split_once(';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_names_and_values() {
        for (list, expected) in [("", &[][..]), ("a;1", &[("a", "1")]), ("a;1| b;2|", &[("a", "1"), ("b", "2")])] {
            assert_eq!(named(list).collect::<Vec<_>>(), expected, "{list}");
        }
    }
}
