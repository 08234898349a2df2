//! The real program over HTTP: what it answers, whom it refuses, what can be steered, and what hostile clients cost.
#![cfg(all(feature = "http", feature = "onnx", feature = "video"))]

mod answers;
mod browser;
mod client;
mod editor;
mod hostile;
mod pictures;
mod refusals;
#[path = "../alerts/site.rs"]
#[allow(dead_code, reason = "alerts need more of it")]
mod site;
mod steering;

use std::time::{Duration, Instant};

use client::Client;
use site::{Running, Site, camera, gate, head};

/// Longest that anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const STEP: Duration = Duration::from_millis(50);

/// Waits until the condition holds; `done` looks at it and gives what was waited for.
fn until<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(STEP);
    }
}

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A site with two live cameras, counted and served.
struct Served {
    site: Site,
    running: Running,
    client: Client,
    cameras: [misbehaving_camera::Camera; 2],
    /// That every question needs.
    headers: String,
}

impl Served {
    /// At the same address.
    fn run_again(&mut self) {
        let text = std::fs::read_to_string(self.site.path("cameras.toml")).unwrap();
        self.site.configure(&text.replace(":0\"", &format!(":{}\"", self.client.port)));
        self.running = self.site.run();
        until("both cameras are counted again", || self.counts_both());
    }

    fn counts_both(&self) -> Option<()> {
        let answer = self.client.try_ask("GET", "/readyz", &self.headers)?;
        (answer.json()["counting"] == 2).then_some(())
    }
}

/// On the loopback, with these further lines of `[http]`.
fn serve(more: &str) -> Served {
    serve_at("127.0.0.1", more, "")
}

fn with_token() -> Served {
    with_token_at("127.0.0.1")
}

/// At this address, with a token in a file.
fn with_token_at(address: &str) -> Served {
    serve_at(address, "token_file = \"token\"", &format!("Authorization: Bearer {TOKEN}\r\n"))
}

fn serve_at(address: &str, more: &str, headers: &str) -> Served {
    let cameras = [camera(), camera()];
    let http = format!("[http]\nlisten = \"{address}:0\"\n{more}\n");
    let leads = "entry = \"main\"\nexit = \"main\"";
    let source = |camera: &misbehaving_camera::Camera| format!("source = \"{}\"\nlooks_per_second = 3", camera.url());
    let config = format!(
        "lot = [{{ name = \"main\", capacity = 30 }}]\n{}{http}{}{}",
        head(""),
        gate("north gate", &source(&cameras[0]), leads),
        gate("south", &source(&cameras[1]), leads)
    );
    let site = Site::with(&config);
    std::fs::write(site.path("token"), format!("{TOKEN}\n")).unwrap();
    let (running, client) = listening(&site, address);
    let served = Served { site, running, client, cameras, headers: headers.to_owned() };
    until("both cameras are counted", || served.counts_both());
    served
}

/// Runs it, until it listens.
fn listening(site: &Site, address: &str) -> (Running, Client) {
    let running = site.run();
    let port = until("it listens", || {
        let log = running.log();
        let (_, rest) = log.split_once(&format!("http://{address}:"))?;
        rest.split_once('/')?.0.parse::<u16>().ok()
    });
    (running, Client::new(port))
}
