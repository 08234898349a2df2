//! The real binary on real files: the bundled sample counted exactly, interruptions, refusals, exit codes, outputs, a live
//! camera, and no password anywhere.
#![cfg(all(feature = "onnx", feature = "video"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// Longest that anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with a copy of the bundled configuration whose files are named absolutely.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn bundled() -> Self {
        let text = std::fs::read_to_string(project().join("cameras.toml")).unwrap();
        Self::with(&text.replace("\"samples/", &format!("\"{}/samples/", project().display())))
    }

    fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cameras.toml"), config).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lotcount"));
        // The working folder is the project's, where the default model is.
        command.current_dir(project()).args(arguments).arg("--config").arg(self.path("cameras.toml"));
        command.stdin(Stdio::null()).env_remove("LOTCOUNT_LOG");
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs and expects this exit code; standard output.
    fn ends_with(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        out
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Running { child, log, seen: String::new() }
    }

    /// Everything that counts: camera, line, direction, microseconds.
    fn crossings(&self) -> Vec<(String, String, String, i64)> {
        let database = Connection::open(self.path("lotcount.db")).unwrap();
        let sql = "SELECT camera, line, direction, at_us FROM crossing_detail ORDER BY camera, at_us, direction";
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }
}

/// A running lotcount whose log is read as it comes.
struct Running {
    child: Child,
    log: mpsc::Receiver<String>,
    seen: String,
}

impl Running {
    /// Waits for a log line that holds `part`.
    fn wait_for(&mut self, part: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left).unwrap_or_else(|_| panic!("no `{part}` in\n{}", self.seen));
            self.seen.push_str(&line);
            self.seen.push('\n');
            if line.contains(part) {
                return;
            }
        }
    }

    /// Sends SIGTERM; false when the process is gone. By the shell's own `kill`: not every system has one as a program.
    fn terminate(&self) -> bool {
        let id = self.child.id().to_string();
        let mut shell = Command::new("sh");
        shell.args(["-c", "kill -TERM \"$0\"", &id]).stderr(Stdio::null()).status().unwrap().success()
    }

    /// Asks it to stop as `timeout` does, with the same signal twice in a row, and waits; exit code and log.
    fn stop(mut self) -> (Option<i32>, String) {
        assert!(self.terminate(), "it ended before it was asked to");
        self.terminate(); // it may have ended already
        let code = self.child.wait().unwrap().code();
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            self.seen.push_str(&line);
            self.seen.push('\n');
        }
        (code, std::mem::take(&mut self.seen))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only what this test started; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// 2026-06-15T05:00:00Z, the start of both samples.
const START_US: i64 = 1_781_499_600_000_000;
/// A crossing's time may differ so much from the rendered scene's, s.
const TOLERANCE: f64 = 1.0;

fn truth(clip: &str) -> Vec<(f64, String)> {
    let file = project().join("samples").join(format!("{clip}.truth.csv"));
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader.records().map(|row| row.unwrap()).map(|row| (row[0].parse().unwrap(), row[2].to_owned())).collect()
}

#[test]
fn the_sample_is_counted_exactly() {
    let site = Site::bundled();
    site.ends_with(0, &["run"]);
    for clip in ["oblique", "overhead"] {
        let mut missed = truth(clip);
        assert!(missed.len() >= 12, "{clip}");
        for (.., direction, at) in site.crossings().into_iter().filter(|row| row.0 == clip) {
            let seconds = (at - START_US) as f64 / 1e6;
            let off = |truth: &(f64, String)| (truth.0 - seconds).abs();
            let same = (0..missed.len()).filter(|&i| missed[i].1 == direction && off(&missed[i]) <= TOLERANCE);
            match same.min_by(|&a, &b| off(&missed[a]).total_cmp(&off(&missed[b]))) {
                Some(index) => {
                    missed.remove(index);
                }
                None => panic!("{clip}: {direction} at {seconds:.2} s never happened"),
            }
        }
        assert!(missed.is_empty(), "{clip}: missed {missed:?}");
    }
}

