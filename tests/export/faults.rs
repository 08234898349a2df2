//! Overlap, locks, disks that are full or read-only, and the process killed at every write.

use std::fs::File;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::civil::{Date, date};
use lotcount::store::WriterLock;

use crate::shim;
use crate::site::{Files, Site, midnight, said};

const FIRST: Date = date(2026, 6, 1);
const ALL: [&str; 2] = ["--until", "2026-06-04"];

#[test]
fn another_export_into_the_folder_is_not_disturbed() {
    let site = Site::new(FIRST, 3);
    let lock = File::create(site.out().join(".lotcount-export.lock")).unwrap();
    lock.lock().unwrap();
    let (code, text) = site.export(&ALL);
    assert!(code == 9 && text.contains("is still running") && text.lines().count() == 1, "{code} {text}");
    assert!(site.names().is_empty());
    drop(lock);
    let two: Vec<_> = (0..2).map(|_| site.command(&ALL).spawn().unwrap()).collect();
    let codes: Vec<i32> = two.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 9].contains(code)), "{codes:?}");
    assert_eq!(site.names().len(), 3);
}

#[test]
fn the_service_counts_on_meanwhile() {
    let site = Site::new(FIRST, 3);
    let _service = WriterLock::take(&site.database()).unwrap();
    let over = AtomicBool::new(false);
    let today = midnight(date(2026, 6, 5));
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| {
            let mut cars = 0;
            while !over.load(Ordering::Relaxed) {
                site.late_car(today + cars);
                cars += 1;
            }
            cars
        });
        site.exports(&ALL);
        over.store(true, Ordering::Relaxed);
        assert!(counting.join().unwrap() > 0);
    });
    assert_eq!(site.names().len(), 3);
}

#[test]
fn a_locked_database_is_waited_for_and_then_left_to_the_next_night() {
    let site = Site::new(FIRST, 3);
    let sql = site.sql();
    sql.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (code, text) = site.export(&ALL);
    assert!(code == 9 && text.contains("locked") && text.lines().count() == 1, "{code} {text}");
    sql.execute_batch("ROLLBACK").unwrap();
    site.exports(&ALL);
    assert_eq!(site.names().len(), 3);
    assert!(!site.out().join("earlier").exists(), "what was written and not noted down is the same");
}

fn bytes(files: Files) -> Vec<(String, Vec<u8>)> {
    files.into_iter().map(|(name, (bytes, _))| (name, bytes)).collect()
}

/// How often the program writes, truncates or syncs what lies in the site's folder.
fn writes(site: &Site) -> u64 {
    let count = site.path("count");
    let output = with_shim(site, "FAULT_COUNT", &count.to_string_lossy()).output().unwrap();
    assert_eq!(said(output), (0, String::new()));
    u64::from_le_bytes(std::fs::read(count).unwrap().try_into().unwrap())
}

fn with_shim(site: &Site, name: &str, value: &str) -> Command {
    let mut command = site.command(&ALL);
    command.env("LD_PRELOAD", shim::library()).env("FAULT_FILES", site.folder.path()).env(name, value);
    command
}

#[test]
fn killed_at_any_write_the_next_night_makes_up_for_it() {
    let whole = Site::new(FIRST, 3);
    let writes = writes(&whole);
    assert!(writes > 15, "{writes}");
    let expected = bytes(whole.files());
    for number in 1..=writes {
        let site = Site::new(FIRST, 3);
        let status = with_shim(&site, "FAULT_KILL_NTH", &number.to_string()).status().unwrap();
        assert!(status.code().is_none(), "write {number}: {status}");
        assert!(bytes(site.files()).iter().all(|file| file.0.starts_with('.') || expected.contains(file)), "{number}");
        site.exports(&ALL);
        let mut left = bytes(site.files());
        left.retain(|(name, _)| !name.starts_with(".lotcount-"));
        assert!(left == expected, "killed at write {number}");
        assert!(!site.out().join("earlier").exists());
    }
}

