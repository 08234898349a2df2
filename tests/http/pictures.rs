//! Live pictures: what is seen, what it costs, and whom it is shown.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use misbehaving_camera::Mode;
use serde_json::Value;

use super::{Served, TOKEN, listening, serve, until, with_token_at};
use crate::client::Client;
use crate::hostile::memory;
use crate::site::{Site, camera, gate, head, recording};

/// A stream as it comes, its chunks put together.
struct Stream {
    reader: BufReader<TcpStream>,
    head: String,
    /// Of the chunk that is being read.
    left: usize,
}

impl Stream {
    fn open(client: &Client, path: &str, headers: &str) -> Self {
        let mut stream = client.connect();
        write!(stream, "GET {path} HTTP/1.1\r\n{}{headers}\r\n", client.host()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        Self { reader, head: head.to_ascii_lowercase(), left: 0 }
    }

    fn is_open(&self) -> bool {
        self.head.starts_with("http/1.1 200")
    }

    /// `None` at the end of the stream.
    fn byte(&mut self) -> Option<u8> {
        if self.left == 0 {
            let mut size = String::new();
            while size.trim().is_empty() {
                if self.reader.read_line(&mut size).ok()? == 0 {
                    return None;
                }
            }
            self.left = usize::from_str_radix(size.trim(), 16).unwrap();
            if self.left == 0 {
                return None;
            }
        }
        let mut byte = [0];
        self.reader.read_exact(&mut byte).ok()?;
        self.left -= 1;
        Some(byte[0])
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(self.byte()?);
        }
        line.truncate(line.len() - 2);
        Some(String::from_utf8(line).unwrap())
    }

    /// The next picture, framed as it should be; `None` at the end.
    fn picture(&mut self) -> Option<Vec<u8>> {
        let mut line = self.line()?;
        while line.is_empty() || line == "--lotcount" {
            line = self.line()?;
        }
        assert_eq!(line, "Content-Type: image/jpeg");
        let length: usize = self.line()?.strip_prefix("Content-Length: ").unwrap().parse().unwrap();
        assert_eq!(self.line()?, "");
        let jpeg: Option<Vec<u8>> = (0..length).map(|_| self.byte()).collect();
        assert_eq!((self.line()?.as_str(), self.line()?.as_str()), ("", "--lotcount"), "the boundary comes at once");
        jpeg
    }
}

fn url(camera: &str, what: &str) -> String {
    format!("/cameras/{}/{what}", camera.replace(' ', "%20"))
}

/// Width and height of a whole JPEG file.
fn size(jpeg: &[u8]) -> (usize, usize) {
    assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]), "no whole picture");
    let frame = jpeg.windows(2).position(|mark| mark == [0xff, 0xc0]).unwrap();
    let number = |at: usize| usize::from(jpeg[at]) << 8 | usize::from(jpeg[at + 1]);
    (number(frame + 7), number(frame + 5))
}

/// The picture's bytes and its head.
fn snapshot(client: &Client, path: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = client.connect();
    write!(stream, "GET {path} HTTP/1.1\r\n{}Connection: close\r\n{headers}\r\n", client.host()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase(), bytes[end..].to_vec())
}

/// Of a camera in /status: pictures that were put down, files that were made of them, and looks.
fn counted(client: &Client, camera: &str) -> [u64; 3] {
    let status = client.json("/status");
    let of = |known: &&Value| known["name"] == camera;
    let camera = status["cameras"].as_array().unwrap().iter().find(of).unwrap_or_else(|| panic!("{status:#}")).clone();
    ["pictures_published", "pictures_encoded", "frames_looked_at"].map(|key| camera[key].as_u64().unwrap())
}

/// Waits until looks go by without a picture that is put down.
fn wait_until_nobody_is_shown(served: &Served, camera: &str) -> [u64; 3] {
    let mut before = counted(&served.client, camera);
    until("pictures stop to come", || {
        let now = counted(&served.client, camera);
        if now[0] != before[0] {
            before = now;
        }
        (now[2] >= before[2] + 6).then_some(now)
    })
}

