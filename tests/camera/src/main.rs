//! The camera as a program, for scripts.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use misbehaving_camera::media::Media;
use misbehaving_camera::{Access, Camera, Control, Protocol, Scheme};
use serde_json::json;

/// Serves recordings as network cameras that fail on demand, until it is killed.
///
/// Prints one line of JSON when it is ready: `control` (the address of the control port) and `cameras` (as the control port
/// says at /status).
#[derive(Parser)]
struct Arguments {
    /// A camera: its name, rtsp or mjpeg, and the recording that it shows for ever.
    #[arg(long = "camera", value_name = "NAME=PROTOCOL:RECORDING", required = true, value_parser = parse_camera)]
    cameras: Vec<(String, Protocol, PathBuf)>,
    /// Port of the control server; 0 is any free one.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Keeps encoded video here for the next start.
    #[arg(long, value_name = "FOLDER")]
    media: Option<PathBuf>,
    /// Asks for this user, with the password of the environment variable CAMERA_PASSWORD.
    #[arg(long)]
    user: Option<String>,
    #[arg(long, value_enum, default_value = "digest")]
    scheme: SchemeName,
}

#[derive(Clone, Copy, ValueEnum)]
enum SchemeName {
    Basic,
    Digest,
}

fn parse_camera(text: &str) -> Result<(String, Protocol, PathBuf), String> {
    let (name, rest) = text.split_once('=').ok_or("NAME= is missing")?;
    let (protocol, recording) = rest.split_once(':').ok_or("PROTOCOL: is missing")?;
    let protocol = match protocol {
        "rtsp" => Protocol::Rtsp,
        "mjpeg" => Protocol::Mjpeg,
        _ => return Err("the protocol is rtsp or mjpeg".to_owned()),
    };
    Ok((name.to_owned(), protocol, recording.into()))
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let access = arguments.user.map(|user| Access {
        scheme: match arguments.scheme {
            SchemeName::Basic => Scheme::Basic,
            SchemeName::Digest => Scheme::Digest,
        },
        user,
        password: std::env::var("CAMERA_PASSWORD").unwrap_or_default(),
    });
    let mut cameras: Vec<(String, Arc<Camera>)> = Vec::new();
    let mut opened: Vec<(PathBuf, Arc<Media>)> = Vec::new();
    for (name, protocol, recording) in arguments.cameras {
        let media = match opened.iter().find(|(path, _)| *path == recording) {
            Some((_, media)) => Arc::clone(media),
            None => Arc::new(Media::open(&recording, arguments.media.as_deref())?),
        };
        opened.push((recording, Arc::clone(&media)));
        cameras.push((name, Arc::new(Camera::start(media, protocol, access.clone(), 0)?)));
    }
    let statuses: serde_json::Map<_, _> =
        cameras.iter().map(|(name, camera)| (name.clone(), json!(camera.status()))).collect();
    let control = Control::start(cameras, arguments.control_port)?;
    println!("{}", json!({ "control": format!("http://{}", control.address()), "cameras": statuses }));
    io::stdout().flush()?;
    loop {
        std::thread::park();
    }
}
