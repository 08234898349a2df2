//! Writes counting lines into the text of a cameras.toml. The only place that names toml_edit, which tells where everything
//! stands; the text itself is changed byte by byte, so that comments, order, blanks and line ends stay.
//!
//! The text is one that [`Config`](super::Config) has found valid, which leaves two forms of a camera and of a line: a table
//! headed `[[camera]]` or `[[camera.line]]`, and an inline table in a list.

mod line_table;
mod new_file;
mod splice;
#[cfg(test)]
mod tests;

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use self::line_table::{Wanted, keys_of, new_inline, new_table, set_keys, text_of};
use self::splice::Splices;
use super::{CameraLines, Line};

pub use self::new_file::LinesText;

/// A text with lines written in, and what became different.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    pub text: String,
    /// In the order of the lines that were asked for; empty: the text is the same.
    pub changes: Vec<Change>,
}

/// What became different of a camera or of one of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub camera: String,
    /// `None`: the camera itself.
    pub line: Option<String>,
    /// Keys with their values, as in `exit = "main"`.
    pub removed: Vec<String>,
    pub added: Vec<String>,
}

/// The text has a form that cannot be edited here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lines of camera `{camera}` are written in a form that cannot be changed here: change them by hand")]
pub struct Unreachable {
    camera: String,
}

/// A table as it stands in the text.
#[derive(Clone)]
struct Place<'a> {
    table: &'a dyn TableLike,
    /// Of `[[...]]`, or of all of an inline table.
    span: Range<usize>,
    inline: bool,
}

impl Place<'_> {
    fn name(&self) -> Option<&str> {
        self.table.get("name").and_then(Item::as_str)
    }

    /// The end of its last key and value.
    fn end(&self) -> usize {
        keys_of(self).last().map_or(self.span.end, |key| key.range.end)
    }
}

/// Writes lines and regions. With `replace` cameras that are named lose their other lines.
pub fn edit_lines(text: &str, wanted: &[CameraLines], replace: bool) -> Result<Edited, Unreachable> {
    let mut splices = Splices::of(text);
    let mut changes = Vec::new();
    let document = Document::parse(text).ok();
    for wanted in wanted {
        let unreachable = || Unreachable { camera: wanted.camera.clone() };
        let cameras = document.as_ref().and_then(|document| places(document.get("camera")?)).ok_or_else(unreachable)?;
        let camera =
            cameras.iter().find(|camera| camera.name() == Some(wanted.camera.as_str())).ok_or_else(unreachable)?;
        edit_camera(camera, wanted, replace, &mut splices, &mut changes).ok_or_else(unreachable)?;
    }
    let unreachable = || Unreachable { camera: wanted.first().map_or(String::new(), |wanted| wanted.camera.clone()) };
    Ok(Edited { text: splices.apply().ok_or_else(unreachable)?, changes })
}

/// The tables of a list of tables, in either form, in the order of the text.
fn places(item: &Item) -> Option<Vec<Place<'_>>> {
    match item {
        Item::ArrayOfTables(tables) => {
            tables.iter().map(|table| Some(Place { table, span: table.span()?, inline: false })).collect()
        }
        Item::Value(Value::Array(list)) => {
            let tables = list
                .iter()
                .map(|value| Some(Place { table: value.as_inline_table()?, span: value.span()?, inline: true }));
            tables.collect()
        }
        _ => None,
    }
}

fn edit_camera(
    camera: &Place,
    wanted: &CameraLines,
    replace: bool,
    splices: &mut Splices,
    changes: &mut Vec<Change>,
) -> Option<()> {
    if let Some(region) = &wanted.region {
        let region = Wanted::Numbers(vec![region.x1, region.y1, region.x2, region.y2]);
        let (removed, added) = set_keys(camera, &[("region", region)], splices)?;
        note(wanted, None, removed, added, changes);
    }
    let lines = places(camera.table.get("line")?)?;
    let find = |line: &Line| lines.iter().find(|known| known.name() == Some(line.name.as_str()));
    for line in &wanted.lines {
        if let Some(known) = find(line) {
            let (removed, added) = set_keys(known, &values(line), splices)?;
            note(wanted, Some(line), removed, added, changes);
        }
    }
    let new: Vec<&Line> = wanted.lines.iter().filter(|line| find(line).is_none()).collect();
    let is_kept = |known: &Place| !replace || wanted.lines.iter().any(|line| known.name() == Some(line.name.as_str()));
    let kept: Vec<bool> = lines.iter().map(is_kept).collect();
    if lines.first()?.inline {
        edit_list(&lines, &kept, &new, splices)?;
    } else {
        edit_tables(&lines, &kept, &new, splices)?;
    }
    for (line, _) in lines.iter().zip(&kept).filter(|(_, kept)| !**kept) {
        let removed = keys_of(line).iter().map(|key| format!("{} = {}", key.name, key.shown)).collect();
        let line = line.name()?.to_owned();
        changes.push(Change { camera: wanted.camera.clone(), line: Some(line), removed, added: Vec::new() });
    }
    for line in new {
        let added = line_keys(line);
        note(wanted, Some(line), Vec::new(), added, changes);
    }
    Some(())
}

