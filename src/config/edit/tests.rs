//! Golden texts, and that nothing else changes whatever the text looks like.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::config::{Config, expected};
use crate::diagnostics::TomlFile;

const SITE: &str = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"main\"\n[[lot]]\nname = \"deck\"\n";

fn config(text: &str) -> Config {
    let file = TomlFile { path: PathBuf::from("cameras.toml"), text: text.to_owned() };
    Config::from_file(file).map(|(config, _)| config).unwrap_or_else(|report| panic!("{report}\nin\n{text}"))
}

/// Applies a file of lines, checks what holds of every application, and gives the new text.
fn apply(text: &str, lines: &str, replace: bool) -> String {
    let before = config(text);
    let file = TomlFile { path: PathBuf::from("lines.toml"), text: lines.to_owned() };
    let (wanted, _) = CameraLines::read(file, &before).unwrap_or_else(|report| panic!("{report}"));
    let edited = edit_lines(text, &wanted, replace).unwrap();
    assert_eq!(config(&edited.text).cameras, expected(&before, &wanted, replace), "{}", edited.text);
    let again = edit_lines(&edited.text, &wanted, replace).unwrap();
    assert_eq!((again.text.as_str(), again.changes.len()), (edited.text.as_str(), 0), "twice is once");
    assert_eq!(edited.changes.is_empty(), edited.text == text);
    edited.text
}

const GATE: &str = "
# North.
  [[camera]] # the gate
  name = \"north\"
  source = \"rtsp://192.0.2.1/\"   # a camera

    # Standing at A.
    [[ camera . line ]]
    name = \"gate\"   # gate
    a = [0.10,   # left
         0.5]
    b = [0.9, 0.5]
    exit = 'main'  # out
    # other_side = \"deck\"

# South.
[[camera]]
name = \"south\"
source = \"rtsp://192.0.2.2/\"
[[camera.line]]
name = \"gate\"
a = [0.1, 0.5]
b = [0.9, 0.5]
exit = \"main\"";

