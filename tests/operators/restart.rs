//! The time between two runs.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::gate::{Gate, now};
use super::site::{Site, config};

/// The name of a time zone in which it is about noon now, so that the hours before and after belong to the same day.
fn zone_at_noon() -> String {
    let ahead = 12 - i32::from(Timestamp::now().to_zoned(TimeZone::UTC).hour());
    // In these names east is minus.
    format!("Etc/GMT{:+}", -ahead)
}

#[test]
fn the_time_between_a_kill_and_the_next_start_is_a_gap_in_every_report() {
    let gate = Gate::open();
    let zone = zone_at_noon();
    let site = Site::with(&config(&[("gate", &gate)]).replace("\"UTC\"", &format!("\"{zone}\"")));
    let mut first = site.run();
    first.wait_for("over gate");
    first.kill();
    let mut second = site.run();
    second.wait_for("over gate");
    let until = now();
    second.stop();

    let moment = |sql: &str| site.number(sql);
    let [from, to] =
        ["from_us", "until_us"].map(|end| moment(&format!("SELECT {end} FROM gap WHERE reason = 'not-running'")));
    assert_eq!(moment("SELECT run_id FROM gap WHERE reason = 'not-running'"), 2, "the run that follows notes it");
    assert_eq!(from, moment("SELECT max(until_us) FROM coverage WHERE session_id = 1"), "the last that is known");
    assert_eq!(to, moment("SELECT started_at_us FROM run WHERE id = 2"));
    assert_eq!(moment("SELECT count(*) FROM session WHERE ended_at_us IS NULL"), 1, "the one that was killed");
    let rows = site.crossings("gate");
    gate.assert_counted(&site, "gate", until);
    site.assert_sound();

    let day = Timestamp::from_microsecond(from).unwrap().to_zoned(TimeZone::get(&zone).unwrap());
    let day = day.date().to_string();
    let text = site.succeeds_in_silence(&["report", "--period", &day]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" "); // sentences are wrapped
    assert!(words.contains("not-running: lotcount was not running"), "{text}");
    assert!(words.contains("complete for") && words.contains("blind"), "{text}");
    let json = site.succeeds_in_silence(&["report", "--period", &day, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let gaps = report["gaps"].as_array().unwrap();
    assert!(gaps.iter().any(|gap| gap["reason"] == "not-running"), "{json}");
    // Hours in which nothing was observed have no number, the others have those of both runs.
    let hours = report["steps"]["lines"].as_array().unwrap();
    let counted: Vec<u64> =
        hours.iter().filter_map(|hour| Some(hour["entries"].as_u64()? + hour["exits"].as_u64()?)).collect();
    assert_eq!((hours.len(), counted.iter().sum::<u64>()), (24, rows.len() as u64), "{json}");
    assert!(hours.len() - counted.len() >= 22, "{json}");
}
