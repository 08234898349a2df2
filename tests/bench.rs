//! `lotcount bench`: the real program on a short recording. What it measures is consistent; how much it is depends on the
//! machine.
#![cfg(all(feature = "onnx", feature = "video"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use lotcount::source::{FrameSource, PaceLog, PacedSource, RealPace, Replay, VideoFile, VideoSource};
use lotcount::time::SystemClock;
use serde_json::Value;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sample() -> PathBuf {
    project().join("samples/oblique.mp4")
}

/// Exit code, standard output, standard error.
fn bench(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lotcount"));
    // The working folder is the project's, where the configuration of the samples and the default model are.
    command.current_dir(project()).arg("bench").args(arguments).stdin(Stdio::null()).env_remove("LOTCOUNT_LOG");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// Every number of it, with its keys.
fn numbers(value: &Value, key: &str, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Number(number) => found.push((key.to_owned(), number.as_f64().unwrap())),
        Value::Array(values) => values.iter().for_each(|value| numbers(value, key, found)),
        Value::Object(values) => {
            values.iter().for_each(|(name, value)| numbers(value, &format!("{key}.{name}"), found))
        }
        _ => {}
    }
}

fn assert_no_negative(value: &Value) {
    let mut found = Vec::new();
    numbers(value, "", &mut found);
    assert!(found.len() > 15, "{value:#}");
    assert_eq!(found.iter().find(|(_, number)| *number < 0.0), None);
}

/// The first frames of the sample, so that nobody waits for all of it.
fn short_recording(folder: &Path, frames: usize) -> PathBuf {
    let mut source = VideoSource::open_recording(&sample()).unwrap();
    let path = folder.join("short.mp4");
    let mut file = VideoFile::create(&path, 640, 360, 12.0).unwrap();
    for _ in 0..frames {
        source.grab().unwrap().unwrap();
        file.write(&source.retrieve().unwrap()).unwrap();
    }
    drop(file);
    path
}

