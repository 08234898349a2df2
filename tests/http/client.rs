//! A client that says exactly what it is told to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub struct Client {
    pub port: u16,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Lower case, without the status.
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn is_whole(&self) -> bool {
        let length = self.head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        length.is_some_and(|length: usize| self.body.len() >= length)
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
    }
}

impl Client {
    pub fn new(port: u16) -> Self {
        Self { port }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    pub fn host(&self) -> String {
        format!("Host: 127.0.0.1:{}\r\n", self.port)
    }

    /// What comes back, until it is whole or the other end closes; `None` when nothing of use does.
    pub fn raw(&self, request: &[u8]) -> Option<Answer> {
        let mut stream = self.connect();
        // A server that has seen enough may close before all was sent.
        let _ = stream.write_all(request);
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        loop {
            match stream.read(&mut part) {
                Ok(length @ 1..) => bytes.extend_from_slice(&part[..length]),
                _ => return Answer::parse(&String::from_utf8_lossy(&bytes)),
            }
            // Not everybody closes when asked to.
            if let Some(answer) = Answer::parse(&String::from_utf8_lossy(&bytes)).filter(Answer::is_whole) {
                return Some(answer);
            }
        }
    }

    /// With these further header lines.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
        let request =
            format!("{method} {path} HTTP/1.1\r\n{}Connection: close\r\n{headers}{length}\r\n{body}", self.host());
        self.raw(request.as_bytes()).unwrap_or_else(|| panic!("no answer to {request}"))
    }

    /// `None` when nobody answers.
    pub fn try_ask(&self, method: &str, path: &str, headers: &str) -> Option<Answer> {
        TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        Some(self.ask(method, path, headers, ""))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    pub fn json(&self, path: &str) -> Value {
        self.get(path).json()
    }

    pub fn post(&self, path: &str, token: &str, body: &str) -> Answer {
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        self.ask("POST", path, &headers, body)
    }
}
