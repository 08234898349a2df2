//! The unit file, judged by systemd itself.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Of systemd's exposure level from 0 to 10, in tenths. Cameras need the network and /dev/video*, hence no less.
const EXPOSURE: &str = "20";

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging")
}

fn unit() -> String {
    std::fs::read_to_string(packaging().join("lotcount.service")).unwrap()
}

/// The unit in a folder of its own, starting a program that is there.
fn installed() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lotcount.service");
    let text = unit().replace("/usr/local/bin/lotcount run", "/bin/sh run");
    assert_ne!(text, unit(), "the unit starts another program than the documented one");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// Whether it succeeded, and what it said. `None`: this system has no systemd-analyze.
fn analyze(arguments: &[&str], unit: &Path) -> Option<(bool, String)> {
    match Command::new("systemd-analyze").args(arguments).arg(unit).env("SYSTEMD_PAGER", "").output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text = "skipped: there is no systemd-analyze, so nobody judges packaging/lotcount.service";
            let _ = writeln!(std::io::stderr(), "{text}");
            None
        }
        Err(error) => panic!("systemd-analyze: {error}"),
    }
}

#[test]
fn systemd_finds_no_fault_with_the_unit() {
    let (_folder, path) = installed();
    let Some((good, said)) = analyze(&["verify", "--man=no"], &path) else { return };
    assert!(good && said.is_empty(), "{said}");
    // It would find one.
    let broken = unit().replace("Restart=on-failure", "Restart=sometimes");
    std::fs::write(&path, broken.replace("/usr/local/bin/lotcount run", "/bin/sh run")).unwrap();
    let (_, said) = analyze(&["verify", "--man=no"], &path).unwrap();
    assert!(said.contains("sometimes"), "{said}");
}

#[test]
fn the_service_is_hardened() {
    let (_folder, path) = installed();
    let threshold = format!("--threshold={EXPOSURE}");
    let arguments = ["security", "--offline=true", threshold.as_str()];
    let Some((good, said)) = analyze(&arguments, &path) else { return };
    assert!(good, "{said}");
    // A unit that says nothing is far above.
    let plain = "[Service]\nExecStart=/bin/sh\n";
    std::fs::write(&path, plain).unwrap();
    assert!(!analyze(&arguments, &path).unwrap().0);
}

/// The units of the nightly export, likewise.
#[test]
fn systemd_finds_no_fault_with_the_export() {
    let folder = tempfile::tempdir().unwrap();
    let unit = |name: &str| std::fs::read_to_string(packaging().join(name)).unwrap();
    let service = unit("lotcount-export.service").replace("/usr/local/bin/lotcount export", "/bin/sh export");
    let (path, timer) = (folder.path().join("lotcount-export.service"), folder.path().join("lotcount-export.timer"));
    std::fs::write(&path, &service).unwrap();
    std::fs::write(&timer, unit("lotcount-export.timer")).unwrap();
    for unit in [&path, &timer] {
        let Some((good, said)) = analyze(&["verify", "--man=no"], unit) else { return };
        assert!(good && said.is_empty(), "{said}");
    }
    let (good, said) = analyze(&["security", "--offline=true", "--threshold=15"], &path).unwrap();
    assert!(good, "{said}");
    std::fs::write(&timer, unit("lotcount-export.timer").replace("00:10:00", "25:10:00")).unwrap();
    let (_, said) = analyze(&["verify", "--man=no"], &timer).unwrap();
    assert!(said.contains("25:10:00"), "{said}");
}

/// The command is the same by cron and by systemd, and its codes are on the page.
#[test]
fn crontab_unit_and_page_agree_on_the_export() {
    let read = |name: &str| std::fs::read_to_string(packaging().join(name)).unwrap();
    let (crontab, service) = (read("crontab"), read("lotcount-export.service"));
    let command = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    assert!(crontab.lines().any(|line| line == format!("10 0 * * * lotcount {command}")), "{command}");
    let page = include_str!("../docs/operations.md");
    assert!(service.contains("SuccessExitStatus=8\n") && page.contains("\n| 8 |") && page.contains("\n| 9 |"));
    for name in ["packaging/crontab", "packaging/lotcount-export.timer", "scripts/export-report"] {
        assert!(page.contains(name), "{name}");
    }
}

/// What systemd cannot know: that unit, program and page say the same.
#[test]
fn unit_program_and_page_agree() {
    let unit = unit();
    let page = include_str!("../docs/operations.md");
    let codes = unit.lines().find_map(|line| line.strip_prefix("RestartPreventExitStatus=")).unwrap();
    assert_eq!(codes, "2 3 4");
    for code in codes.split(' ') {
        assert!(page.contains(&format!("\n| {code} |")), "exit code {code} is not documented");
    }
    for setting in ["Type=notify", "StateDirectory=lotcount", "WorkingDirectory=/var/lib/lotcount", "User=lotcount"] {
        assert!(unit.lines().any(|line| line == setting), "{setting}");
    }
    let user = std::fs::read_to_string(packaging().join("sysusers.conf")).unwrap();
    assert!(user.lines().any(|line| line.starts_with("u lotcount ") && line.ends_with(" /var/lib/lotcount")), "{user}");
    assert!(page.contains("packaging/lotcount.service") && page.contains("packaging/sysusers.conf"));
}