#[test]
fn values_are_replaced_where_they_stand_and_new_lines_come_after_the_old_ones() {
    let lines = "[[camera]]\nname = \"north\"\nregion = [0, 0.25, 1, 0.75]
        line = [{ name = \"gate\", a = [0.2, 0.5], b = [0.9, 0.5], entry = \"main\", exit = \"deck\" },
                { name = \"exit only\", a = [0.3, 0.5], b = [0.9, 0.6], exit = \"main\", other_side = \"deck\" }]";
    let changed = GATE
        .replacen("   # a camera\n", "   # a camera\n  region = [0.0, 0.25, 1.0, 0.75]\n", 1)
        .replacen("0.10,", "0.2,", 1)
        .replacen("    exit = 'main'", "    entry = \"main\"\n    exit = \"deck\"", 1)
        .replacen(
            "# other_side = \"deck\"\n",
            "# other_side = \"deck\"\n\n    [[ camera . line ]]\n    name = \"exit only\"\n    a = [0.3, 0.5]\n    \
             b = [0.9, 0.6]\n    exit = \"main\"\n    other_side = \"deck\"\n",
            1,
        );
    assert_eq!(apply(&format!("{SITE}{GATE}"), lines, false), format!("{SITE}{changed}"));
    let windows = |text: &str| format!("\u{feff}{SITE}{text}").replace('\n', "\r\n");
    assert_eq!(apply(&windows(GATE), lines, false), windows(&changed));
}

#[test]
fn the_end_of_a_file_needs_no_line_end() {
    let new = "name = \"new\"\na = [0.3, 0.5]\nb = [0.9, 0.6]\nexit = \"main\"";
    let lines = format!("[[camera]]\nname = \"south\"\n[[camera.line]]\n{new}");
    let text = format!("{SITE}{GATE}");
    assert_eq!(apply(&text, &lines, false), format!("{text}\n\n[[camera.line]]\n{new}"));
    let lines = "[[camera]]\nname = \"south\"\n[[camera.line]]\nname = \"gate\"\na = [0.1, 0.5]\nb = [0.9, 0.5]
        exit = \"main\"\nother_side = \"deck\"";
    assert_eq!(apply(&text, lines, false), format!("{text}\nother_side = \"deck\""));
}

#[test]
fn others_go_only_when_that_is_asked_for() {
    let text = format!(
        "{SITE}{GATE}\n\n[[camera.line]]\nname = \"two\" # second\na = [0, 0.4]\nb = [1, 0.4]\nentry = \"main\"\n# end\n\n\
         [alerts]\nsilent_lines = false\n"
    );
    let lines = "[[camera]]\nname = \"south\"\n[[camera.line]]\nname = \"gate\"\na = [0.1, 0.5]\nb = [0.9, 0.5]
        exit = \"main\"";
    assert_eq!(apply(&text, lines, false), text);
    assert_eq!(apply(&text, lines, true), format!("{SITE}{GATE}\n\n[alerts]\nsilent_lines = false\n"));
    let other = lines.replace("\"gate\"", "\"other\"");
    let all_others = apply(&text, &other, true);
    assert!(all_others.contains("name = \"other\"") && !all_others.contains("second"), "{all_others}");
    assert!(all_others.ends_with("\n[alerts]\nsilent_lines = false\n"), "{all_others}");
}

#[test]
fn inline_tables_are_edited_in_place() {
    let site = "site = { name = \"s\", time_zone = \"UTC\" }\nlot = [{ name = \"main\" }, { name = \"deck\" }]\n";
    let camera = "camera = [{ name = \"north\", source = \"rtsp://192.0.2.1/\", line = [";
    let text = format!(
        "{site}{camera}{{ name = \"gate\", a = [0, 0.5], b = [1, 0.5], exit = \"main\", other_side = \"deck\" }}] }}]"
    );
    let one = "[[camera]]\nname = \"north\"\nregion = [0, 0, 1, 1]\n[[camera.line]]\nname = \"gate\"\na = [0, 0.5]
        b = [1, 0.6]\nentry = \"main\"\n";
    let new = "[[camera.line]]\nname = \"new\"\na = [0.1, 0.5]\nb = [1, 0.6]\nexit = \"main\"\n";
    let region = camera.replace("/\",", "/\", region = [0.0, 0.0, 1.0, 1.0],");
    let gate = "{ name = \"gate\", a = [0, 0.5], b = [1, 0.6], entry = \"main\" }";
    assert_eq!(apply(&text, one, false), format!("{site}{region}{gate}] }}]"));
    let two = "{ name = \"new\", a = [0.1, 0.5], b = [1.0, 0.6], exit = \"main\" }";
    assert_eq!(apply(&text, &format!("{one}{new}"), false), format!("{site}{region}{gate}, {two}] }}]"));
    assert_eq!(
        apply(&text, &format!("[[camera]]\nname = \"north\"\n{new}"), true),
        format!("{site}{camera}{two}] }}]")
    );
}

#[test]
fn a_list_that_has_a_line_for_each_is_continued_so() {
    let line = |name: &str| format!("{{ name = \"{name}\", a = [0.1, 0.5], b = [0.9, 0.5], exit = \"main\" }}");
    let text = |lines: &str| {
        format!("{SITE}[[camera]]\nname = \"north\"\nline = [\n{lines}\n] # lines\nsource = \"rtsp://192.0.2.1/\"\n")
    };
    let (gate, two, new) = (line("gate"), line("two"), line("new"));
    let lines = |name: &str| format!("[[camera]]\nname = \"north\"\nline = [{}]", line(name));
    for (before, after) in [
        (format!("  {gate}, # one"), format!("  {gate}, # one\n  {new},")),
        (format!("  {gate} # one"), format!("  {gate}, # one\n  {new}")),
        (format!("  {gate},\n  {two}"), format!("  {gate},\n  {two},\n  {new}")),
    ] {
        assert_eq!(apply(&text(&before), &lines("new"), false), text(&after));
    }
    assert_eq!(apply(&text(&format!("  {gate},\n  {two},\n  {new}")), &lines("two"), true), text(&format!("  {two}")));
}

#[test]
fn what_is_wrong_with_a_file_of_lines_is_told_with_its_place() {
    let config = config(&format!("{SITE}{GATE}"));
    let lines = "[[camera]]\nname = \"nort\"\n[[camera.line]]\nname = \"Gate\"\na = [0.1, 1.5]\nb = [0.9, 0.5]
exit = \"mian\"\n[[camera]]\nname = \"south\"\nsource = \"x\"\n[[camera.line]]\nname = \"GATE\"\na = [0.1, 0.5]\nb = [0.9]\n";
    let file = TomlFile { path: PathBuf::from("lines.toml"), text: lines.to_owned() };
    let report = CameraLines::read(file, &config).unwrap_err().to_string();
    for told in [
        "lines.toml:2:8",
        "there is no camera `nort`",
        "did you mean `north`?",
        "lines.toml:5:5",
        "`a` lies outside the picture",
        "lines.toml:7:8",
        "there is no lot `mian`",
        "lines.toml:10:1",
        "unknown key `source`",
        "lines.toml:12:8",
        "the camera `south` has a line called `gate`",
        "lines.toml:14:5",
        "`b` must be a list of 2 numbers",
        "this line belongs to no lot",
    ] {
        assert!(report.contains(told), "no {told} in\n{report}");
    }
    let empty = TomlFile { path: PathBuf::from("lines.toml"), text: String::new() };
    let report = CameraLines::read(empty, &config).unwrap_err().to_string();
    assert!(report.contains("`camera` is missing here"), "{report}");
}

/// A line of a configuration or of a file of lines: name, places, entry, exit, other side.
type Drawn = (usize, [u8; 4], Option<bool>, Option<bool>);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let line = (0..5usize, any::<[u8; 4]>(), any::<Option<bool>>(), any::<Option<bool>>());
    prop::collection::vec(line, 1..5)
}

/// The keys of each line, of which no two have the same name.
fn keys(drawn: &[Drawn]) -> Vec<Vec<String>> {
    let lot = |deck: bool| if deck { "\"deck\"" } else { "'main'" };
    let mut known = Vec::new();
    let fresh = drawn.iter().filter(|(name, ..)| {
        !known.contains(name) && {
            known.push(*name);
            true
        }
    });
    let line = |(name, [ax, ay, bx, by], entry, exit): &Drawn| {
        let place = |share: &u8| f64::from(*share) / 512.0;
        let mut keys = vec![
            format!("b = [{}, {}]", 0.5 + place(bx), place(by)),
            format!("name = \"line {name}\""),
            format!("a = [{}, {}]", place(ax), place(ay)),
        ];
        keys.extend(entry.map(|deck| format!("entry = {}", lot(deck))));
        let exit = exit.or(if entry.is_none() { Some(true) } else { None });
        keys.extend(exit.map(|deck| format!("exit = {}", lot(deck))));
        keys
    };
    fresh.map(line).collect()
}

/// A camera with these lines, in one of the forms that TOML has.
fn camera(name: &str, lines: &[Vec<String>], form: u8) -> String {
    let inline = || lines.iter().map(|keys| format!("{{ {} }}", keys.join(", ")));
    let head =
        format!("# The camera {name}.\n[[camera]]\nsource = \"rtsp://192.0.2.1/{name}\" # {name}\nname = \"{name}\"\n");
    match form % 3 {
        0 => {
            let line =
                |keys: &Vec<String>| format!("\n# A line.\n[[camera.line]] # line\n{} # end\n", keys.join(" # key\n"));
            head + &lines.iter().map(line).collect::<String>()
        }
        1 => format!("{head}line = [{}] # lines\n", inline().collect::<Vec<_>>().join(", ")),
        _ => format!("{head}line = [\n\t{}, # last\n]\n", inline().collect::<Vec<_>>().join(", # line\n\t")),
    }
}

proptest! {
    #[test]
    fn whatever_is_applied_twice_is_once_and_all_else_stays(
        before in drawn(), lines in drawn(), other in drawn(), form in any::<u8>(), replace in any::<bool>(),
        windows in any::<bool>(),
    ) {
        let site = SITE.replace("[[lot]]", "# A lot.\n[[lot]]");
        let other = camera("other", &keys(&other), form / 3);
        let text = format!("{site}{}{other}", camera("north", &keys(&before), form));
        let ends = |text: String| if windows { text.replace('\n', "\r\n") } else { text };
        let (site, other, text) = (ends(site), ends(other), ends(text));
        let lines = format!("[[camera]]\nname = 'north'\nline = [{}]",
            keys(&lines).iter().map(|keys| format!("{{ {} }}", keys.join(", "))).collect::<Vec<_>>().join(", "));
        let done = apply(&text, &lines, replace);
        prop_assert!(done.starts_with(&site) && done.ends_with(&other), "{done}");
        prop_assert_eq!(windows, done.matches('\n').count() == done.matches("\r\n").count());
        let comments = |text: &str| text.matches("# The camera north.").count() + text.matches(" # north").count();
        prop_assert_eq!(comments(&done), 2);
    }
}
