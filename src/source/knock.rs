//! Asks a network camera for a sign of life before FFmpeg opens it: one that hangs is asked anew until it answers, which FFmpeg
//! would not do.

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
/// A web camera is left in peace, since many have room for one client at a time and are busy with the one that asked for a
/// while; only of one that `was_silent` it is seen whether it accepts a connection at all.
pub fn knock(url: &Url, was_silent: bool, deadline: Instant) -> Result<(), Reason> {
    if url.scheme().starts_with("http") && !was_silent {
        return Ok(());
    }
    let addresses = url.socket_addrs(|| default_port(url.scheme())).map_err(|_| Reason::UnknownHost)?;
    let question = question(url);
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
fn question(url: &Url) -> Option<String> {
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let question = format!("OPTIONS rtsp://{host}{path} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: lotcount\r\n\r\n");
    (url.scheme() == "rtsp").then_some(question)
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
        let rtsp = question(&url("rtsp://u:s3cret@cam.example:8554/ch1?x=2")).unwrap();
        assert!(rtsp.starts_with("OPTIONS rtsp://cam.example:8554/ch1?x=2 RTSP/1.0\r\n"), "{rtsp}");
        assert!(!rtsp.contains("s3cret"));
        assert_eq!(question(&url("http://cam.example/video")), None);
        assert_eq!(question(&url("rtsps://cam.example/video")), None);
    }

    #[test]
    fn a_web_camera_is_not_asked_until_it_was_silent() {
        // Nothing listens there.
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = Url::parse(&format!("http://{closed}/")).unwrap();
        assert_eq!(knock(&url, false, Instant::now()), Ok(()));
        assert_eq!(knock(&url, true, Instant::now()), Err(Reason::Refused));
    }
}