#[test]
fn counting_again_is_refused_unless_asked_for() {
    let site = Site::bundled();
    site.ends_with(0, &["run"]);
    let rows = site.crossings();
    let refused = site.output(&["run"]);
    assert_eq!(refused.status.code(), Some(4));
    let log = text(&refused.stderr);
    assert!(log.contains("was counted before, by run 1") && log.contains("--recount"), "{log}");
    assert_eq!(site.crossings(), rows);
    site.ends_with(0, &["run", "--recount"]);
    assert_eq!(site.crossings(), rows, "the same rows at any speed of the machine");
}

#[test]
fn a_run_that_was_stopped_ends_well_and_is_made_good_by_the_next() {
    let whole = Site::bundled();
    whole.ends_with(0, &["run"]);
    let site = Site::bundled();
    let mut running = site.start(&["run"]);
    running.wait_for("over gate");
    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("SIGTERM"), "{log}");
    let database = Connection::open(site.path("lotcount.db")).unwrap();
    let ended: bool = database.query_row("SELECT ended_at_us IS NOT NULL FROM run", [], |row| row.get(0)).unwrap();
    assert!(ended, "the run was not closed");
    site.ends_with(0, &["run"]);
    assert_eq!(site.crossings(), whole.crossings());
}

#[test]
fn a_later_second_signal_leaves_at_once() {
    // A camera that takes the connection and stays mute keeps its reader in the open for 10 s.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let site = live_site(&format!("rtsp://{}/", mute.local_addr().unwrap()));
    let mut running = site.start(&["run"]);
    running.wait_for("counting 1 of 1 cameras");
    let connection = mute.accept().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        assert!(Instant::now() < deadline, "it never left");
        running.terminate();
        match running.child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    };
    drop(connection);
    assert_eq!(status.code(), Some(130), "{}", running.seen);
}

#[test]
fn a_run_that_was_killed_is_made_good_by_the_next() {
    let whole = Site::bundled();
    whole.ends_with(0, &["run"]);
    let site = Site::bundled();
    let mut running = site.start(&["run"]);
    running.wait_for("over gate");
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let committed = site.crossings();
    assert!(!committed.is_empty(), "a crossing was logged before it was committed");
    site.ends_with(0, &["run"]);
    assert_eq!(site.crossings(), whole.crossings());
}