#[test]
fn a_stream_is_pictures_one_after_another() {
    let mut served = serve("");
    let mut stream = Stream::open(&served.client, &url("north gate", "stream"), "");
    assert!(stream.head.contains("content-type: multipart/x-mixed-replace; boundary=lotcount\r\n"), "{}", stream.head);
    let pictures: Vec<Vec<u8>> = (0..6).map(|_| stream.picture().unwrap()).collect();
    assert!(pictures.iter().all(|picture| size(picture) == (640, 360)));
    assert!(pictures.windows(2).all(|two| two[0] != two[1]), "they move, and none comes twice");
    served.running.stop();
    // It ends with the program.
    while stream.picture().is_some() {}
}

#[test]
fn a_snapshot_is_the_newest_picture() {
    let mut served = serve("");
    let (head, drawn) = snapshot(&served.client, &url("north gate", "snapshot.jpg"), "");
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: image/jpeg\r\n"), "{head}");
    assert_eq!(size(&drawn), (640, 360));
    let (head, plain) = snapshot(&served.client, &url("north gate", "snapshot.jpg?plain"), "");
    assert!(head.starts_with("http/1.1 200") && size(&plain) == (640, 360) && plain != drawn, "{head}");
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    // Known until there is a newer one.
    let asked = until("there is a newer one", || {
        let (head, body) =
            snapshot(&served.client, &url("north gate", "snapshot.jpg?plain"), &format!("If-None-Match: {tag}\r\n"));
        assert!(head.starts_with("http/1.1 304") && body.is_empty() || head.starts_with("http/1.1 200"), "{head}");
        head.starts_with("http/1.1 200").then_some(body)
    });
    assert_ne!(asked, plain);
    let status = |path: &str| served.client.get(path).status;
    assert_eq!(status("/cameras/south/snapshot.jpg?width=1"), 400);
    assert_eq!(status("/cameras/nobody/snapshot.jpg"), 404);
    assert_eq!(status("/cameras/nobody/stream"), 404);
    served.running.stop();
}

#[test]
fn nothing_is_made_while_nobody_looks() {
    let mut served = serve("");
    until("it is looked at", || (counted(&served.client, "south")[2] >= 6).then_some(()));
    assert_eq!(counted(&served.client, "south")[..2], [0, 0]);
    let mut stream = Stream::open(&served.client, &url("south", "stream"), "");
    for _ in 0..3 {
        stream.picture().unwrap();
    }
    assert_eq!(counted(&served.client, "north gate")[..2], [0, 0], "each camera for itself");
    drop(stream);
    let [published, encoded, _] = wait_until_nobody_is_shown(&served, "south");
    assert!((3..=published).contains(&encoded), "{encoded} of {published}");
    let metrics = served.client.get("/metrics").body;
    assert!(metrics.contains(&format!("lotcount_pictures_encoded_total{{camera=\"south\"}} {encoded}\n")), "{metrics}");
    served.running.stop();
}

