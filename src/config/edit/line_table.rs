//! One table of a line or camera: its keys set in place, or a new one written.

use std::ops::Range;

use toml_edit::{Item, Value};

use super::splice::Splices;
use super::{Line, Place, line_keys, remove_runs};

/// What a key is to have.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    Numbers(Vec<f64>),
    /// `None`: the key is not to be there.
    Name(Option<String>),
}

/// A key with its value, as it stands in the text.
pub struct Key<'a> {
    pub name: &'a str,
    pub item: &'a Item,
    /// From the key to the end of the value.
    pub range: Range<usize>,
    /// The value without the blanks and comments round it.
    pub shown: String,
}

/// The keys of a table in the order of the text; tables below it are not among them.
pub fn keys_of<'a>(place: &Place<'a>) -> Vec<Key<'a>> {
    let table = place.table;
    let mut keys: Vec<Key> = table.iter().filter_map(|(name, item)| key(place, name, item)).collect();
    keys.sort_by_key(|key| key.range.start);
    keys
}

fn key<'a>(place: &Place<'a>, name: &'a str, item: &'a Item) -> Option<Key<'a>> {
    item.as_value()?;
    let start = place.table.key(name)?.span()?.start;
    let shown = match item.as_array() {
        Some(list) => list_text(list.iter().filter_map(number)),
        None => item.as_str().map_or(String::new(), name_text),
    };
    Some(Key { name, item, range: start..item.span()?.end, shown })
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn number_text(number: f64) -> String {
    Value::from(number).to_string()
}

fn list_text(numbers: impl Iterator<Item = f64>) -> String {
    format!("[{}]", numbers.map(number_text).collect::<Vec<_>>().join(", "))
}

fn name_text(name: &str) -> String {
    Value::from(name).to_string()
}

/// A value as TOML; `None` for a key that is not to be there.
pub fn text_of(wanted: &Wanted) -> Option<String> {
    match wanted {
        Wanted::Numbers(numbers) => Some(list_text(numbers.iter().copied())),
        Wanted::Name(name) => name.as_deref().map(name_text),
    }
}

/// Sets keys that are given in their usual order. What was taken off and added, as `key = value`.
pub fn set_keys(
    place: &Place,
    wanted: &[(&'static str, Wanted)],
    splices: &mut Splices,
) -> Option<(Vec<String>, Vec<String>)> {
    let keys = keys_of(place);
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let mut gone: Vec<&str> = Vec::new();
    let mut new: Vec<(&str, String)> = Vec::new();
    for (name, wanted) in wanted {
        let known = keys.iter().find(|key| key.name == *name);
        let text = text_of(wanted);
        match (known, &text) {
            (None, None) => {}
            (None, Some(text)) => new.push((*name, text.clone())),
            (Some(key), None) => gone.push(key.name),
            (Some(key), Some(text)) => {
                if !set_value(key, wanted, text, splices)? {
                    continue;
                }
            }
        }
        removed.extend(known.map(|key| format!("{name} = {}", key.shown)));
        added.extend(text.map(|text| format!("{name} = {text}")));
    }
    if place.inline {
        remove_runs(keys.iter().map(|key| (key.range.clone(), !gone.contains(&key.name))), splices);
    } else {
        for key in keys.iter().filter(|key| gone.contains(&key.name)) {
            splices.remove(splices.line_start(key.range.start)..splices.line_end(key.range.end));
        }
    }
    insert_keys(place, &keys, wanted, &gone, &new, splices)?;
    Some((removed, added))
}

/// Whether the value was another one.
fn set_value(key: &Key, wanted: &Wanted, text: &str, splices: &mut Splices) -> Option<bool> {
    match wanted {
        Wanted::Numbers(numbers) => {
            // Number by number: a list may have comments within.
            let list = key.item.as_array()?;
            let mut is_other = false;
            for (value, wanted) in list.iter().zip(numbers) {
                if number(value)? != *wanted {
                    is_other = true;
                    splices.replace(value.span()?, number_text(*wanted));
                }
            }
            Some(is_other)
        }
        Wanted::Name(name) if key.item.as_str() == name.as_deref() => Some(false),
        Wanted::Name(_) => {
            splices.replace(key.item.span()?, text);
            Some(true)
        }
    }
}

/// Each after the key that usually comes before it, of those that stay; a camera's after the last that it has.
fn insert_keys(
    place: &Place,
    keys: &[Key],
    wanted: &[(&'static str, Wanted)],
    gone: &[&str],
    new: &[(&str, String)],
    splices: &mut Splices,
) -> Option<()> {
    let stays = |name: &str| keys.iter().find(|key| key.name == name && !gone.contains(&name));
    for (name, text) in new {
        let before = wanted.iter().take_while(|(known, _)| known != name);
        let anchor = before.filter_map(|(known, _)| stays(known)).last();
        let last = || keys.iter().rfind(|key| key.name != "line" && !gone.contains(&key.name));
        let anchor = match anchor {
            Some(anchor) => anchor,
            None => last()?,
        };
        if place.inline {
            splices.insert(anchor.range.end, format!(", {name} = {text}"));
        } else {
            let indent = splices.indent(anchor.range.start);
            splices.insert_lines(anchor.range.end, &[format!("{indent}{name} = {text}")]);
        }
    }
    Some(())
}

/// The text lines of a new table, headed as its neighbour and indented as that and its keys are.
pub fn new_table(head: &str, (head_indent, key_indent): (&str, &str), line: &Line) -> Vec<String> {
    let keys = line_keys(line).into_iter().map(|key| format!("{key_indent}{key}"));
    std::iter::once(format!("{head_indent}{head}")).chain(keys).collect()
}

pub fn new_inline(keys: &[String]) -> String {
    format!("{{ {} }}", keys.join(", "))
}
