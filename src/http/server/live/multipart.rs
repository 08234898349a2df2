//! How pictures follow one another in one answer: `multipart/x-mixed-replace`, which browsers show as a moving picture.

use axum::body::Bytes;

pub const KIND: &str = "multipart/x-mixed-replace; boundary=lotcount";
/// Before the first part.
pub const BEGIN: &[u8] = b"--lotcount\r\n";
/// Means nothing before the first part: tells that somebody is still there.
pub const NOTHING_YET: &[u8] = b"\r\n";

/// A picture as a part, and where its own bytes begin and end. The boundary comes at once, not with the next part: browsers
/// show a picture when they see it end.
pub fn part(jpeg: &[u8]) -> (Bytes, usize, usize) {
    let head = format!("Content-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
    let bytes = [head.as_bytes(), jpeg, b"\r\n", BEGIN].concat();
    (bytes.into(), head.len(), head.len() + jpeg.len())
}
