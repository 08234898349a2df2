//! Faults in cameras.toml: all told at once, each with its place and a hint, none with a password, and never a panic.

use std::path::Path;

use lotcount::config::{Config, Source};
use lotcount::diagnostics::{Report, TomlFile};
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, TestRunner};

const BUNDLED: &str = include_str!("../cameras.toml");

/// Parses a text as if it stood in the project's folder, where the bundled model is.
fn parse(text: &str) -> Result<(Config, Report), Report> {
    Config::from_file(TomlFile { path: "cameras.toml".into(), text: text.to_owned() })
}

fn faults(text: &str) -> String {
    parse(text).expect_err("a faulty text was accepted").to_string()
}

const SITE: &str = "[site]\nname = \"s\"\ntime_zone = \"Europe/Berlin\"\n[[lot]]\nname = \"main\"\n";
const LINE: &str =
    "[[camera.line]]\nname = \"gate\"\na = [0.2, 0.5]\nb = [0.8, 0.5]\nentry = \"main\"\nexit = \"main\"\n";

/// A valid site whose camera has these further rows.
fn with_camera(rows: &str) -> String {
    format!("{SITE}[[camera]]\nname = \"c\"\n{rows}\n{LINE}")
}

#[test]
fn the_bundled_example_is_valid_and_gives_no_warning() {
    let (config, warnings) = Config::load(Path::new("cameras.toml")).unwrap_or_else(|report| panic!("{report}"));
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!((config.lots.len(), config.cameras.len()), (2, 2));
    let start = "2026-06-15T05:00:00Z".parse::<jiff::Timestamp>().unwrap();
    assert!(matches!(&config.cameras[0].source, Source::Recording { start: Some(at), .. } if *at == start.into()));
}

/// The commented-out parts of the example are true as well.
#[test]
fn the_examples_in_the_comments_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("ramp.password");
    std::fs::write(&password, "s3cret\n").unwrap();
    let commented = BUNDLED.split_once("# A network camera.").unwrap().1;
    let mut text = BUNDLED.to_owned();
    for line in commented.lines().filter_map(|line| line.strip_prefix("# ")) {
        if line.starts_with('[') || line.contains(" = ") {
            text.push_str(line);
            text.push('\n');
        }
        if line.starts_with("source") && !line.contains("192.0.2.11") {
            text.push_str(LINE);
        }
    }
    let text = text.replace("/etc/lotcount/ramp.password", password.to_str().unwrap());
    // No other test of this process reads or sets this variable.
    unsafe { std::env::set_var("NORTH_GATE_PASSWORD", "p@ss/word") };
    let config = parse(&text).unwrap_or_else(|report| panic!("{report}")).0;
    let Source::Stream(url) = &config.cameras[2].source else { panic!("{:?}", config.cameras[2].source) };
    assert_eq!(url.reveal(), "rtsp://viewer:p%40ss%2Fword@192.0.2.10/stream2");
    assert_eq!(url.to_string(), "rtsp://viewer:***@192.0.2.10/stream2");
    let Source::Stream(ramp) = &config.cameras[3].source else { panic!("{:?}", config.cameras[3].source) };
    assert_eq!(ramp.reveal(), "rtsp://viewer:s3cret@192.0.2.11/stream2");
    assert!(!format!("{config:?}").contains("s3cret") && !format!("{config:?}").contains("p%40ss"));
}

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    let shown = Config::load(Path::new("tests/config/faulty.toml")).unwrap_err().to_string();
    for (place, message) in [
        ("faulty.toml:3:13", "unknown time zone `Europe/Berlim`"),
        ("faulty.toml:7:12", "`capacity` is no number of spaces"),
        ("faulty.toml:11:10", "a camera cannot be read by `rstp`"),
        ("faulty.toml:12:20", "`looks_per_second` must lie between 1 and 60"),
        ("faulty.toml:13:10", "unknown anchor `center`"),
        ("faulty.toml:14:9", "the model's file"),
        ("faulty.toml:20:5", "this end of the line lies outside the camera's `region`"),
        ("faulty.toml:21:1", "unknown key `entery`"),
        ("faulty.toml:22:8", "there is no lot `mian`"),
        ("faulty.toml:25:8", "there is another line of this camera called `IN` above"),
        ("faulty.toml:27:5", "`a` and `b` are the same place"),
        ("faulty.toml:31:8", "there is another camera called `gate` above"),
        ("faulty.toml:32:10", "`source` must be a string in quotes, and this is integer"),
        ("faulty.toml:33:1", "unknown key `password`"),
        ("faulty.toml:38:5", "`b` must be a list of 2 numbers, and this is array"),
        ("faulty.toml:35:1", "this line belongs to no lot"),
    ] {
        let block =
            shown.split("\n\n").find(|block| block.contains(message)).unwrap_or_else(|| panic!("{message}:\n{shown}"));
        assert!(block.contains(place), "{message} is not at {place}:\n{block}");
    }
    for hint in
        ["did you mean `Europe/Berlin`?", "did you mean `rtsp`?", "did you mean `entry`?", "did you mean `main`?"]
    {
        assert!(shown.contains(hint), "{hint} is missing:\n{shown}");
    }
    assert!(!shown.contains("s3cret"), "{shown}");
}

