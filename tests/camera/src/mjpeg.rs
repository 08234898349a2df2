//! One HTTP connection with MJPEG: parts of `multipart/x-mixed-replace`, one picture each, for ever.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::{Core, Counts, State};
use crate::frame_clock::Pace;
use crate::link::{Gone, Link};
use crate::media::Variant;
use crate::mode::Mode;
use crate::noise::Noise;
use crate::request::Request;

/// Where the stream is: `http://127.0.0.1:PORT/stream.mjpeg`.
pub const PATH: &str = "stream.mjpeg";
const BOUNDARY: &str = "frame";
const IDLE: Duration = Duration::from_secs(1);
/// The tables at the beginning of a JPEG file: without them there is no picture at all.
const SPARED: usize = 700;

pub fn serve(stream: TcpStream, core: Arc<Core>) {
    let Ok(mut link) = Link::new(stream, Arc::clone(&core)) else { return };
    // It ends in no other way than by the connection's end.
    let _ = converse(&mut link, &core);
}

fn converse(link: &mut Link, core: &Core) -> Result<(), Gone> {
    loop {
        link.receive(IDLE)?;
        while core.mode().answers()
            && let Some(request) = Request::take(&mut link.inbox)
        {
            if answer(link, core, &request)? {
                return play(link, core);
            }
        }
    }
}

/// Whether the stream begins.
fn answer(link: &mut Link, core: &Core, request: &Request) -> Result<bool, Gone> {
    Counts::add(&core.counts.asked);
    let mode = core.mode();
    let proof = request.header("authorization");
    let admitted = core.access.as_ref().is_none_or(|access| access.admits(&request.method, proof, &core.nonce));
    if mode == Mode::Unauthorized || !admitted {
        Counts::add(&core.counts.unauthorized);
        let challenge = core.access.as_ref().map(|access| access.challenge(&core.nonce));
        let challenge = challenge.unwrap_or_else(|| "Basic realm=\"camera\"".to_owned());
        return refuse(link, "401 Unauthorized", &format!("WWW-Authenticate: {challenge}\r\n"));
    }
    if mode == Mode::NotFound || request.path() != PATH {
        return refuse(link, "404 Not Found", "");
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\nConnection: close\r\n\r\n"
    );
    link.send(head.as_bytes())?;
    Ok(true)
}

fn refuse(link: &mut Link, status: &str, headers: &str) -> Result<bool, Gone> {
    link.send(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n").as_bytes())?;
    Ok(false)
}

fn play(link: &mut Link, core: &Core) -> Result<(), Gone> {
    Counts::add(&core.counts.streams);
    let mut pace = Pace::from_now(&core.clock);
    let mut noise = Noise::seeded(1);
    let mut broken = false;
    loop {
        match pace.next(&core.clock, Instant::now()) {
            Err(wait) => link.receive(wait)?,
            Ok(number) => {
                let state = core.state();
                if broken
                    || !state.mode.sends()
                    || state.mode == Mode::Slow && !number.is_multiple_of(whole_second(core))
                {
                    continue;
                }
                for _ in 0..if state.mode == Mode::Duplicate { 2 } else { 1 } {
                    let part = part(core, &state, number, &mut noise)?;
                    broken = state.mode == Mode::Half;
                    link.send(&part[..if broken { part.len() / 2 } else { part.len() }])?;
                    if !broken {
                        Counts::add(&core.counts.frames);
                    }
                }
            }
        }
    }
}

fn whole_second(core: &Core) -> u64 {
    core.clock.fps.round() as u64
}

fn part(core: &Core, state: &State, number: u64, noise: &mut Noise) -> Result<Vec<u8>, Gone> {
    let variant = match state.mode {
        // There is no other codec.
        Mode::OtherCodec => Variant::Plain,
        mode => Variant::of(mode),
    };
    let shown = if state.mode == Mode::Frozen { state.since_frame } else { number };
    let mut jpeg = core.media.jpegs(variant)?[core.clock.place(shown)].clone();
    match state.mode {
        Mode::Garbage => noise.fill(&mut jpeg),
        Mode::Bitrot => noise.flip_bits(&mut jpeg, SPARED),
        _ => {}
    }
    let length = jpeg.len();
    let head = format!("--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n");
    Ok([head.as_bytes(), &jpeg, b"\r\n"].concat())
}