#[test]
fn a_full_disk_is_one_line_and_nothing_half() {
    let site = Site::new(FIRST, 3);
    std::fs::write(site.path("full"), "").unwrap();
    let mut command = site.command(&ALL);
    command.env("LD_PRELOAD", shim::library()).env("FAULT_FILES", site.out()).env("FAULT_FULL", site.path("full"));
    let (code, text) = said(command.output().unwrap());
    assert!(
        code == 1 && text.contains("2026-06-01.csv cannot be written") && text.lines().count() == 1,
        "{code} {text}"
    );
    assert!(site.names().is_empty(), "{:?}", site.names());
    site.exports(&ALL);
    assert_eq!(site.names().len(), 3);
}

#[test]
fn a_database_that_cannot_be_written_gives_single_days() {
    let site = Site::new(FIRST, 3);
    site.exports(&["--until", "2026-06-03"]);
    let expected = bytes(site.files());
    // As on a read-only mount: a copy that needs no other file beside it.
    let mut backup = Command::new(env!("CARGO_BIN_EXE_lotcount"));
    backup.args(["db", "backup", "--to"]).arg(site.path("copy.db")).arg("--config").arg(site.path("cameras.toml"));
    assert!(backup.output().unwrap().status.success());
    std::fs::create_dir(site.path("mount")).unwrap();
    std::fs::rename(site.path("copy.db"), site.path("mount/lotcount.db")).unwrap();
    let config = std::fs::read_to_string(site.path("cameras.toml")).unwrap();
    std::fs::write(site.path("cameras.toml"), config.replace("data/lotcount.db", "mount/lotcount.db")).unwrap();
    std::fs::write(site.path("readonly"), "").unwrap();
    let read_only = |arguments: &[&str]| {
        let mut command = site.command(arguments);
        command.env("LD_PRELOAD", shim::library()).env("FAULT_FILES", site.path("mount"));
        said(command.env("FAULT_READONLY", site.path("readonly")).output().unwrap())
    };
    let (code, text) = read_only(&["--until", "2026-06-04"]);
    assert!(code == 5 && text.contains("read-only") && text.contains("--day DATE"), "{code} {text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    std::fs::remove_file(site.out().join("2026-06-02.csv")).unwrap();
    assert_eq!(read_only(&["--day", "2026-06-02"]), (0, String::new()));
    assert!(bytes(site.files()) == expected, "the bytes that the watermark knows");
    // Copied while it was in use, with its -wal file: reading has to write beside it.
    let writer = site.sql();
    writer.execute("UPDATE lot SET capacity = 21", []).unwrap();
    std::fs::create_dir(site.path("in-use")).unwrap();
    for name in ["lotcount.db", "lotcount.db-wal"] {
        std::fs::copy(site.path("data").join(name), site.path("in-use").join(name)).unwrap();
    }
    std::fs::write(site.path("cameras.toml"), config.replace("data/lotcount.db", "in-use/lotcount.db")).unwrap();
    let mut command = site.command(&["--day", "2026-06-02"]);
    command.env("LD_PRELOAD", shim::library()).env("FAULT_FILES", site.path("in-use"));
    let (code, text) = said(command.env("FAULT_READONLY", site.path("readonly")).output().unwrap());
    assert!(code == 5 && text.contains("copy it elsewhere first"), "{code} {text}");
}

#[test]
fn what_is_missing_is_said() {
    let site = Site::new(FIRST, 3);
    std::fs::remove_dir(site.out()).unwrap();
    let (code, text) = site.export(&ALL);
    assert!(code == 1 && text.contains("make it, or mount it"), "{code} {text}");
    assert!(!site.out().exists(), "a share that is not mounted is not written under");
    std::fs::create_dir(site.out()).unwrap();
    std::fs::remove_file(site.database()).unwrap();
    let (code, text) = site.export(&ALL);
    assert!(code == 5 && text.contains("there is no database"), "{code} {text}");
    let (code, text) = site.export(&["--min-coverage", "120"]);
    assert!(code == 2 && text.contains("from 0 to 100"), "{code} {text}");
}