/// The form in which a fault is shown, to the letter: people and editors read it.
#[test]
fn a_fault_is_shown_with_line_caret_and_hint() {
    let text = format!("{}entery = \"main\"\n", with_camera("source = \"rtsp://192.0.2.1/\""));
    let expected = "\
error: unknown key `entery`
  --> cameras.toml:15:1
   |
15 | entery = \"main\"
   | ^^^^^^
   |
   = help: did you mean `entry`?";
    assert_eq!(faults(&text), expected);
}

#[test]
fn a_table_of_faults_and_warnings() {
    let source = "source = \"cameras.toml\"\n";
    let line = |a: &str, b: &str| {
        format!(
            "{SITE}[[camera]]\nname = \"c\"\n{source}[[camera.line]]\nname = \"l\"\na = {a}\nb = {b}\nentry = \"main\"\n"
        )
    };
    let errors = [
        (String::new(), "`site` is missing here"),
        (SITE.to_owned(), "there is no camera"),
        (format!("{SITE}[[camera]]\nname = \"c\"\n{source}"), "this camera has no counting line"),
        (with_camera("source = \"rtsp://\""), "this address names no host"),
        (with_camera("source = \"\""), "`source` is empty"),
        (with_camera("source = \"viewer:s3cret@h/1\""), "looks like an address without its scheme"),
        (with_camera("source = \"rtsp:/h/1\""), "looks like an address without its scheme"),
        (format!("{}rtsp_transport = \"quic\"\n", SITE.split("[[lot]]").next().unwrap()), "unknown transport `quic`"),
        (with_camera("source = \"/dev/videoX\""), "is no video device"),
        (with_camera("source = \"rtsp://u:${NO_SUCH_VARIABLE}@h/\""), "`NO_SUCH_VARIABLE` is not set"),
        (with_camera("source = \"rtsp://h/${OPEN\""), "without a closing"),
        (with_camera("source = \"rtsp://h/\"\npassword_file = \"no-such-file\""), "no-such-file cannot be read"),
        (with_camera("source = \"rtsp://h/\"\nstart = 2026-06-15T07:00:00"), "only a recording has a `start`"),
        (with_camera(&format!("{source}username = \"u\"")), "only a network camera has a user name"),
        (with_camera(&format!("{source}start = 2026-10-25T02:30:00")), "it comes twice, or not at all"),
        (with_camera(&format!("{source}start = 2026-03-29T02:30:00")), "it comes twice, or not at all"),
        (with_camera(&format!("{source}start = 2026-03-29")), "`start` needs a date and a time"),
        (with_camera(&format!("{source}score = 1.5")), "`score` must lie between 0 and 1"),
        (with_camera(&format!("{source}region = [0.9, 0.1, 0.1, 0.9]")), "`region` must be"),
        (with_camera(&format!("{source}name = \"d\"")), "this is not TOML"),
        (format!("{SITE}inference = 3\n"), "unknown key `inference`"),
        (line("[0.2, 0.5]", "[1.2, 0.5]"), "`b` lies outside the picture"),
        (line("[0.2, nan]", "[0.8, 0.5]"), "`a` must be a list of 2 numbers"),
        (with_camera(source).replace("name = \"c\"", "name = \"a/b\""), "cannot be used as a file name"),
        (with_camera(source).replace("name = \"c\"", "name = \"\""), "this camera's name is empty"),
        (format!("{}other_side = \"main\"\n", with_camera(source)), "both sides of the line are the same lot"),
    ];
    for (text, message) in errors {
        let shown = faults(&text);
        assert!(shown.contains(message), "{message} is not in:\n{shown}\n--- for\n{text}");
    }
    let warnings = [
        (line("[0.2, 0.98]", "[0.8, 0.98]"), "too near to the picture's edge"),
        (line("[0.5, 0.5]", "[0.52, 0.5]"), "this line is very short"),
        (with_camera("source = \"no-such.mp4\""), "there is no file"),
        (with_camera(source), "dated by its file's modification time"),
        (with_camera(&format!("{source}looks_per_second = 2")), "fast cars are missed"),
        (
            with_camera(source).replace("name = \"main\"\n[[camera]]", "name = \"main\"\ncapacity = 0\n[[camera]]"),
            "always full",
        ),
        (with_camera(source).replace("[[camera]]", "[[lot]]\nname = \"unused\"\n[[camera]]"), "the lot `unused`"),
    ];
    for (text, message) in warnings {
        let shown = parse(&text).unwrap_or_else(|report| panic!("{report}\n--- for\n{text}")).1.to_string();
        assert!(shown.contains(message), "{message} is not in:\n{shown}\n--- for\n{text}");
    }
}

