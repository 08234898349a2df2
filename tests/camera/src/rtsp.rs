//! One RTSP connection (RFC 2326).

use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use crate::core::{Core, Counts};
use crate::link::{Gone, Link};
use crate::media::Variant;
use crate::mode::Mode;
use crate::request::Request;
use crate::rtp_stream::{RtpStream, Transport};
use crate::sdp;

/// Where the stream is: `rtsp://127.0.0.1:PORT/stream`.
pub const PATH: &str = "stream";

pub fn serve(stream: TcpStream, core: Arc<Core>) {
    let Ok(link) = Link::new(stream, Arc::clone(&core)) else { return };
    let mut session = Session { core, link, transport: None, playing: None };
    while session.turn().is_ok() {}
}

struct Session {
    core: Arc<Core>,
    link: Link,
    transport: Option<Transport>,
    playing: Option<RtpStream>,
}

/// The same for all: nobody checks it, but clients want one.
const SESSION: &str = "Session: 1;timeout=60\r\n";
const IDLE: Duration = Duration::from_secs(1);

impl Session {
    /// Sends what is due, then answers what has been asked meanwhile.
    fn turn(&mut self) -> Result<(), Gone> {
        let wait = match (&mut self.playing, &self.transport) {
            (Some(stream), Some(transport)) => stream.send_due(&mut self.link, transport)?,
            _ => IDLE,
        };
        self.link.receive(wait)?;
        while self.core.mode().answers()
            && let Some(request) = Request::take(&mut self.link.inbox)
        {
            self.answer(&request)?;
        }
        Ok(())
    }

    fn answer(&mut self, request: &Request) -> Result<(), Gone> {
        if request.method == "OPTIONS" {
            let methods = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n";
            return self.reply(request, "200 OK", methods, "");
        }
        if request.method == "DESCRIBE" {
            Counts::add(&self.core.counts.asked);
        }
        let mode = self.core.mode();
        if mode == Mode::Unauthorized || !self.is_admitted(request) {
            Counts::add(&self.core.counts.unauthorized);
            let challenge = match &self.core.access {
                Some(access) => access.challenge(&self.core.nonce),
                None => "Basic realm=\"camera\"".to_owned(),
            };
            return self.reply(request, "401 Unauthorized", &format!("WWW-Authenticate: {challenge}\r\n"), "");
        }
        if mode == Mode::NotFound || request.path().split('/').next() != Some(PATH) {
            return self.reply(request, "404 Not Found", "", "");
        }
        match request.method.as_str() {
            "DESCRIBE" => self.describe(request),
            "SETUP" => self.set_up(request),
            "PLAY" => self.play(request),
            "GET_PARAMETER" => self.reply(request, "200 OK", SESSION, ""),
            "TEARDOWN" => self.reply(request, "200 OK", SESSION, "").and(Err(Gone)),
            _ => self.reply(request, "405 Method Not Allowed", "", ""),
        }
    }

    fn is_admitted(&self, request: &Request) -> bool {
        let proof = request.header("authorization");
        self.core.access.as_ref().is_none_or(|access| access.admits(&request.method, proof, &self.core.nonce))
    }

    fn describe(&mut self, request: &Request) -> Result<(), Gone> {
        let clip = self.core.media.clip(Variant::of(self.core.mode()))?;
        let base =
            format!("Content-Base: {}/\r\nContent-Type: application/sdp\r\n", request.target.trim_end_matches('/'));
        self.reply(request, "200 OK", &base, &sdp::describe(&clip, self.core.clock.fps))
    }

    fn set_up(&mut self, request: &Request) -> Result<(), Gone> {
        let wanted = request.header("transport").unwrap_or_default();
        let field = |name: &str| wanted.split(';').find_map(|field| field.trim().strip_prefix(name));
        let first = |range: &str| range.split('-').next().unwrap_or_default().parse::<u16>().ok();
        let answer = if wanted.contains("TCP") {
            let channel = field("interleaved=").and_then(first).unwrap_or(0) as u8;
            self.transport = Some(Transport::Interleaved(channel));
            format!("RTP/AVP/TCP;unicast;interleaved={channel}-{}", channel + 1)
        } else if let Some(port) = field("client_port=").and_then(first) {
            let mut client = self.link.client()?;
            client.set_port(port);
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            let server = socket.local_addr()?.port();
            self.transport = Some(Transport::Udp { socket, client });
            let (next, server_next) = (port.wrapping_add(1), server.wrapping_add(1));
            format!("RTP/AVP;unicast;client_port={port}-{next};server_port={server}-{server_next}")
        } else {
            return self.reply(request, "461 Unsupported Transport", "", "");
        };
        self.reply(request, "200 OK", &format!("{SESSION}Transport: {answer}\r\n"), "")
    }

    fn play(&mut self, request: &Request) -> Result<(), Gone> {
        if self.transport.is_none() {
            return self.reply(request, "455 Method Not Valid in This State", "", "");
        }
        self.reply(request, "200 OK", &format!("{SESSION}Range: npt=now-\r\n"), "")?;
        let variant = Variant::of(self.core.mode());
        let clip = self.core.media.clip(variant)?;
        self.playing = Some(RtpStream::begin(&self.core, variant, clip));
        Ok(())
    }

    fn reply(&mut self, request: &Request, status: &str, headers: &str, body: &str) -> Result<(), Gone> {
        let sequence = request.header("cseq").unwrap_or("0");
        let length = body.len();
        let head = format!("RTSP/1.0 {status}\r\nCSeq: {sequence}\r\n{headers}Content-Length: {length}\r\n\r\n");
        self.link.send(head.as_bytes())?;
        self.link.send(body.as_bytes())
    }
}