#[test]
fn two_cameras_at_once_read_and_count_what_they_send() {
    let (code, out, errors) =
        bench(&["--json", "--cameras", "2", "--seconds", "3", "--recording", sample().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{errors}");
    let proof = json(&out);
    assert_no_negative(&proof);
    let number = |key: &str| proof[key].as_f64().unwrap_or_else(|| panic!("no {key}: {proof:#}"));
    assert_eq!((&proof["schema"], number("cameras")), (&"lotcount.bench/1".into(), 2.0));
    assert_eq!((number("width"), number("height"), number("fps")), (640.0, 360.0, 12.0));
    assert!(number("seconds") >= 3.0, "{proof:#}");
    assert!(number("cpu_ms_per_camera_second") > 0.0);
    // What was not read was left out and told; a frame of each camera at both ends, and what waited in the buffer.
    let (due, read, missed) = (number("frames_due"), number("frames_read"), number("frames_missed"));
    assert!((due - 2.0 * 12.0 * number("seconds")).abs() <= 1.0, "{proof:#}");
    assert!((read + missed - due).abs() <= 2.0 * 14.0, "{proof:#}");
    assert!((1.0..=number("frames_looked_at") + 4.0).contains(&number("net_looks")), "{proof:#}");
    assert!(number("frames_looked_at") > 0.0 && number("frames_looked_at") <= read + 4.0, "{proof:#}");
    assert!(number("unobserved_share") <= 1.0 && number("degraded_share") <= 1.0 && number("busy_share") <= 1.01);
    assert!(number("crossings") >= 0.0 && number("crossings_found") <= number("crossings_expected"));
    assert!(number("memory_mb") > number("memory_mb_per_camera") && number("threads") >= 6.0, "{proof:#}");
    assert_eq!(proof["failed"], Value::Array(vec![]));
}

#[test]
fn the_table_ends_with_what_the_machine_sustains() {
    let folder = tempfile::tempdir().unwrap();
    let recording = short_recording(folder.path(), 30);
    let (code, out, errors) = bench(&["--recording", recording.to_str().unwrap()]);
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    let last = out.lines().last().unwrap();
    let words: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(words[..3], ["this", "machine", "sustains"], "{out}");
    assert!(words[3].parse::<u64>().unwrap() > 0, "{last}");
    assert!(last.contains(" cameras of 640x360 at 12 fps with ") && last.ends_with(" at 1920x1080)"), "{last}");
    for step in [
        "decode a frame",
        "see whether anything moves",
        "look with the net",
        "write a crossing",
        "one camera, all together",
        "enlarged",
    ] {
        assert!(out.contains(step), "no {step}:\n{out}");
    }
    assert!(out.contains("a line down the middle"), "{out}");
    let long = out.lines().find(|line| line.chars().count() > 80 && !line.contains("/") && *line != last);
    assert_eq!(long, None);
}

#[test]
fn json_tells_each_step_and_their_sum() {
    let folder = tempfile::tempdir().unwrap();
    let recording = short_recording(folder.path(), 30);
    let (code, out, errors) = bench(&["--json", "--recording", recording.to_str().unwrap()]);
    assert_eq!((code, errors.as_str()), (0, ""), "{out}");
    let measured = json(&out);
    assert_no_negative(&measured);
    for figures in [&measured, &measured["enlarged"]] {
        let whole = figures["cpu_ms_per_camera_second"].as_f64().unwrap();
        let steps = figures["steps"].as_array().unwrap();
        let sum: f64 = steps.iter().map(|step| step["ms_per_camera_second"].as_f64().unwrap()).sum();
        // Alone, with cold caches or beside a busy neighbour, steps may take longer than all together.
        assert!(whole > 0.0 && sum >= whole - 0.01, "{measured:#}");
        assert_eq!(figures["frames_read"], 30);
        assert!(figures["cameras_sustained"].as_u64().unwrap() > 0);
        let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
        assert!(names.starts_with(&["decode", "convert"]) && names.ends_with(&["commit", "rest"]), "{names:?}");
        assert!(figures["sizes"].as_array().unwrap().len() > 1);
    }
    assert_eq!((&measured["width"], &measured["enlarged"]["width"]), (&640.into(), &1920.into()));
}

#[test]
fn a_recording_that_is_not_there_is_one_clear_line() {
    let not_a_video = project().join("README.md");
    for recording in ["samples/absent.mp4", "samples", not_a_video.to_str().unwrap()] {
        for more in [&[][..], &["--cameras", "2"]] {
            let (code, out, errors) = bench(&[&["--recording", recording], more].concat());
            assert_eq!((code, out.as_str()), (6, ""), "{errors}");
            assert!(errors.starts_with("error: ") && errors.lines().count() == 1, "{errors}");
            assert!(errors.contains(recording), "{errors}");
        }
    }
}

/// Brightness of every hundredth byte: enough to tell frames apart.
fn trace(source: &mut dyn FrameSource) -> u64 {
    source.retrieve().unwrap().bgr().iter().step_by(100).map(|&byte| u64::from(byte)).sum()
}

#[test]
fn a_recording_is_wound_to_the_frame() {
    let folder = tempfile::tempdir().unwrap();
    let recording = short_recording(folder.path(), 40);
    let mut source = VideoSource::open_recording(&recording).unwrap();
    let mut traces = Vec::new();
    while source.grab().unwrap().is_some() {
        traces.push(trace(&mut source));
    }
    assert_eq!(traces.len(), 40);
    for frame in [0, 1, 25, 39, 12] {
        source.seek(frame).unwrap();
        assert_eq!(source.grab().unwrap(), Some(Duration::ZERO), "positions count from there");
        assert_eq!(trace(&mut source), traces[frame as usize], "frame {frame}");
    }
}

#[test]
fn a_round_follows_the_last_without_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let recording = short_recording(folder.path(), 6);
    let (clock, log) = (std::sync::Arc::new(SystemClock::start()), std::sync::Arc::new(PaceLog::default()));
    let source = VideoSource::open_recording(&recording).unwrap();
    let mut source = PacedSource::new(source, RealPace(clock), 4, std::sync::Arc::clone(&log)).unwrap();
    let given: Vec<(f64, u64)> =
        (0..9).map(|_| (source.grab().unwrap().unwrap().as_secs_f64(), trace(&mut source))).collect();
    // Frames 4, 5, 0, 1, ... 5, 0: the same again after a round, each a twelfth of a second after the one before.
    assert_eq!((given[0].1, given[1].1, given[2].1), (given[6].1, given[7].1, given[8].1));
    if log.missed() == 0 {
        let steps = given.windows(2).map(|pair| pair[1].0 - pair[0].0);
        steps.for_each(|step| assert!((step - 1.0 / 12.0).abs() < 0.002, "{given:?}"));
    }
}