#[test]
fn no_secret_is_shown_wherever_it_was_typed() {
    for row in [
        "source = \"rtps://viewer:s3cret@h/\"",
        "source = \"rtsp://viewer:s3cret@/x\"",
        "source = \"rtsp://viewer:s3/cr:s3cret@et@h:port/\"",
        "source = \"http://h/video?user=a&password=s3cret&x\"\nscore = 7",
        "source = \"http://h/video?Token=s3cret\"\nusernam = \"x\"",
        "source = \"rtsp://h\"\npassword = \"s3cret\"",
        "source = \"rtsp://h\"\nauth_token = 's3cret'",
        "source = \"rtsp://viewer:s3cret@h\nscore = 0.5",
        "source = rtsp://viewer:my s3cret@h/",
        "source = \"viewer:s3cret@h/1\"",
        "source = \"rtsp://viewer:s3cret\"",
        "source = \"rtsp://viewer:p\"s3cret@h/\"",
        "source = \"rtsp://h\"\npassword = s3cret",
        "source = \"rtsp://h\"\npassword = \"\"\"\ns3cret\"\"\"",
        "source = \"/dev/video:s3cret@h\"",
        "source = \"rtsp://h\"\nanchor = \"rtsp://viewer:s3cret@h\"",
    ] {
        let text = format!("{}x = 1\n", with_camera(row));
        let report = parse(&text).expect_err("a faulty text was accepted");
        for shown in [report.to_string(), format!("{report:?}"), report.in_one_line()] {
            assert!(!shown.contains("s3cret"), "{row}:\n{shown}");
        }
        let file = TomlFile { path: "cameras.toml".into(), text };
        assert!(!format!("{file:?}").contains("s3cret"));
    }
}

#[test]
fn an_open_bracket_is_one_fault_at_its_place() {
    for (row, place) in [
        ("source = \"rtsp://h/\"\nregion = [0.1, 0.2, 0.8, 1", "cameras.toml:9:10"),
        ("source = \"rtsp://h/\"\nregion = [[0.1], [0.2\nscore = 0.3", "cameras.toml:9:10"),
    ] {
        let report = parse(&with_camera(row)).expect_err("a faulty text was accepted");
        let shown = report.to_string();
        assert_eq!(report.faults().len(), 1, "{shown}");
        assert!(shown.contains(place) && shown.contains("the bracket is never closed"), "{shown}");
    }
    // Two slips in two lines are two faults, and no more than that of the slips.
    let shown = faults(&with_camera("source = \"rtsp://h/\"\nscore = 0..3\nanchor = \"centre"));
    assert_eq!(shown.matches("this is not TOML").count(), 2, "{shown}");
}

