//! Nothing that lotcount prints, writes or shows holds a camera's password, however talkative it and its libraries are told
//! to be: plain, percent-encoded or as Basic authentication sends it.
#![cfg(all(feature = "onnx", feature = "video"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use lotcount::config::{Config, Source};
use lotcount::source::{LiveTimeouts, VideoSource};
use misbehaving_camera::media::Media;
use misbehaving_camera::{Access, Camera, Protocol, Scheme};

/// Every character that has a meaning in an address, in TOML or in a shell, and one beyond ASCII.
const PASSWORD: &str = "Zq7!x @:/?#[]&=%+\"'\\$Zq7\u{e4}";
/// Part of it in every encoding but one.
const STEM: &str = "Zq7";
const USER: &str = "viewer";
/// Longest that anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn encoded() -> String {
    PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>().replace("%5A%71%37", STEM)
}

/// As in `Authorization: Basic`.
fn basic() -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        (0..=group.len()).map(move |digit| char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]))
    };
    format!("{USER}:{PASSWORD}").as_bytes().chunks(3).flat_map(digits).collect()
}

#[track_caller]
fn holds_no_secret(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for secret in [STEM, &basic()] {
        if let Some(at) = text.find(secret) {
            let line = text[..at].lines().count();
            panic!("{what} holds the password in line {line}:\n{}", text.lines().nth(line.saturating_sub(1)).unwrap());
        }
    }
}

/// A site whose four cameras have the same password, given in every way that there is.
struct Site {
    folder: tempfile::TempDir,
    /// Shows its pictures to whoever knows the password.
    _good: Camera,
    /// Knows another password.
    _strict: Camera,
}

impl Site {
    fn new() -> Self {
        let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/overhead.mp4");
        let media =
            Arc::new(Media::open(&recording, Some(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("media"))).unwrap());
        let camera = |scheme, password: &str| {
            let access = Access { scheme, user: USER.to_owned(), password: password.to_owned() };
            Camera::start(Arc::clone(&media), Protocol::Rtsp, Some(access), 0).unwrap()
        };
        let (good, strict) = (camera(Scheme::Basic, PASSWORD), camera(Scheme::Digest, "another"));
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let web = challenging_web_server();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        let mut config = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"main\"\n".to_owned();
        let (encoded, with_user) =
            (encoded(), |url: &str| url.replace("rtsp://", "rtsp://viewer:${SECRETS_PASSWORD}@"));
        for (name, rows) in [
            ("good", format!("source = \"{}\"\nusername = \"{USER}\"\npassword_file = \"password\"", good.url())),
            ("strict", format!("source = \"{}\"", with_user(&strict.url()))),
            ("closed", format!("source = \"rtsp://{USER}:{encoded}@{closed}/live\"")),
            ("web", format!("source = \"http://{USER}:{encoded}@{web}/video?token={encoded}\"")),
        ] {
            config += &format!("[[camera]]\nname = \"{name}\"\n{rows}\n[[camera.line]]\nname = \"l\"\n");
            config += "a = [0.37, 0.5]\nb = [0.63, 0.5]\nentry = \"main\"\nexit = \"main\"\n";
        }
        std::fs::write(folder.path().join("cameras.toml"), config).unwrap();
        Self { folder, _good: good, _strict: strict }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// With everything switched on that makes somebody talk.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lotcount"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).arg("--config").arg(self.path("cameras.toml"));
        command.stdin(Stdio::null()).env("SECRETS_PASSWORD", PASSWORD);
        for (variable, value) in [
            // The net's libraries tell of every constant they fold, and of no camera.
            ("LOTCOUNT_LOG", "trace,tract_core=info,tract_onnx=info,tract_hir=info,tract_linalg=info"),
            ("RUST_BACKTRACE", "full"),
            ("OPENCV_LOG_LEVEL", "VERBOSE"),
            ("OPENCV_DUMP_ERRORS", "1"),
            ("OPENCV_DUMP_CONFIG", "1"),
            ("OPENCV_VIDEOIO_DEBUG", "1"),
            ("OPENCV_VIDEOCAPTURE_DEBUG", "1"),
            ("OPENCV_FFMPEG_DEBUG", "1"),
            ("OPENCV_FFMPEG_LOGLEVEL", "56"),
        ] {
            command.env(variable, value);
        }
        command
    }

    /// What it prints, and its exit code.
    fn output(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.command(arguments).output().unwrap();
        for bytes in [&output.stdout, &output.stderr] {
            holds_no_secret(&arguments.join(" "), bytes);
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    }

    /// Runs until each of these parts stood in a line of the log, and then stops; the log.
    fn run_until(&self, parts: &[&str]) -> String {
        let mut child = self.command(&["run"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let reader =
            std::thread::spawn(move || stderr.split(b'\n').map_while(Result::ok).try_for_each(|l| sender.send(l)));
        let (deadline, mut log) = (Instant::now() + PATIENCE, String::new());
        while !parts.iter().all(|part| log.contains(part)) {
            let line = lines.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let Ok(line) = line else {
                let _ = child.kill();
                holds_no_secret("the log of run", log.as_bytes());
                panic!("not all of {parts:?} stand in\n{log}");
            };
            log += &String::from_utf8_lossy(&line);
            log.push('\n');
        }
        let process = Path::new("/proc").join(child.id().to_string());
        holds_no_secret("the process list", &std::fs::read(process.join("cmdline")).unwrap());
        for task in std::fs::read_dir(process.join("task")).unwrap().flatten() {
            // It may have ended by now.
            holds_no_secret("a thread's name", &std::fs::read(task.path().join("comm")).unwrap_or_default());
        }
        let stop = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &child.id().to_string()]).status().unwrap();
        assert!(stop.success());
        let mut out = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{log}");
        holds_no_secret("standard output of run", &out);
        let _ = reader.join().unwrap();
        lines.try_iter().for_each(|line| log += &String::from_utf8_lossy(&line));
        holds_no_secret("the log of run", log.as_bytes());
        log
    }
}

/// Asks for Basic authentication and never accepts it, so that FFmpeg sends the password.
fn challenging_web_server() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(
                b"HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"\r\nContent-Length: 0\r\n\r\n",
            );
        }
    });
    address
}