#[test]
fn totals_and_reports_say_what_the_database_says() {
    let site = Site::bundled();
    site.ends_with(5, &["totals"]);
    site.ends_with(0, &["run"]);
    let (entries, exits): (Vec<_>, Vec<_>) = site.crossings().into_iter().partition(|row| row.2 == "entry");
    let json: serde_json::Value = serde_json::from_str(&site.ends_with(0, &["totals", "--json"])).unwrap();
    let sum = |key: &str| json["lines"].as_array().unwrap().iter().map(|line| line[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("entries"), sum("exits")), (entries.len() as u64, exits.len() as u64));
    let table = site.ends_with(0, &["totals", "--by", "hour", "--camera", "oblique"]);
    assert!(table.contains("2026-06-15 07:00 +02:00") && !table.contains("overhead"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    site.ends_with(2, &["totals", "--camera", "obligue"]);
    site.ends_with(2, &["totals", "--since", "yesterday"]);
    let live: serde_json::Value = serde_json::from_slice(&std::fs::read(site.path("totals.json")).unwrap()).unwrap();
    assert_eq!(live["schema"], "lotcount.live/1");
    assert_eq!(live["lines"][0]["entries"], json["lines"][0]["entries"]);

    let out = site.path("report.csv");
    let write = ["report", "--period", "2026-06-15", "--format", "csv", "--out", out.to_str().unwrap()];
    let quiet = site.output(&write);
    assert!(quiet.status.success() && quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{quiet:?}");
    let first = std::fs::read(&out).unwrap();
    site.ends_with(0, &write);
    assert_eq!(std::fs::read(&out).unwrap(), first, "the same input gives the same bytes");
    let mut reader = csv::Reader::from_reader(&first[..]);
    // Hours that nobody observed have no number.
    let column = |row: &csv::StringRecord, index: usize| match &row[index] {
        "" => 0,
        number => number.parse::<usize>().unwrap(),
    };
    let sums =
        reader.records().map(Result::unwrap).fold((0, 0), |s, row| (s.0 + column(&row, 4), s.1 + column(&row, 5)));
    assert_eq!(sums, (entries.len(), exits.len()));
    assert!(
        site.ends_with(0, &["report", "--period", "2026-06", "--format", "text"]).contains("2026-06-01 to 2026-06-30")
    );
    site.ends_with(2, &["report", "--period", "someday"]);
    site.ends_with(1, &["report", "--period", "today", "--out", "/no/such/folder/report.csv"]);
}

#[test]
fn snapshot_and_annotated_videos_are_pictures_and_videos() {
    let site = Site::bundled();
    let png = site.path("line.png");
    site.ends_with(0, &["snapshot", "oblique", "--at", "3", "--out", png.to_str().unwrap()]);
    assert_eq!(&std::fs::read(&png).unwrap()[..8], b"\x89PNG\r\n\x1a\n");
    let wrong = site.output(&["snapshot", "obligue", "--out", png.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did you mean `oblique`?"));
    let videos = site.path("videos");
    site.ends_with(0, &["run", "--annotate", videos.to_str().unwrap()]);
    for clip in ["oblique", "overhead"] {
        use lotcount::source::{FrameSource, VideoSource};
        let mut annotated = VideoSource::open_recording(&videos.join(format!("{clip}.mp4"))).unwrap();
        let mut original = VideoSource::open_recording(&project().join(format!("samples/{clip}.mp4"))).unwrap();
        let frames = |source: &mut VideoSource| std::iter::from_fn(|| source.grab().unwrap()).count();
        assert_eq!(frames(&mut annotated), frames(&mut original), "{clip}");
    }
}

#[test]
fn check_judges_configuration_models_and_cameras() {
    let site = Site::bundled();
    let table = site.ends_with(0, &["check"]);
    assert!(table.contains("640x360") && table.contains("lotcount-s-") && table.matches("ok").count() >= 2, "{table}");
    assert!(!site.path("lotcount.db").exists(), "check touched the database");

    let broken = site.path("broken.mp4");
    std::fs::write(&broken, vec![0x55; 100_000]).unwrap();
    let clip = project().join("samples/oblique.mp4").display().to_string();
    let config = std::fs::read_to_string(site.path("cameras.toml")).unwrap();
    std::fs::write(site.path("cameras.toml"), config.replacen(&clip, broken.to_str().unwrap(), 1)).unwrap();
    let table = site.ends_with(6, &["check"]);
    assert!(table.contains("cannot be opened as a video"), "{table}");
    // The other recording is counted all the same.
    site.ends_with(6, &["run"]);
    assert!(site.crossings().iter().all(|row| row.0 == "overhead") && !site.crossings().is_empty());

    std::fs::write(site.path("cameras.toml"), config.replace("entry = \"main\"", "entery = \"main\"")).unwrap();
    let output = site.output(&["run"]);
    assert_eq!(output.status.code(), Some(3));
    let shown = text(&output.stderr);
    let line = config.lines().position(|line| line.starts_with("entry = \"main\"")).unwrap() + 1;
    assert!(shown.contains(&format!("cameras.toml:{line}:1")) && shown.contains("did you mean `entry`?"), "{shown}");
}

#[test]
fn a_second_run_on_the_same_database_is_refused() {
    let site = Site::bundled();
    let mut first = site.start(&["run"]);
    first.wait_for("looking at");
    let second = site.output(&["run"]);
    assert_eq!(second.status.code(), Some(5), "{second:?}");
    assert!(text(&second.stderr).contains("another lotcount is writing"), "{second:?}");
}

/// A site with one live camera, its line as in the oblique sample.
fn live_site(source: &str) -> Site {
    Site::with(&format!(
        "[site]\nname = \"live\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"main\"\n[[camera]]\nname = \"gate\"\nsource = \"{source}\"\n\
         [[camera.line]]\nname = \"gate\"\na = [0.706, 0.551]\nb = [0.366, 0.488]\nentry = \"main\"\nexit = \"main\"\n"
    ))
}

#[test]
fn no_output_of_any_command_holds_a_password() {
    // Somebody listens and never answers as a camera should.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let _ = (&connection).write_all(b"HTTP/1.0 401 Unauthorized\r\n\r\n");
        }
    });
    let site = live_site(&format!("http://viewer:s3cret@127.0.0.1:{port}/video?token=s3cret"));
    let mut outputs = String::new();
    let mut running = site.start(&["run"]);
    running.wait_for("trying again");
    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
    outputs.push_str(&log);
    let png = site.path("x.png").display().to_string();
    for arguments in
        [&["check"][..], &["totals"], &["report", "--period", "today"], &["snapshot", "gate", "--out", &png]]
    {
        let output = site.output(arguments);
        outputs.push_str(&text(&output.stdout));
        outputs.push_str(&text(&output.stderr));
    }
    for entry in std::fs::read_dir(site.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("cameras.toml") {
            outputs.push_str(&text(&std::fs::read(path).unwrap()));
        }
    }
    assert!(outputs.contains("viewer:***@127.0.0.1"), "{outputs}");
    assert!(!outputs.contains("s3cret"), "{outputs}");
}

/// A camera that sends the sample as Motion JPEG over HTTP, in real time, to whoever connects.
fn mjpeg_camera() -> u16 {
    use opencv::core::{Mat, Vector};
    use opencv::prelude::*;
    let mut capture = opencv::videoio::VideoCapture::from_file(
        project().join("samples/oblique.mp4").to_str().unwrap(),
        opencv::videoio::CAP_FFMPEG,
    )
    .unwrap();
    let mut frames = Vec::new();
    let mut frame = Mat::default();
    // Ten seconds: the first crossings.
    while frames.len() < 120 && capture.read(&mut frame).unwrap() {
        let mut jpeg = Vector::<u8>::new();
        opencv::imgcodecs::imencode_def(".jpg", &frame, &mut jpeg).unwrap();
        frames.push(jpeg.to_vec());
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut request = [0; 1024];
            let _ = connection.read(&mut request);
            let head = "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n";
            let mut sent = connection.write_all(head.as_bytes());
            let start = Instant::now();
            for (index, jpeg) in frames.iter().enumerate() {
                let due = start + Duration::from_secs(1) * index as u32 / 12;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let part = format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
                sent = sent.and_then(|()| connection.write_all(part.as_bytes()));
                sent = sent.and_then(|()| connection.write_all(jpeg)).and_then(|()| connection.write_all(b"\r\n"));
            }
        }
    });
    port
}