#[test]
fn fifty_look_and_nobody_is_counted_wrongly() {
    let leads = "entry = \"main\"\nexit = \"main\"";
    let live = camera();
    let config = format!(
        "lot = [{{ name = \"main\" }}]\n{}[http]\nlisten = \"127.0.0.1:0\"\nmax_viewers = 50\nmax_connections = 128\n{}{}",
        head(""),
        gate("live", &format!("source = \"{}\"\nlooks_per_second = 3", live.url()), leads),
        gate("past", &format!("{}\nlooks_per_second = 25", recording("2026-06-15T07:00:00")), leads)
    );
    let site = Site::with(&config);
    let (mut running, client) = listening(&site, "127.0.0.1");
    let path = |number: usize| url(if number.is_multiple_of(2) { "live" } else { "past" }, "stream");
    let before = memory(&running);
    let mut viewers: Vec<Stream> = (0..50).map(|number| Stream::open(&client, &path(number), "")).collect();
    assert!(viewers.iter().all(Stream::is_open));
    let refused = client.get(&path(0));
    assert!(refused.status == 503 && refused.head.contains("retry-after: 10"), "{refused:?}");
    assert!(refused.json()["detail"].as_str().unwrap().contains("max_viewers"), "{refused:?}");
    // Some vanish, some read nothing more, and the others see what there is.
    drop(viewers.split_off(40));
    until("there is room again", || Stream::open(&client, &path(0), "").is_open().then_some(()));
    let mut reading = viewers.split_off(20);
    let seen = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (number, viewer) in reading.iter_mut().enumerate() {
            let (seen, is_live) = (&seen, number.is_multiple_of(2));
            scope.spawn(move || {
                let wanted = if is_live { 8 } else { usize::MAX };
                let pictures: Vec<Vec<u8>> = std::iter::from_fn(|| viewer.picture()).take(wanted).collect();
                assert!(pictures.iter().all(|picture| size(picture) == (640, 360)));
                assert!(!pictures.is_empty() && (!is_live || pictures.len() == wanted), "{} pictures", pictures.len());
                seen.fetch_add(pictures.len(), Ordering::Relaxed);
            });
        }
    });
    // The recording's streams have ended because it has.
    let [published, encoded, _] = counted(&client, "live");
    assert!((8..=published).contains(&encoded), "{encoded} of {published}");
    let seen = seen.load(Ordering::Relaxed);
    assert!(seen as u64 > encoded, "{seen} were seen of {encoded}");
    let grown = memory(&running).saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} kB more than before");
    drop(viewers);
    running.stop();
    let sql =
        "SELECT direction || ' ' || count(*) FROM crossing_detail WHERE camera = 'past' GROUP BY direction ORDER BY 1";
    assert_eq!(site.rows(sql), ["entry 7", "exit 6"]);
}

#[test]
fn a_camera_that_is_away_is_waited_for() {
    let mut served = serve("");
    let mut stream = Stream::open(&served.client, &url("south", "stream"), "");
    let mut last = stream.picture().unwrap();
    served.cameras[1].enter(Mode::Stall).unwrap();
    let refused = until("no picture comes", || {
        let answer = served.client.get(&url("south", "snapshot.jpg"));
        (answer.status == 503).then_some(answer)
    });
    assert!(refused.json()["detail"].as_str().unwrap().contains("`south`"), "{refused:?}");
    // The last picture comes again, and the next when there is one.
    let again = |stream: &mut Stream, last: &mut Vec<u8>| {
        let next = stream.picture().unwrap();
        std::mem::replace(last, next.clone()) == next
    };
    until("the last one is repeated", || again(&mut stream, &mut last).then_some(()));
    served.cameras[1].enter(Mode::Ok).unwrap();
    until("a new one comes", || (!again(&mut stream, &mut last)).then_some(()));
    served.running.stop();
}

#[test]
fn pictures_need_the_token_where_all_does() {
    let mut served = with_token_at("0.0.0.0");
    for path in ["stream", "snapshot.jpg", "snapshot.jpg?plain"] {
        assert_eq!(served.client.get(&url("south", path)).status, 401, "{path}");
    }
    let headers = format!("Authorization: Bearer {TOKEN}\r\n");
    assert!(Stream::open(&served.client, &url("south", "stream"), &headers).picture().is_some());
    let (head, _) = snapshot(&served.client, &url("south", "snapshot.jpg"), &headers);
    assert!(head.starts_with("http/1.1 200"), "{head}");
    served.running.stop();
}

#[test]
fn a_viewer_who_takes_nothing_is_let_go() {
    let mut served = serve("max_viewers = 1");
    let path = url("north gate", "stream");
    let silent = Stream::open(&served.client, &path, "");
    assert!(silent.is_open() && !Stream::open(&served.client, &path, "").is_open());
    until("his place is free", || Stream::open(&served.client, &path, "").is_open().then_some(()));
    drop(silent);
    served.running.stop();
}
