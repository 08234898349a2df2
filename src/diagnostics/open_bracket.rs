//! Finds the bracket that was never closed. All after it is part of a list then, and every line of that a fault: one is
//! enough.

/// The place of the first `[` of a value that is still open where the next key or table begins, or the text ends.
pub fn open_bracket(text: &str) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        match (open.first(), begins_anew(line)) {
            (Some(&bracket), true) => return Some(bracket),
            (None, _) if line.trim_start().starts_with('[') => {
                at += line.len();
                continue;
            }
            _ => {}
        }
        at = brackets_of_row(text, at, &mut open);
    }
    open.first().copied()
}

/// Looks through one line and the strings that begin in it; where the next line begins.
fn brackets_of_row(text: &str, mut at: usize, open: &mut Vec<usize>) -> usize {
    while let Some(c) = text[at..].chars().next() {
        match c {
            '\n' => return at + 1,
            '#' => return text[at..].find('\n').map_or(text.len(), |end| at + end + 1),
            '"' | '\'' => {
                at = end_of_string(text, at, c);
                continue;
            }
            '[' => open.push(at),
            ']' => {
                open.pop();
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    at
}

/// The place after the string that begins at `at`; a string of one line ends with its line at the latest.
fn end_of_string(text: &str, at: usize, quote: char) -> usize {
    let triple = [quote; 3].iter().collect::<String>();
    let rest = &text[at..];
    let (inner, ending) = if rest.starts_with(&triple) { (3, triple.as_str()) } else { (1, &triple[..1]) };
    let mut place = inner;
    while let Some(c) = rest[place..].chars().next() {
        if rest[place..].starts_with(ending) {
            return at + place + ending.len();
        }
        if c == '\n' && ending.len() == 1 {
            break;
        }
        let escape = c == '\\' && quote == '"';
        place += c.len_utf8() + if escape { rest[place + 1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
    }
    at + place
}

/// The line heads a table or sets a key; no element of a list looks so.
fn begins_anew(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let is_name = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_-. ".contains(c);
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_part)
    };
    let header = line.strip_prefix('[').map(|rest| rest.trim_matches(['[', ']']));
    match header {
        Some(name) => line.ends_with(']') && is_name(name) && !["true", "false", "nan", "inf"].contains(&name),
        None => line.split_once('=').is_some_and(|(key, _)| is_name(key.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_texts() {
        let cases = [
            ("a = [1, 2\n[[camera]]\nb = 1\n", Some("[1, 2")),
            ("a = [1, 2\nb = [3, 4]\n", Some("[1, 2")),
            ("x = 1\na = [[1, 2], [3\n", Some("[[1, 2]")),
            ("a = [\n  1,\n  2,\n]\nb = 1\n", None),
            ("a = [\n  [1, 2],\n  [3, 4],\n]\n[b]\n", None),
            ("a = [\n  1 # [b]\n]\n", None),
            ("a = [\n  \"[b\", 'c = [',\n  \"\"\"\nd = [\n\"\"\"]\n", None),
            ("[site]\n[[camera]]\nname = \"[\" # [\n", None),
            ("[site\nname = 1\n", None),
            ("a = [\n  [true],\n  [false]\n]\n", None),
        ];
        for (text, expected) in cases {
            let found = open_bracket(text).map(|at| &text[at..]);
            assert_eq!(found.is_some(), expected.is_some(), "{text}");
            assert!(found.unwrap_or_default().starts_with(expected.unwrap_or_default()), "{text}: {found:?}");
        }
    }
}
