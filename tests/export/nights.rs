//! One night after the other, nights that were missed, days of 23 and 25 hours.

use std::process::Command;

use jiff::civil::{Date, date};

use crate::site::{Site, files, said};

const FIRST: Date = date(2026, 3, 26);

#[test]
fn nights_that_were_missed_are_caught_up_with_and_nothing_is_written_twice() {
    let site = Site::new(FIRST, 8);
    site.exports(&["--until", "2026-03-28"]);
    assert_eq!(site.names(), ["2026-03-26.csv", "2026-03-27.csv"]);
    let before = site.files();
    site.exports(&["--until", "2026-03-28"]);
    assert_eq!(site.files(), before, "the same night twice");
    site.exports(&["--until", "2026-03-29"]);
    site.exports(&["--until", "2026-04-03"]);
    let after = site.files();
    assert_eq!(after.len(), 8);
    assert!(before.iter().all(|(name, file)| after[name] == *file), "days that were written are left alone");
    // One night for all gives the same bytes.
    let other = Site::new(FIRST, 8);
    other.exports(&["--until", "2026-04-03"]);
    let bytes = |site: &Site| site.files().into_iter().map(|(name, (bytes, _))| (name, bytes)).collect::<Vec<_>>();
    assert!(bytes(&site) == bytes(&other));
}

#[test]
fn a_file_is_the_report_of_its_day() {
    let site = Site::new(FIRST, 3);
    for (format, ending) in [("json", "json"), ("csv", "csv"), ("text", "txt")] {
        site.exports(&["--until", "2026-03-28", "--format", format]);
        let mut report = Command::new(env!("CARGO_BIN_EXE_lotcount"));
        report.args(["report", "--period", "2026-03-27", "--format", format, "--config"]);
        let (code, report) = said(report.arg(site.path("cameras.toml")).output().unwrap());
        assert_eq!(code, 0, "{report}");
        let without = match format {
            "json" => site.read("2026-03-27.json").replace("  \"revision\": 1,\n", ""),
            "csv" => site.read("2026-03-27.csv").replace(",revision\n", "\n").replace(",1\n", "\n"),
            _ => site.read(&format!("2026-03-27.{ending}")).replace(", revision 1\n", "\n"),
        };
        assert_eq!(without, report);
    }
}

#[test]
fn days_on_which_the_clocks_change_have_23_and_25_hours() {
    for (first, day, hours) in [(FIRST, "2026-03-29", 23), (date(2026, 10, 24), "2026-10-25", 25)] {
        let site = Site::new(first, 5);
        site.exports(&["--until", &first.checked_add(jiff::Span::new().days(5)).unwrap().to_string()]);
        let text = site.read(&format!("{day}.csv"));
        let mut starts: Vec<&str> = text.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
        starts.sort();
        starts.dedup();
        assert_eq!(starts.len(), hours, "{starts:?}");
    }
}

