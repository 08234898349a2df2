//! What a camera says of itself, for those who judge its clients.

use serde::Serialize;

/// Counts are since the camera's start, over all connections.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Without user and password.
    pub url: String,
    pub mode: &'static str,
    pub listening: bool,
    /// Connections that were accepted, and those of them that are open.
    pub connections: u64,
    pub open: u64,
    /// RTSP DESCRIBE or HTTP GET.
    pub asked: u64,
    /// Answers 401, the first one to every client without a proof among them.
    pub unauthorized: u64,
    pub streams: u64,
    pub frames_sent: u64,
    /// Monotonic, since the camera's start: now, and when it became well last (null while it is not).
    pub seconds: f64,
    pub well_since_seconds: Option<f64>,
    /// The start by the wall clock, microseconds since 1970. The recording's first frame was due then.
    pub begun_at_us: u64,
    /// Length of the recording, which is shown for ever.
    pub turn_seconds: f64,
    pub fps: f64,
}
