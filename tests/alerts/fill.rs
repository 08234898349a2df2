//! A small lot that fills and empties, by recordings.

use super::site::{Site, gate, head, recording};

const LOT: &str = "[[lot]]\nname = \"main\"\ncapacity = 7\n";

fn entering(start: &str) -> String {
    format!("{}{LOT}{}", head(""), gate("in", &recording(start), "entry = \"main\""))
}

fn leaving(camera: &str, start: &str) -> String {
    format!("{}{LOT}{}", head(""), gate(camera, &recording(start), "exit = \"main\""))
}

#[test]
fn a_lot_that_fills_and_empties_is_told_once_each_way_everywhere() {
    let site = Site::with(&entering("2026-06-15T07:00:00Z"));
    assert_eq!(site.ends_with(5, &["alerts"]), "", "there is no database yet");
    let log = site.count();
    assert_eq!(site.edges(), ["began nearly-full main", "began full main"]);
    assert_eq!(log.matches("alert full: main: 7 of 7 spaces are taken").count(), 1, "{log}");

    // By the time of the cars, not by that of counting.
    let began = site.rows("SELECT began_utc FROM alert_state WHERE kind = 'full'");
    assert!(began[0].starts_with("2026-06-15T07:00:3"), "{began:?}");
    let totals: serde_json::Value = serde_json::from_slice(&std::fs::read(site.path("totals.json")).unwrap()).unwrap();
    assert_eq!(totals["alerts"][1]["kind"], "full", "{totals:#}");
    assert_eq!(totals["alerts"][1]["ended"], serde_json::Value::Null);
    let table = site.ends_with(10, &["alerts", "--open"]);
    assert!(table.contains("nearly-full") && table.contains("7 of 7 spaces are taken"), "{table}");
    let totals = site.ends_with(0, &["totals"]);
    assert!(totals.contains("┆ open  ┆ warning ┆ full        ┆ main ┆ 7 of 7 spaces are taken"), "{totals}");
    assert_eq!(site.json(0, &["totals", "--json"])["alerts"].as_array().unwrap().len(), 2);
    let quiet = site.json(0, &["totals", "--json", "--camera", "in"]);
    assert_eq!(quiet["alerts"].as_array().unwrap().len(), 0, "a lot's alert is not its camera's");

    // Nothing was counted: nothing is said again.
    let again = site.command(&["run"]).output().unwrap();
    assert_eq!((again.status.code(), String::from_utf8_lossy(&again.stderr).contains("alert ")), (Some(4), false));
    assert_eq!(site.edges().len(), 2);

    site.configure(&leaving("out", "2026-06-15T08:00:00Z"));
    let log = site.count();
    // On a slow machine they are judged in between, too, and one ends before the other.
    let mut ended = site.edges().split_off(2);
    ended.sort();
    assert_eq!(ended, ["ended full main", "ended nearly-full main"]);
    assert_eq!(log.matches("alert full is over: main: ").count(), 1, "{log}");
    assert!(site.ends_with(0, &["alerts", "--open"]).contains("No alert is open."));

    site.configure(&leaving("out-again", "2026-06-15T09:00:00Z"));
    site.count();
    assert_eq!(site.edges()[4..], ["began below-zero main"]);
    // How many had left by then is a matter of the moment at which it was looked.
    let below = site.rows("SELECT detail FROM alert_state WHERE kind = 'below-zero'");
    assert!(
        below[0].starts_with('-') && below[0].ends_with(": more were counted leaving than there were"),
        "{below:?}"
    );

    let report = site.ends_with(0, &["report", "--period", "2026-06-15"]);
    assert!(report.contains("nearly-full") && report.contains("below-zero"), "{report}");
    let json = site.json(0, &["report", "--period", "2026-06-15", "--format", "json"]);
    let kinds: Vec<_> = json["alerts"].as_array().unwrap().iter().map(|alert| &alert["kind"]).collect();
    assert_eq!(kinds, ["nearly-full", "full", "below-zero"]);
    assert_eq!(json["alerts"][1]["lot"], "main");
    let schema = std::fs::read(super::site::project().join("docs/report.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let faults: Vec<String> = schema.iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let table = site.ends_with(0, &["report", "--period", "2026-06-15", "--format", "csv", "--table", "alerts"]);
    assert!(table.lines().count() == 4 && table.contains("7 of 7 spaces are taken"), "{table}");
    let page = site.ends_with(0, &["report", "--period", "2026-06-15", "--format", "html"]);
    assert!(page.contains("<h2 id=\"alerts\">Alerts</h2>") && page.contains("7 of 7 spaces are taken"));
    let before = site.json(0, &["report", "--period", "2026-06-14", "--format", "json"]);
    assert_eq!(before["alerts"], serde_json::json!([]));
    let since = |time| site.json(0, &["alerts", "--json", "--since", time])["alerts"].as_array().unwrap().len();
    assert_eq!((since("2026-06-15T06:00"), since("2026-06-15T08:30"), since("2099-01-01")), (3, 1, 1));
}
