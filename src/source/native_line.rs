//! What a line of FFmpeg's log says, without keeping the line: it may hold a URL with its password.

use super::Reason;

/// What a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Why a connection failed.
    Failure(Reason),
    /// A picture was damaged, and the decoder filled in what it could not read.
    Damage,
    /// A web server answered.
    Answer,
}

/// What is known before a line is formatted: FFmpeg logs several lines for each frame, nearly all without interest.
/// The text begins so, before its arguments are filled in.
const BEGINNINGS: [(&str, Meaning); 6] = [
    ("concealing ", Meaning::Damage),
    ("Error parsing NAL unit", Meaning::Damage),
    ("Could not find ref with POC", Meaning::Damage),
    ("error count: ", Meaning::Damage),
    ("overread ", Meaning::Damage),
    ("header='%s'", Meaning::Answer),
];

/// The meaning of a line by the format it is made from.
pub fn by_format(format: &[u8]) -> Option<Meaning> {
    let found = BEGINNINGS.iter().find(|(beginning, _)| format.starts_with(beginning.as_bytes()));
    found.map(|&(_, meaning)| meaning)
}

/// Parts of warnings and errors, the telling ones first: a line that names a status and an error is about the status.
const PARTS: [(&str, Reason); 25] = [
    ("401 Unauthorized", Reason::Unauthorized),
    ("failed: 401", Reason::Unauthorized),
    ("HTTP error 401", Reason::Unauthorized),
    // Also what a camera says that has locked the account.
    ("failed: 403", Reason::Unauthorized),
    ("HTTP error 403", Reason::Unauthorized),
    ("failed: 404", Reason::NotFound),
    ("HTTP error 404", Reason::NotFound),
    ("failed: 454", Reason::NotFound),
    ("Failed to resolve hostname", Reason::UnknownHost),
    ("Connection refused", Reason::Refused),
    ("No route to host", Reason::Unreachable),
    ("Host is unreachable", Reason::Unreachable),
    ("Host is down", Reason::Unreachable),
    ("Network is unreachable", Reason::Unreachable),
    ("Network is down", Reason::Unreachable),
    ("Connection timed out", Reason::NoAnswer),
    ("Operation timed out", Reason::NoAnswer),
    ("Connection reset by peer", Reason::BrokeOff),
    ("Broken pipe", Reason::BrokeOff),
    // Too many clients, no bandwidth, a service that is starting, another transport wanted.
    (" failed: ", Reason::Refused),
    ("HTTP error ", Reason::Refused),
    ("TLS packet", Reason::Refused),
    ("Could not find codec parameters", Reason::Undecodable),
    ("Unsupported codec", Reason::Unsupported),
    ("Protocol not found", Reason::Unsupported),
];

/// Why a connection failed, by a formatted warning or error of a protocol or demuxer.
pub fn failure(line: &str) -> Option<Reason> {
    PARTS.iter().find(|(part, _)| line.contains(part)).map(|&(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as FFmpeg 5.1 wrote them.
    #[test]
    fn a_table_of_lines() {
        let cases = [
            ("[tcp @ 0x55] Connection to tcp://127.0.0.1:18554?timeout=0 failed: Connection refused", Reason::Refused),
            ("[rtsp @ 0x55] method DESCRIBE failed: 401 Unauthorized", Reason::Unauthorized),
            ("[rtsp @ 0x55] method SETUP failed: 403 Forbidden", Reason::Unauthorized),
            ("[rtsp @ 0x55] method DESCRIBE failed: 404 Not Found", Reason::NotFound),
            ("[rtsp @ 0x55] method OPTIONS failed: 453 Not Enough Bandwidth", Reason::Refused),
            (
                "[tcp @ 0x55] Failed to resolve hostname nosuchhost.invalid: Name or service not known",
                Reason::UnknownHost,
            ),
            ("[tcp @ 0x55] Connection to tcp://10.9.9.9:554?timeout=0 failed: No route to host", Reason::Unreachable),
            ("[tcp @ 0x55] Connection to tcp://10.9.9.9:554?timeout=0 failed: Connection timed out", Reason::NoAnswer),
            ("[http @ 0x55] HTTP error 401 Unauthorized", Reason::Unauthorized),
            ("[http @ 0x55] HTTP error 404 Not Found", Reason::NotFound),
            ("[http @ 0x55] HTTP error 503 Service Unavailable", Reason::Refused),
            ("[tls @ 0x55] An unexpected TLS packet was received.", Reason::Refused),
            (
                "[rtsp @ 0x55] Could not find codec parameters for stream 0 (Video: h264, none): unspecified size",
                Reason::Undecodable,
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(failure(line), Some(expected), "{line}");
        }
        assert_eq!(failure("[http @ 0x55] Stream ends prematurely at 31, should be 18446744073709551615"), None);
    }

    #[test]
    fn formats_are_known_by_how_they_begin() {
        assert_eq!(by_format(b"concealing %d DC, %d AC, %d MV errors in %c frame\n"), Some(Meaning::Damage));
        assert_eq!(by_format(b"nal_unit_type: %d(%s), nal_ref_idc: %d\n"), None);
    }
}
