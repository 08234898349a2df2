//! Requests of RTSP (RFC 2326) and HTTP: a line, headers, an empty line. Neither has a body here.

/// A request as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Request {
    /// Takes the first whole request out of what has been received. Interleaved data of the client (receiver reports) is
    /// taken out and passed over.
    pub fn take(received: &mut Vec<u8>) -> Option<Self> {
        while received.first() == Some(&b'$') {
            let head = received.get(2..4)?;
            let length = 4 + usize::from(u16::from_be_bytes([head[0], head[1]]));
            received.get(..length)?;
            received.drain(..length);
        }
        let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head: Vec<u8> = received.drain(..end + 4).collect();
        let head = String::from_utf8_lossy(&head);
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers =
            headers.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect();
        Some(Self { method, target, headers })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The target's path without slashes at its ends: `rtsp://127.0.0.1:8554/stream/?x` gives `stream`.
    pub fn path(&self) -> &str {
        let target = self.target.split_once("://").map_or(self.target.as_str(), |(_, rest)| rest);
        let path = target.find('/').map_or("", |slash| &target[slash..]);
        path.split('?').next().unwrap_or_default().trim_matches('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_whole_requests_one_by_one() {
        let mut received = b"OPTIONS rtsp://h:1/stream RTSP/1.0\r\nCSeq: 1\r\n\r\n$\x01\x00\x02abDESC".to_vec();
        let options = Request::take(&mut received).unwrap();
        assert_eq!((options.method.as_str(), options.path(), options.header("cseq")), ("OPTIONS", "stream", Some("1")));
        assert_eq!(Request::take(&mut received), None);
        assert_eq!(received, b"DESC", "the receiver report is gone, the rest waits");
        received = b"$\x01\x00\x09ab".to_vec();
        assert_eq!(Request::take(&mut received), None);
    }

    #[test]
    fn paths_of_both_protocols() {
        let path = |target: &str| {
            let request = Request { method: String::new(), target: target.to_owned(), headers: Vec::new() };
            request.path().to_owned()
        };
        assert_eq!(path("/gate/stall?now"), "gate/stall");
        assert_eq!(path("rtsp://127.0.0.1:8554/stream/"), "stream");
        assert_eq!(path("rtsp://127.0.0.1:8554"), "");
    }
}
