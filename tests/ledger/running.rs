//! What is told and scheduled while the real program counts, and while it does not.

use std::path::Path;
use std::sync::Arc;

use misbehaving_camera::media::Media;
use misbehaving_camera::{Camera, Protocol};

use crate::program::Folder;

/// The line is longer than in the sample's own configuration, at whose end a truck just passes, and the model the smallest one
/// that finds all cars.
fn config(source: &str, resets: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    format!(
        "[site]\nname = \"site\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"deck\"\n{resets}[[camera]]\nname = \"gate\"\n\
         source = \"{source}\"\nanchor = \"centre\"\nmodel = \"{root}/models/lotcount-s-256x160.onnx\"\n\
         [[camera.line]]\nname = \"gate\"\na = [0.3, 0.5]\nb = [0.7, 0.5]\nentry = \"deck\"\nexit = \"deck\"\n"
    )
}

fn sample() -> String {
    format!("{}/samples/overhead.mp4", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_true_number_is_told_while_a_camera_is_counted() {
    let media = Media::open(Path::new(&sample()), Some(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("media"))).unwrap();
    let camera = Camera::start(Arc::new(media), Protocol::Mjpeg, None, 0).unwrap();
    let folder = Folder::with(&config(&camera.url(), ""));
    let mut running = folder.run();
    running.wait_for("over gate");
    folder.succeeds(&["occupancy", "set", "deck", "50", "--reason", "counted on foot"]);
    running.wait_for("over gate");
    folder.succeeds(&["occupancy", "adjust", "deck", "+3", "--reason", "a delivery by the back gate"]);
    running.wait_for("over gate");
    running.stop();
    assert_eq!(running.ended(), Some(0), "{}", running.seen);
    let since = "FROM crossing WHERE at_us >= (SELECT at_us FROM adjustment WHERE kind = 'opening')";
    let net = folder.number(&format!("SELECT sum(CASE direction WHEN 'entry' THEN 1 ELSE -1 END) {since}"));
    assert!(folder.number(&format!("SELECT count(*) {since}")) >= 2);
    assert_eq!(folder.json(&["occupancy", "--json"])["lots"][0]["inside"], 53 + net);
    assert_eq!(folder.number("SELECT count(*) FROM adjustment"), 2);
    assert!(folder.succeeds(&["db", "check"]).contains(": sound\n"));
}

#[test]
fn what_a_recording_brings_before_a_true_number_changes_only_what_was_corrected() {
    let start = "start = 2026-06-15T07:00:00\n";
    let folder = Folder::with(&config(&sample(), "").replace("anchor", &format!("{start}anchor")));
    let mut running = folder.run();
    running.wait_for("over gate");
    // The recording is of June.
    folder.succeeds(&["occupancy", "set", "deck", "9", "--reason", "now"]);
    assert_eq!(running.ended(), Some(0), "{}", running.seen);
    let net = folder.number("SELECT net FROM lot_totals");
    let row = &folder.json(&["occupancy", "history", "--json"])["adjustments"][0];
    assert_eq!((row["counted"].as_i64(), row["effect"].as_i64()), (Some(net), Some(9 - net)));
    assert_eq!(folder.number("SELECT inside FROM occupancy"), 9);
    // Counting it again changes nothing of that, and neither does a number that was true in its middle.
    folder.succeeds(&["occupancy", "set", "deck", "4", "--reason", "then", "--at", "2026-06-15T07:00:10"]);
    assert_eq!(folder.says(&["run", "--recount", "--quiet"]).0, Some(0));
    let after =
        "SELECT sum(CASE direction WHEN 'entry' THEN 1 ELSE -1 END) FROM crossing WHERE at_us >= 1781506810000000";
    let row = &folder.json(&["occupancy", "history", "--json"])["adjustments"][1];
    assert_eq!(row["counted"].as_i64(), Some(4 + folder.number(after)));
    assert_eq!(folder.number("SELECT inside FROM occupancy"), 9);
    assert!(folder.succeeds(&["db", "check"]).contains(": sound\n"));
}

#[test]
fn a_reset_that_was_missed_is_made_up_for_at_the_next_start_and_only_once() {
    let now = jiff::Timestamp::now();
    let minute_ago = now - jiff::SignedDuration::from_secs(60);
    let yesterday = now - jiff::SignedDuration::from_hours(47);
    let at = minute_ago.strftime("%H:%M");
    let resets = format!("[[lot.reset]]\nat = \"{at}\"\novernight = 12\n");
    let start = format!("start = {}\n", yesterday.strftime("%Y-%m-%dT%H:%M:%S"));
    let folder = Folder::with(&config(&sample(), &resets).replace("anchor", &format!("{start}anchor")));
    assert_eq!(folder.says(&["run", "--quiet"]).0, Some(0));
    assert_eq!(folder.number("SELECT count(*) FROM adjustment"), 0, "it came before anything was known");
    let counted = folder.number("SELECT inside FROM occupancy");
    for _ in 0..2 {
        assert_eq!(folder.says(&["run", "--quiet"]).0, Some(4), "the recording is counted already");
        let row = &folder.json(&["occupancy", "history", "--json"])["adjustments"];
        assert_eq!(row.as_array().map(Vec::len), Some(1), "only the latest of the two that were missed");
        assert_eq!((row[0]["kind"].as_str(), row[0]["who"].as_str()), (Some("reset"), Some("schedule")));
        assert_eq!((row[0]["counted"].as_i64(), row[0]["after"].as_i64()), (Some(counted), Some(12)));
        let due = row[0]["at_us"].as_i64().unwrap();
        assert_eq!(due / 60_000_000, minute_ago.as_microsecond() / 60_000_000);
        assert_eq!(folder.number("SELECT inside FROM occupancy"), 12);
    }
}