/// One change of a text, as slips of the hand and of programs make them.
#[derive(Clone, Debug)]
enum Slip {
    Delete(usize, usize),
    Insert(usize, String),
    DoubleLine(usize),
    SwapLines(usize, usize),
    Truncate(usize),
    Replace(usize, &'static str),
}

fn slips() -> impl Strategy<Value = Vec<Slip>> {
    let at = 0..BUNDLED.len();
    let values = prop::sample::select(vec![
        "-1",
        "1e999",
        "nan",
        "\"\"",
        "[]",
        "[0, 0]",
        "{}",
        "true",
        "9223372036854775808",
        "2026-13-01",
        "\"\u{1f697}\"",
        "'''",
        "[[",
        "\0",
        "\r",
        "\u{202e}",
    ]);
    let slip = prop_oneof![
        (at.clone(), 0..40_usize).prop_map(|(at, length)| Slip::Delete(at, length)),
        (at.clone(), "\\PC{0,12}").prop_map(|(at, text)| Slip::Insert(at, text)),
        (0..120_usize).prop_map(Slip::DoubleLine),
        (0..120_usize, 0..120_usize).prop_map(|(a, b)| Slip::SwapLines(a, b)),
        at.clone().prop_map(Slip::Truncate),
        (0..60_usize, values).prop_map(|(nth, value)| Slip::Replace(nth, value)),
    ];
    prop::collection::vec(slip, 1..5)
}

fn slipped(text: &str, slip: &Slip) -> String {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let mut lines: Vec<&str> = text.lines().collect();
    match slip {
        Slip::Delete(at, length) => format!("{}{}", &text[..boundary(*at)], &text[boundary(at + length)..]),
        Slip::Insert(at, insert) => format!("{}{insert}{}", &text[..boundary(*at)], &text[boundary(*at)..]),
        Slip::Truncate(at) => text[..boundary(*at)].to_owned(),
        Slip::DoubleLine(line) => {
            let line = line % lines.len().max(1);
            if let Some(doubled) = lines.get(line).copied() {
                lines.insert(line, doubled);
            }
            lines.join("\n")
        }
        Slip::SwapLines(a, b) => {
            let count = lines.len().max(1);
            if !lines.is_empty() {
                lines.swap(a % count, b % count);
            }
            lines.join("\n")
        }
        Slip::Replace(nth, value) => {
            let keys: Vec<usize> = text.match_indices(" = ").map(|(at, _)| at + 3).collect();
            match keys.get(nth % keys.len().max(1)) {
                None => text.to_owned(),
                Some(&at) => {
                    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
                    format!("{}{value}{}", &text[..at], &text[end..])
                }
            }
        }
    }
}

#[test]
fn thousands_of_slips_never_panic_and_always_have_a_place() {
    let mut runner = TestRunner::new(Runs { cases: 5_000, failure_persistence: None, ..Runs::default() });
    runner
        .run(&slips(), |slips| {
            let text = slips.iter().fold(BUNDLED.to_owned(), |text, slip| slipped(&text, slip));
            if let Err(report) = parse(&text) {
                prop_assert!(!report.faults().is_empty());
                let lines = text.split('\n').count();
                for fault in report.faults() {
                    let (line, column) = report.place(fault);
                    prop_assert!(line >= 1 && line <= lines && column >= 1, "{line}:{column} of {lines} lines");
                }
                prop_assert!(report.to_string().contains("cameras.toml"));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_is_kept_has_defaults_and_limits() {
    let site = |rows: &str| {
        let site = SITE.replace("[[lot]]", &format!("{rows}[[lot]]"));
        format!("{site}[[camera]]\nname = \"c\"\nsource = \"rtsp://192.0.2.1/\"\n{LINE}")
    };
    let kept = |rows: &str| {
        let site = parse(&site(rows)).unwrap_or_else(|report| panic!("{report}")).0.site;
        (site.backup_folder, site.backups_kept, site.keep_days)
    };
    assert_eq!(kept(""), ("backups".into(), 7, 400));
    assert_eq!(kept("database = \"data/site.db\"\n").0, Path::new("data/backups"));
    let all = "backup_folder = \"/srv/b\"\nbackups_kept = 1\nkeep_days = 2\n";
    assert_eq!(kept(all), ("/srv/b".into(), 1, 2));
    for (rows, place, message) in [
        ("backups_kept = 0\n", "cameras.toml:4:16", "`backups_kept` must lie between 1 and 1000"),
        ("backups_kept = -7\n", "cameras.toml:4:16", "`backups_kept` must lie between 1 and 1000"),
        ("keep_days = 1\n", "cameras.toml:4:13", "`keep_days` must lie between 2 and 100000"),
        ("keep_days = 9000000000\n", "cameras.toml:4:13", "`keep_days` must lie between 2 and 100000"),
        ("keep_days = \"long\"\n", "cameras.toml:4:13", "`keep_days` must be a whole number"),
        ("backup_folder = 7\n", "cameras.toml:4:17", "`backup_folder` must be a string in quotes"),
    ] {
        let shown = faults(&site(rows));
        assert!(shown.contains(place) && shown.contains(message), "{rows}{shown}");
    }
}

/// A site whose first lot has these further rows, with the other lots that they may name.
fn with_lot(rows: &str) -> String {
    let others = "[[lot]]\nname = \"deck\"\nwithin = \"site\"\n[[lot]]\nname = \"site\"\n";
    format!("{SITE}{rows}{others}[[camera]]\nname = \"c\"\nsource = \"rtsp://192.0.2.1/\"\n{LINE}")
}

#[test]
fn lots_lie_within_lots_and_are_reset() {
    let rows = "within = \"deck\"\n[[lot.reset]]\nat = \"04:00\"\n[[lot.reset]]\nat = \"22:30\"\ndays = [\"sun\", \"sat\"]\n\
                overnight = 3\n";
    let (config, warnings) = parse(&with_lot(rows)).unwrap_or_else(|report| panic!("{report}"));
    assert!(warnings.is_empty(), "a line leads into the outer ones, too: {warnings}");
    let within: Vec<_> = config.lots.iter().map(|lot| lot.within.as_deref()).collect();
    assert_eq!(within, [Some("deck"), Some("site"), None]);
    let [every_day, weekend] = &config.lots[0].resets[..] else { panic!("{:?}", config.lots) };
    assert_eq!((every_day.at.to_string().as_str(), every_day.days.len(), every_day.overnight), ("04:00:00", 7, 0));
    let names: Vec<_> = weekend.days.iter().map(|day| format!("{day:?}")).collect();
    assert_eq!((names.join(" ").as_str(), weekend.overnight), ("Saturday Sunday", 3));
    let circle = "cameras.toml:6:10";
    for (rows, place, message) in [
        ("within = \"decks\"\n", "cameras.toml:6:10", "did you mean `deck`?"),
        ("within = \"main\"\n", circle, "the lot `main` lies within itself: main within main"),
        ("[[lot.reset]]\n", "cameras.toml:6:1", "`at` is missing here"),
        ("[[lot.reset]]\nat = \"4:00\"\n", "cameras.toml:7:6", "`4:00` is no time of day"),
        ("[[lot.reset]]\nat = \"24:00\"\n", "cameras.toml:7:6", "`24:00` is no time of day"),
        ("[[lot.reset]]\nat = 04:00:00\n", "cameras.toml:7:6", "`at` must be a string in quotes"),
        ("[[lot.reset]]\nat = \"04:00\"\ndays = [\"mo\"]\n", "cameras.toml:8:8", "`mo` is no day"),
        ("[[lot.reset]]\nat = \"04:00\"\ndays = []\n", "cameras.toml:8:8", "`days` names no day"),
        ("[[lot.reset]]\nat = \"04:00\"\nday = []\n", "cameras.toml:8:1", "did you mean `days`?"),
        ("[[lot.reset]]\nat = \"04:00\"\novernight = -1\n", "cameras.toml:8:13", "is no number of cars"),
        (
            "[[lot.reset]]\nat = \"04:00\"\n[[lot.reset]]\nat = \"04:00\"\ndays = [\"fri\"]\n",
            "cameras.toml:8:1",
            "comes at the same time",
        ),
    ] {
        let shown = faults(&with_lot(rows));
        assert!(shown.contains(place) && shown.contains(message), "{rows}{shown}");
    }
    let ring = with_lot("within = \"deck\"\n")
        .replace("name = \"site\"\n[[camera", "name = \"site\"\nwithin = \"main\"\n[[camera");
    let shown = faults(&ring);
    assert_eq!(shown.matches("lies within itself").count(), 3, "{shown}");
    assert!(shown.contains("main within deck within site within main"), "{shown}");
    let full = with_lot("capacity = 2\n[[lot.reset]]\nat = \"04:00\"\novernight = 3\n");
    let warnings = parse(&full).unwrap_or_else(|report| panic!("{report}")).1.to_string();
    assert!(warnings.contains("3 cars stay overnight, and the lot has 2 spaces"), "{warnings}");
}