#[test]
fn no_output_holds_a_password_at_the_most_talkative() {
    let site = Site::new();
    let log = site.run_until(&[
        "640x360 at",
        "the host or the camera refuses the connection",
        "rtsp://viewer:***@",
        "http://viewer:***@",
        "another user name or password",
    ]);
    assert!(log.contains("token=***"), "{log}");

    let (code, table) = site.output(&["check"]);
    assert_eq!(code, Some(6), "{table}");
    for verdict in ["ok", "unauthorized", "refused"] {
        assert!(table.contains(verdict), "{verdict}:\n{table}");
    }
    let (picture, csv) = (site.path("gate.png").display().to_string(), site.path("day.csv").display().to_string());
    for (camera, code) in [("good", 0), ("strict", 6), ("closed", 6), ("web", 6)] {
        let (got, text) = site.output(&["snapshot", camera, "--out", &picture]);
        assert_eq!(got, Some(code), "{camera}: {text}");
    }
    for arguments in [
        &["totals"][..],
        &["totals", "--json"],
        &["report", "--period", "today"],
        &["report", "--period", "today", "--format", "json"],
        &["report", "--period", "today", "--format", "csv", "--out", &csv],
    ] {
        let (code, text) = site.output(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {text}");
    }
    // Database, WAL, totals, status, backups: whatever lies there by now.
    let mut files = 0;
    for entry in walk(site.folder.path()) {
        if !entry.ends_with("cameras.toml") && !entry.ends_with("password") {
            holds_no_secret(&entry.display().to_string(), &std::fs::read(&entry).unwrap());
            files += 1;
        }
    }
    assert!(files >= 4, "only {files} files were looked at");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_broken_configuration_shows_no_password() {
    let site = Site::new();
    let config = std::fs::read_to_string(site.path("cameras.toml")).unwrap();
    let encoded = encoded();
    for (from, to) in [
        ("http://", "htp://"),
        ("http://", ""),
        ("source = \"http", "source = http"),
        ("source = \"http", "password = \"http"),
        ("/video?token", "/video\ntoken"),
        ("[[lot]]", "[[lot]"),
        ("a = [0.37, 0.5]", "a = [0.37, 0.5"),
        (&format!("{encoded}@"), &format!("{STEM} {STEM}\"{STEM}@")),
        (&format!("{encoded}@"), &format!("{STEM}/")),
        ("viewer:${SECRETS_PASSWORD}", "viewer:${SECRETS_PASSWORD"),
        ("password_file = \"password\"", &format!("password = '{STEM}'")),
    ] {
        assert!(config.contains(from), "{from}");
        std::fs::write(site.path("cameras.toml"), config.replace(from, to)).unwrap();
        for command in ["check", "run", "totals"] {
            let (code, text) = site.output(&[command]);
            assert_eq!(code, Some(3), "{from} -> {to}: {text}");
        }
    }
}

/// `unwrap` and `expect` print by `Debug` what they were given.
#[test]
fn a_panic_over_any_value_that_knows_a_password_does_not_tell_it() {
    let site = Site::new();
    let path = site.path("cameras.toml");
    // No other test of this process reads or sets this variable.
    unsafe { std::env::set_var("SECRETS_PASSWORD", PASSWORD) };
    let (config, warnings) = Config::load(&path).unwrap_or_else(|report| panic!("{report}"));
    holds_no_secret("Config", format!("{config:?} {config:#?} {warnings:?}").as_bytes());
    let hasty = LiveTimeouts { open: Duration::from_secs(5), read: Duration::from_secs(5) };
    let mut revealed = 0;
    for camera in &config.cameras {
        let Source::Stream(url) = &camera.source else { panic!("{:?}", camera.source) };
        revealed += usize::from(url.reveal().contains(STEM));
        holds_no_secret("Source", format!("{0} {0:?} {1:?}", camera.source, url).as_bytes());
        if camera.name != "good" {
            let panic = panic_of(|| VideoSource::open_stream(url.reveal(), hasty).map(drop).unwrap());
            holds_no_secret("a panic", panic.as_bytes());
            assert!(panic.contains("Camera("), "{panic}");
        }
    }
    assert_eq!(revealed, 4, "the addresses hold no password at all");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("entry = \"main\"", &format!("pass = \"{STEM}\""))).unwrap();
    let panic = panic_of(|| drop(Config::load(&path).unwrap()));
    holds_no_secret("a panic over a faulty configuration", panic.as_bytes());
    assert!(panic.contains("unknown key"), "{panic}");
}

/// The message of the panic that this makes.
fn panic_of(fails: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(fails)).expect_err("it did not panic");
    payload.downcast_ref::<String>().cloned().unwrap_or_default()
}
