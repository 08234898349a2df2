//! The control port, for scripts: `/status`, `/MODE` for all cameras, `/CAMERA/MODE` for one; instead of a mode also
//! `drop` or `reset`, which end the open connections once. Every answer is the status, as JSON.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::camera::Camera;
use crate::listener::Listener;
use crate::mode::Cut;
use crate::request::Request;

/// Runs until it is dropped.
pub struct Control {
    listener: Listener,
}

type Cameras = Vec<(String, Arc<Camera>)>;

/// Whoever connects and says nothing.
const PATIENCE: Duration = Duration::from_secs(5);

impl Control {
    /// Listens on loopback; port 0 is any free one.
    pub fn start(cameras: Cameras, port: u16) -> io::Result<Self> {
        let serve = move |stream| {
            // A script that does not wait for its answer misses it.
            let _ = answer(stream, &cameras);
        };
        Ok(Self { listener: Listener::start(port, serve)? })
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }
}

/// Of every camera, by name.
pub fn status(cameras: &Cameras) -> Value {
    Value::Object(cameras.iter().map(|(name, camera)| (name.clone(), json!(camera.status()))).collect::<Map<_, _>>())
}

fn answer(mut stream: TcpStream, cameras: &Cameras) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut received = Vec::new();
    let request = loop {
        if let Some(request) = Request::take(&mut received) {
            break request;
        }
        let mut piece = [0; 1024];
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            read => received.extend_from_slice(&piece[..read]),
        }
    };
    let (code, body) = match obey(request.path(), cameras) {
        Ok(()) => ("200 OK", status(cameras)),
        Err(reason) => ("400 Bad Request", json!({ "error": reason })),
    };
    let body = body.to_string();
    let head = format!("HTTP/1.1 {code}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes())
}

fn obey(path: &str, cameras: &Cameras) -> Result<(), String> {
    if path == "status" {
        return Ok(());
    }
    let (chosen, order): (Vec<&Arc<Camera>>, &str) = match path.split_once('/') {
        None => (cameras.iter().map(|(_, camera)| camera).collect(), path),
        Some((wanted, order)) => {
            let found = cameras.iter().find(|(name, _)| name == wanted);
            (vec![&found.ok_or_else(|| format!("no camera is called {wanted}"))?.1], order)
        }
    };
    match Cut::named(order) {
        Some(cut) => chosen.into_iter().for_each(|camera| camera.cut(cut)),
        None => {
            let mode = order.parse()?;
            chosen.into_iter().try_for_each(|camera| camera.enter(mode)).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