#[test]
fn what_was_not_observed_is_told_by_the_exit_code() {
    let site = Site::new(FIRST, 8);
    // Of one camera, an hour of which it saw everything.
    let day = crate::site::midnight(date(2026, 3, 28));
    let whole =
        "SELECT minute_us / 3600000000 * 3600000000 AS hour_us FROM coverage JOIN session ON session.id = session_id
        WHERE camera_id = 2 AND minute_us >= ?1 AND minute_us < ?1 + 82800000000
        GROUP BY 1 HAVING sum(observed_us) = 3600000000 LIMIT 1";
    let hour: i64 = site.sql().query_row(whole, [day], |row| row.get(0)).unwrap();
    let changed = site.sql().execute(
        "DELETE FROM coverage WHERE minute_us BETWEEN ?1 AND ?2 AND session_id IN
             (SELECT id FROM session WHERE camera_id = 2)",
        [hour, hour + 3_599_999_999],
    );
    assert_eq!(changed.unwrap(), 60);
    let (code, text) = site.export(&["--until", "2026-03-29", "--min-coverage", "97"]);
    assert_eq!(code, 8, "{text}");
    assert!(text.starts_with("2026-03-28: observed 9") && text.ends_with("% (south)\n"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!(site.names().len(), 3, "every day is written all the same");
    // Nothing new: all is well.
    site.exports(&["--until", "2026-03-29", "--min-coverage", "97"]);
}

#[test]
fn a_first_day_may_be_named_and_one_day_alone() {
    let site = Site::new(FIRST, 8);
    site.exports(&["--since", "2026-03-30", "--until", "2026-04-01"]);
    assert_eq!(site.names(), ["2026-03-30.csv", "2026-03-31.csv"]);
    // The next night goes on from the first.
    site.exports(&["--until", "2026-04-02"]);
    assert_eq!(site.names().len(), 3);
    site.exports(&["--since", "2026-03-29", "--until", "2026-04-02"]);
    assert_eq!(site.names().len(), 4);
    site.exports(&["--day", "2026-03-27"]);
    assert_eq!(site.names().len(), 5);
    let noted: i64 = site.sql().query_row("SELECT count(*) FROM export", [], |row| row.get(0)).unwrap();
    assert_eq!(noted, 4, "a single day is not noted down");
    let (code, text) = site.export(&["--day", "2026-03-27", "--since", "2026-03-27"]);
    assert!(code == 2 && text.contains("cannot be used with"), "{text}");
}

#[test]
fn it_needs_no_environment_and_no_terminal() {
    let site = Site::new(FIRST, 2);
    let mut command = site.command(&["--until", "2026-03-28"]);
    assert_eq!(said(command.env_clear().current_dir("/").output().unwrap()), (0, String::new()));
    assert_eq!(site.names().len(), 2);
}

#[test]
fn the_line_of_the_crontab_works_as_cron_runs_it() {
    let site = Site::new(FIRST, 2);
    let crontab = include_str!("../../packaging/crontab");
    let lines: Vec<&str> = crontab.lines().filter(|line| !line.starts_with('#') && !line.contains('=')).collect();
    let [line] = lines[..] else { panic!("{lines:?}") };
    // Five fields of time and the user.
    let command = line.splitn(7, ' ').nth(6).unwrap();
    let command = command
        .replace("/usr/local/bin/lotcount", env!("CARGO_BIN_EXE_lotcount"))
        .replace("/etc/lotcount/cameras.toml", &site.path("cameras.toml").to_string_lossy())
        .replace("/srv/lotcount", &site.out().to_string_lossy());
    assert!(command.matches(&*site.folder.path().to_string_lossy()).count() == 2, "{command}");
    // Up to the day before the present one, which no camera observed: that is told by mail and exit code.
    let command = format!("{command} --until 2026-03-28 --min-coverage 0");
    let mut cron = Command::new("/usr/bin/env");
    cron.args(["-i", "HOME=/", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "/bin/sh", "-c", &command]);
    assert_eq!(said(cron.output().unwrap()), (0, String::new()));
    assert_eq!(site.names(), ["2026-03-26.csv", "2026-03-27.csv"]);
}

#[test]
fn a_copy_of_the_database_knows_what_was_exported() {
    let site = Site::new(FIRST, 3);
    site.exports(&["--until", "2026-03-28"]);
    let before = site.files();
    std::fs::create_dir(site.path("copy")).unwrap();
    std::fs::copy(site.database(), site.path("copy/lotcount.db")).unwrap();
    let text = std::fs::read_to_string(site.path("cameras.toml")).unwrap();
    std::fs::write(site.path("cameras.toml"), text.replace("data/lotcount.db", "copy/lotcount.db")).unwrap();
    site.exports(&["--until", "2026-03-28"]);
    assert_eq!(site.files(), before);
    site.exports(&["--until", "2026-03-29"]);
    assert_eq!(files(&site.out()).len(), 3);
}
