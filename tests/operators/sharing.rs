//! Other processes at the same database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::gate::{Gate, now};
use super::site::{Site, config};

/// Asserts that every car was counted once since the first frame, in one session.
fn assert_undisturbed(site: &Site, gate: &Gate, until: i64) {
    assert_eq!(site.number("SELECT count(*) FROM session"), 1);
    gate.assert_counted(site, "gate", until);
    site.assert_sound();
}

#[test]
fn a_second_service_leaves_at_once_and_the_first_loses_nothing() {
    let gate = Gate::open();
    let site = Site::counting(&[("gate", &gate)]);
    let mut first = site.run();
    first.wait_for("over gate");
    // Under its own name, and under another.
    let alias = Site::with(&config(&[("gate", &gate)]));
    std::os::unix::fs::symlink(site.path("lotcount.db"), alias.path("lotcount.db")).unwrap();
    for second in [&site, &alias] {
        let mut second = second.run();
        let (code, _) = second.ended();
        assert_eq!(code, Some(5), "{}", second.seen);
        assert!(second.seen.starts_with("error: another lotcount is writing the database "), "{}", second.seen);
        assert_eq!(second.seen.lines().count(), 1, "{}", second.seen);
    }
    first.wait_for("over gate");
    let until = now();
    first.stop();
    assert_eq!(site.number("SELECT count(*) FROM run"), 1);
    assert_undisturbed(&site, &gate, until);
}

#[test]
fn cron_jobs_that_overlap_write_whole_files_in_silence() {
    const ROUNDS: usize = 4;
    let gate = Gate::open();
    let site = Site::counting(&[("gate", &gate)]);
    let mut running = site.run();
    running.wait_for("over gate");
    let day = lotcount::time::UtcMicros::now().to_string()[..10].to_owned();
    // Two jobs write the same file.
    let jobs = [("a.json", "json"), ("a.json", "json"), ("b.csv", "csv"), ("c.txt", "text")];
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (site, done, day) = (&site, &done, &day);
        let reports = jobs.map(|(file, format)| {
            scope.spawn(move || {
                let out = site.path(file);
                for _ in 0..ROUNDS {
                    let out_name = out.to_str().unwrap();
                    site.succeeds_in_silence(&["report", "--period", day, "--format", format, "--out", out_name]);
                    assert_whole(&out);
                }
            })
        });
        let totals = scope.spawn(move || {
            for _ in 0..ROUNDS {
                let text = site.succeeds_in_silence(&["totals", "--json", "--by", "hour"]);
                serde_json::from_str::<serde_json::Value>(&text).unwrap();
            }
        });
        scope.spawn(move || {
            // Somebody who reads the report that is being replaced.
            let out = site.path("a.json");
            while !done.load(Ordering::SeqCst) {
                if out.exists() {
                    assert_whole(&out);
                }
                std::thread::yield_now();
            }
        });
        let ended: Vec<_> = reports.into_iter().chain([totals]).map(|job| job.join()).collect();
        done.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok), "a job failed, see above");
    });
    running.wait_for("over gate");
    let until = now();
    running.stop();
    assert_undisturbed(&site, &gate, until);
    let left: Vec<_> = std::fs::read_dir(site.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".lotcount-")), "{left:?}");
}

/// Asserts that a report is all there.
fn assert_whole(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    match file.extension().unwrap().to_str().unwrap() {
        "json" => {
            let report: serde_json::Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert!(report["gaps"].is_array(), "{text}");
        }
        "csv" => {
            let rows = csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).count();
            assert!(rows == 24 && text.ends_with('\n'), "{text}");
        }
        _ => assert!(text.contains("complete for") && text.ends_with('\n'), "{text}"),
    }
}
