//! Asks a network camera for a sign of life before OpenCV opens it: OpenCV opens one camera at a time, and one that hangs
//! would keep all others waiting.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use url::Url;

use super::Reason;

/// How long a camera may take to accept and to answer, before it is asked anew: one that hung and is well again answers
/// new connections only.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks until `deadline`. An error that is sure: what else may be wrong, FFmpeg finds out.
///
/// A web server is only connected to unless it is to be `asked`: some have room for one client at a time.
pub fn knock(url: &Url, asked: bool, deadline: Instant) -> Result<(), Reason> {
    let addresses = url.socket_addrs(|| default_port(url.scheme())).map_err(|_| Reason::UnknownHost)?;
    let question = question(url, asked);
    loop {
        let reason = match ask(&addresses, question.as_deref()) {
            Ok(()) => return Ok(()),
            Err(reason @ (Reason::NoAnswer | Reason::Unreachable)) => reason,
            Err(reason) => return Err(reason),
        };
        if Instant::now() + PATIENCE >= deadline {
            return Err(reason);
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "rtsp" => Some(554),
        "rtsps" => Some(322),
        _ => None,
    }
}

/// What every server answers, to whomever. Without user and password. `None`: connecting is enough.
fn question(url: &Url, asked: bool) -> Option<String> {
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    match url.scheme() {
        "rtsp" => Some(format!("OPTIONS rtsp://{host}{path} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: lotcount\r\n\r\n")),
        "http" if asked => Some(format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: lotcount\r\n\r\n")),
        _ => None,
    }
}

fn ask(addresses: &[SocketAddr], question: Option<&str>) -> Result<(), Reason> {
    let mut reason = Reason::UnknownHost;
    for address in addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(stream) => return question.map_or(Ok(()), |question| exchange(stream, question)),
            Err(error) => {
                reason = match error.kind() {
                    ErrorKind::ConnectionRefused => Reason::Refused,
                    ErrorKind::TimedOut => Reason::Unreachable,
                    ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
                        return Err(Reason::Unreachable);
                    }
                    // Something of this machine, such as too many open files.
                    _ => Reason::Internal,
                };
            }
        }
    }
    Err(reason)
}

/// One byte of an answer is enough; so is a connection that is closed, of which FFmpeg will say what it means.
fn exchange(mut stream: TcpStream, question: &str) -> Result<(), Reason> {
    let timeouts = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    let answer = timeouts.and_then(|()| stream.write_all(question.as_bytes())).and_then(|()| stream.read(&mut [0]));
    match answer.map_err(|error| error.kind()) {
        Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(Reason::NoAnswer),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_hold_no_secret() {
        let url = |text| Url::parse(text).unwrap();
        let rtsp = question(&url("rtsp://u:s3cret@cam.example:8554/ch1?x=2"), false).unwrap();
        assert!(rtsp.starts_with("OPTIONS rtsp://cam.example:8554/ch1?x=2 RTSP/1.0\r\n"), "{rtsp}");
        let http = question(&url("http://u:s3cret@cam.example/video?x=2"), true).unwrap();
        assert!(http.starts_with("GET /video?x=2 HTTP/1.0\r\nHost: cam.example\r\n"), "{http}");
        assert!(!rtsp.contains("s3cret") && !http.contains("s3cret"));
        assert_eq!(question(&url("http://cam.example/video"), false), None);
        assert_eq!(question(&url("rtsps://cam.example/video"), true), None);
    }
}