fn note(
    wanted: &CameraLines,
    line: Option<&Line>,
    removed: Vec<String>,
    added: Vec<String>,
    changes: &mut Vec<Change>,
) {
    if !removed.is_empty() || !added.is_empty() {
        let line = line.map(|line| line.name.clone());
        changes.push(Change { camera: wanted.camera.clone(), line, removed, added });
    }
}

/// What a line has besides its name, in the usual order.
fn values(line: &Line) -> [(&'static str, Wanted); 5] {
    let segment = &line.segment;
    [
        ("a", Wanted::Numbers(vec![segment.a.x, segment.a.y])),
        ("b", Wanted::Numbers(vec![segment.b.x, segment.b.y])),
        ("entry", Wanted::Name(line.entry.clone())),
        ("exit", Wanted::Name(line.exit.clone())),
        ("other_side", Wanted::Name(line.other_side.clone())),
    ]
}

/// `name = "gate"` and the rest.
fn line_keys(line: &Line) -> Vec<String> {
    let name = ("name", Wanted::Name(Some(line.name.clone())));
    let keys = std::iter::once(name).chain(values(line));
    keys.filter_map(|(key, wanted)| Some(format!("{key} = {}", text_of(&wanted)?))).collect()
}

/// Lines that are tables of their own.
fn edit_tables(lines: &[Place], kept: &[bool], new: &[&Line], splices: &mut Splices) -> Option<()> {
    let last = lines.last()?;
    let after = |line: &Place, splices: &Splices| splices.past_comments(splices.line_end(line.end()));
    for (line, _) in lines.iter().zip(kept).filter(|(_, kept)| !**kept) {
        let (start, mut end) = (splices.line_start(line.span.start), after(line, splices));
        // No two blank lines where there was one on each side; what is new begins with its own after the last line.
        let blank_before = start > 0 && splices.is_blank_line(splices.line_start(start - 1));
        let is_followed = line.span == last.span && !new.is_empty();
        if blank_before && !is_followed && splices.is_blank_line(end) {
            end = splices.line_end(end);
        }
        splices.remove(start..end);
    }
    let end = after(last, splices);
    let indents = (splices.indent(last.span.start), splices.indent(last.end()));
    let head = splices.text().get(last.span.clone())?;
    for line in new {
        let lines = new_table(head, indents, line);
        // After whole lines the byte before the end is a line end, and the text begins a line.
        let newline = splices.newline();
        if splices.text()[..end].ends_with('\n') {
            splices.insert(end, format!("{newline}{}{newline}", lines.join(newline)));
        } else {
            splices.insert(end, format!("{newline}{newline}{}", lines.join(newline)));
        }
    }
    Some(())
}

/// Lines that are inline tables of one list.
fn edit_list(lines: &[Place], kept: &[bool], new: &[&Line], splices: &mut Splices) -> Option<()> {
    let texts: Vec<String> = new.iter().map(|line| new_inline(&line_keys(line))).collect();
    let (first, last) = (lines.first()?, lines.last()?);
    let text = splices.text();
    let (start, end) = (first.span.start, last.span.end);
    // One below the other where the lines are, or where the only one has a line of its own.
    let own_line = text[splices.line_start(start)..start].trim().is_empty();
    let between = if own_line { format!(",{}{}", splices.newline(), splices.indent(start)) } else { ", ".to_owned() };
    if !kept.contains(&true) {
        splices.replace(start..end, texts.join(&between));
        return Some(());
    }
    remove_runs(lines.iter().map(|line| line.span.clone()).zip(kept.iter().copied()), splices);
    if texts.is_empty() {
        return Some(());
    }
    let rest = &text[end..splices.line_end(end)];
    let after_comma = rest.trim_start().strip_prefix(',');
    let added = texts.join(&between);
    if !own_line {
        splices.insert(end, format!("{between}{added}"));
    } else if after_comma.is_some_and(|after| after.trim().is_empty() || after.trim_start().starts_with('#')) {
        // Its comment stays beside the line that was the last.
        splices.insert(splices.line_end(end), format!("{}{added},{}", splices.indent(start), splices.newline()));
    } else if after_comma.is_none() && (rest.trim().is_empty() || rest.trim_start().starts_with('#')) {
        splices.insert(end, ",");
        splices.insert(splices.line_end(end), format!("{}{added}{}", splices.indent(start), splices.newline()));
    } else {
        splices.insert(end, format!("{between}{added}"));
    }
    Some(())
}

/// Takes off things that commas part, of which at least one is kept, with one comma for each.
fn remove_runs(things: impl Iterator<Item = (Range<usize>, bool)>, splices: &mut Splices) {
    let (mut kept_end, mut run): (Option<usize>, Option<Range<usize>>) = (None, None);
    for (range, kept) in things {
        match (kept, run.take()) {
            (true, Some(run)) => {
                splices.remove(run.start..range.start);
                kept_end = Some(range.end);
            }
            (true, None) => kept_end = Some(range.end),
            (false, before) => run = Some(before.map_or(range.start, |before| before.start)..range.end),
        }
    }
    if let (Some(run), Some(kept_end)) = (run, kept_end) {
        splices.remove(kept_end..run.end);
    }
}
