//! Clients that want to do harm, while cars pass: they cost themselves.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{Running, Served, serve, until};

/// Of a process, kB.
pub fn memory(running: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn descriptors(served: &Served) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", served.running.child.id())).unwrap().count()
}

fn still_answers(served: &Served) {
    assert_eq!(served.client.get("/healthz").status, 200);
}

#[test]
fn a_thousand_that_say_nothing_keep_nobody_out() {
    let mut served = serve("");
    let (before, open) = (memory(&served.running), descriptors(&served));
    // Half-open: connected, and silent; or a head that never ends.
    let mut silent: Vec<TcpStream> = Vec::new();
    for number in 0..1000 {
        let mut stream = served.client.connect();
        if number % 2 == 0 {
            let _ = stream.write_all(b"GET /status HTTP/1.1\r\nX-Slow: ");
        }
        silent.push(stream);
    }
    still_answers(&served);
    assert!(descriptors(&served) <= open + 80, "{} descriptors, before {open}", descriptors(&served));
    // All of them are let go by themselves.
    until("they are let go", || (descriptors(&served) <= open + 4).then_some(()));
    let grown = memory(&served.running).saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} kB more than before");
    drop(silent);
    served.running.stop();
}

#[test]
fn what_is_no_request_gets_no_answer_of_use() {
    let mut served = serve("");
    let host = served.client.host();
    let status = |request: &[u8]| served.client.raw(request).map(|answer| answer.status);
    let large = format!("GET /status HTTP/1.1\r\n{host}X-Large: {}\r\n\r\n", "x".repeat(1 << 20));
    assert!(matches!(status(large.as_bytes()), None | Some(431)));
    let many = format!("GET /status HTTP/1.1\r\n{host}{}\r\n", "X-Many: x\r\n".repeat(1000));
    assert!(matches!(status(many.as_bytes()), None | Some(431)));
    for nonsense in [
        format!("GET /sta\0tus HTTP/1.1\r\n{host}\r\n"),
        format!("GET  /status HTTP/1.1\r\n{host}\r\n"),
        format!("GET /status HTTP/9.9\r\n{host}\r\n"),
        "\u{16}\u{3}\u{1}\u{2}".to_owned(),
        format!("GET /status HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n"),
        format!("POST /restart HTTP/1.1\r\n{host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
    ] {
        assert!(matches!(status(nonsense.as_bytes()), None | Some(400)), "{nonsense}");
    }
    // Who says both how long a body is and that it comes in chunks may want to smuggle a second request in.
    let both = format!(
        "POST /restart HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /status HTTP/1.1\r\n{host}\r\n"
    );
    assert!(matches!(status(both.as_bytes()), None | Some(400 | 403)));
    // Pipelined requests are answered in order, all of them.
    let three = format!("GET /healthz HTTP/1.1\r\n{host}\r\n").repeat(2)
        + &format!("GET /nothing HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
    let mut stream = served.client.connect();
    stream.write_all(three.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let statuses: Vec<&str> = text.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "404"], "{text}");
    still_answers(&served);
    served.running.stop();
}

#[test]
fn a_body_that_never_comes_is_not_waited_for() {
    let mut served = super::with_token();
    let mut stream = served.client.connect();
    let head = format!(
        "POST /occupancy/main HTTP/1.1\r\n{}Authorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        served.client.host(),
        super::TOKEN
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");
    served.running.stop();
}

#[test]
fn listeners_that_read_nothing_are_let_go() {
    let mut served = serve("max_connections = 16");
    let listen = || {
        let mut stream = served.client.connect();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        write!(stream, "GET /events HTTP/1.1\r\n{}\r\n", served.client.host()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        (stream, head)
    };
    let listeners: Vec<(TcpStream, [u8; 12])> = (0..8).map(|_| listen()).collect();
    assert!(listeners.iter().all(|(_, head)| head == b"HTTP/1.1 200"));
    assert_eq!(&listen().1, b"HTTP/1.1 503", "half of the connections are for questions");
    still_answers(&served);
    // Those who leave without a word make room.
    drop(listeners);
    until("there is room again", || (&listen().1 == b"HTTP/1.1 200").then_some(()));
    served.running.stop();
}
