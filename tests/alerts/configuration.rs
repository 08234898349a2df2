//! `[alerts]` and `[lot.alerts]`: what they mean, and every fault at its place.

use std::time::Duration;

use lotcount::config::Config;
use lotcount::diagnostics::{Report, TomlFile};

/// A site whose lot has these rows, and these rows of its own.
fn parse(lot: &str, site: &str) -> Result<(Config, Report), Report> {
    let text = format!(
        "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"main\"\n{lot}\n[[camera]]\nname = \"c\"\n\
         source = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"gate\"\na = [0.2, 0.5]\nb = [0.8, 0.5]\n\
         entry = \"main\"\nexit = \"main\"\n{site}\n"
    );
    Config::from_file(TomlFile { path: "cameras.toml".into(), text })
}

#[test]
fn what_is_not_configured_has_its_default() {
    let rules = parse("", "").unwrap_or_else(|report| panic!("{report}")).0.alerts;
    assert_eq!((rules.camera_down, rules.silent_lines), (Some(Duration::from_secs(60)), true));
    assert_eq!(rules.cameras, [("c".to_owned(), vec!["gate".to_owned()])]);
    let lot = &rules.lots[0];
    assert_eq!((lot.fill, lot.nearly_full, lot.full, lot.hysteresis), (true, 0.9, 1.0, 0.05));
    assert_eq!((lot.closing, lot.imbalance), (None, None));
}

#[test]
fn everything_can_be_configured() {
    let lot = "capacity = 10\n[lot.alerts]\nfill = false\nnearly_full = 0.8\nfull = 0.95\nhysteresis = 0.1\n\
               closing = \"22:30\"\nimbalance = 4";
    let (config, warnings) = parse(lot, "[alerts]\ncamera_down_s = 0\nsilent_lines = false").unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    let rules = config.alerts;
    assert_eq!((rules.camera_down, rules.silent_lines), (None, false));
    let lot = &rules.lots[0];
    assert_eq!((lot.fill, lot.nearly_full, lot.full, lot.hysteresis), (false, 0.8, 0.95, 0.1));
    assert_eq!((lot.closing, lot.imbalance), (Some(jiff::civil::time(22, 30, 0, 0)), Some(4)));
}

/// What the bundled example has in its comments are the defaults, but for those that cannot have any.
#[test]
fn the_example_in_the_comments_is_valid() {
    let mut text = String::new();
    let mut is_of_alerts = false;
    for line in include_str!("../../cameras.toml").lines() {
        let uncommented = line.strip_prefix("# ").unwrap_or(line);
        is_of_alerts = uncommented.starts_with("[lot.alerts]")
            || uncommented.starts_with("[alerts]")
            || is_of_alerts && line.starts_with("# ");
        text += if is_of_alerts { uncommented } else { line };
        text.push('\n');
    }
    let (config, warnings) =
        Config::from_file(TomlFile { path: "cameras.toml".into(), text }).unwrap_or_else(|report| panic!("{report}"));
    assert!(warnings.is_empty(), "{warnings}");
    let defaults = parse("", "").unwrap().0.alerts;
    assert_eq!((config.alerts.camera_down, config.alerts.silent_lines), (defaults.camera_down, defaults.silent_lines));
    let lot = config.alerts.lot("main").unwrap();
    assert_eq!((lot.closing, lot.imbalance), (Some(jiff::civil::time(22, 0, 0, 0)), Some(6)));
    let usual = &defaults.lots[0];
    assert_eq!((lot.nearly_full, lot.full, lot.hysteresis), (usual.nearly_full, usual.full, usual.hysteresis));
}

#[test]
fn a_table_of_faults_with_their_places() {
    for (lot, site, place, message) in [
        ("[lot.alerts]\nnearly = 0.9", "", "7:1", "unknown key `nearly`"),
        ("[lot.alerts]\nnearly_full = 90", "", "7:15", "`nearly_full` must lie between 0.1 and 2"),
        ("[lot.alerts]\nfull = 0.0", "", "7:8", "`full` must lie between 0.1 and 2"),
        ("[lot.alerts]\nfull = 0.9", "", "7:8", "nearly full at 0.9 must be full later, and this is full at 0.9"),
        ("[lot.alerts]\nnearly_full = 1.1", "", "7:15", "nearly full at 1.1 must be full later, and this is full at 1"),
        ("[lot.alerts]\nhysteresis = -0.1", "", "7:14", "`hysteresis` must lie between 0 and 0.5"),
        ("[lot.alerts]\nclosing = \"10 pm\"", "", "7:11", "`closing` is no time of day"),
        ("[lot.alerts]\nclosing = \"24:00\"", "", "7:11", "`closing` is no time of day"),
        ("[lot.alerts]\nclosing = \"22:10\"", "", "7:11", "`closing` must be on a quarter of an hour"),
        ("[lot.alerts]\nclosing = 22", "", "7:11", "`closing` must be a string in quotes, and this is integer"),
        ("[lot.alerts]\nimbalance = -1", "", "7:13", "`imbalance` must lie between 0 and 100000"),
        ("[lot.alerts]\nfill = 1", "", "7:8", "`fill` must be true or false, and this is integer"),
        ("alerts = true", "", "6:10", "`alerts` must be a table, [alerts], and this is boolean"),
        ("", "[alerts]\ncamera_down_s = 1", "17:17", "`camera_down_s` must lie between 10 s and a day, or be 0"),
        ("", "[alerts]\nsilent_line = true", "17:1", "unknown key `silent_line`"),
        ("", "[alerts]\nsilent_lines = \"no\"", "17:16", "`silent_lines` must be true or false, and this is string"),
    ] {
        let shown = parse(lot, site).expect_err(message).to_string();
        assert!(
            shown.contains(message) && shown.contains(&format!("cameras.toml:{place}\n")),
            "{place} {message}:\n{shown}"
        );
    }
}

#[test]
fn what_has_no_effect_is_warned_of() {
    for (lot, message) in [
        ("[lot.alerts]\nnearly_full = 0.8", "how full a lot without a `capacity` is is not known"),
        ("capacity = 10\n[lot.alerts]\nimbalance = 8", "`imbalance` is judged at `closing`, and there is none"),
    ] {
        let warnings = parse(lot, "").unwrap_or_else(|report| panic!("{report}")).1.to_string();
        assert!(warnings.contains(message), "{warnings}");
    }
}