#[test]
fn a_live_camera_is_counted_and_opened_again_when_it_breaks_off() {
    let site = live_site(&format!("http://127.0.0.1:{}/video", mjpeg_camera()));
    let before = lotcount::time::UtcMicros::now();
    let mut running = site.start(&["run"]);
    running.wait_for("over gate");
    running.wait_for("trying again");
    running.wait_for("over gate");
    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
    let rows = site.crossings();
    assert!(rows.len() >= 2, "{rows:?}");
    assert!(rows.iter().all(|row| row.3 > before.0), "live crossings are dated at receipt: {rows:?}");
    let database = Connection::open(site.path("lotcount.db")).unwrap();
    let sessions: i64 = database.query_row("SELECT count(*) FROM session", [], |row| row.get(0)).unwrap();
    assert!(sessions >= 2, "{sessions}");
}

#[test]
fn help_names_every_exit_code_and_a_wrong_word_is_a_usage_error() {
    let site = Site::bundled();
    let help = site.ends_with(0, &["--help"]);
    for code in ["  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  ", "  6  ", "130  "] {
        assert!(help.contains(code), "{code} is missing:\n{help}");
    }
    site.ends_with(2, &["rum"]);
}

/// Whatever needs no camera starts without the libraries that read cameras.
#[test]
fn only_what_needs_opencv_loads_it() {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("lotcount");
    std::fs::copy(assert_cmd::cargo::cargo_bin!("lotcount"), &alone).unwrap();
    let run = |argument: &str| {
        let output = Command::new(&alone).arg(argument).current_dir(folder.path()).output().unwrap();
        (output.status.code(), text(&output.stderr))
    };
    let (code, err) = run("check");
    assert!(code == Some(1) && err.lines().count() == 1, "{err}");
    let program = folder.path().canonicalize().unwrap().join("lotcount-video");
    assert!(err.contains(&format!("{}: ", program.display())) && err.contains("install both"), "{err}");
    let (code, err) = run("totals");
    assert!(code == Some(3) && err.contains("cameras.toml"), "{err}");
    // As the linker of this platform leaves out what nobody calls.
    if cfg!(target_arch = "x86_64") {
        let libraries = text(&Command::new("ldd").arg(&alone).output().unwrap().stdout);
        assert!(libraries.contains("libc.so") && !libraries.contains("opencv_videoio"), "{libraries}");
    }
}
