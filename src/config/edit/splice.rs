//! Changes of a text, byte by byte: what none of them names stays as it is.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Splice {
    range: Range<usize>,
    text: String,
}

/// A text and what is to become of it.
#[derive(Clone, Debug)]
pub struct Splices<'a> {
    text: &'a str,
    splices: Vec<Splice>,
}

impl<'a> Splices<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { text, splices: Vec::new() }
    }

    pub fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.splices.push(Splice { range, text: text.into() });
    }

    pub fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Whole lines after the one that holds the byte before `end`.
    pub fn insert_lines(&mut self, end: usize, lines: &[String]) {
        let newline = self.newline();
        let at = self.line_end(end);
        let joined = lines.join(newline);
        if self.text[..at].ends_with('\n') {
            self.insert(at, format!("{joined}{newline}"));
        } else {
            self.insert(at, format!("{newline}{joined}"));
        }
    }

    /// The text with everything done; `None` when two changes are about the same bytes.
    pub fn apply(mut self) -> Option<String> {
        // What is inserted at one place comes in the order in which it was asked for, before what is replaced there.
        self.splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        let (mut done, mut at) = (String::with_capacity(self.text.len()), 0);
        for splice in &self.splices {
            done.push_str(self.text.get(at..splice.range.start)?);
            done.push_str(&splice.text);
            at = splice.range.end;
        }
        done.push_str(self.text.get(at..)?);
        Some(done)
    }

    /// As the text ends its first line.
    pub fn newline(&self) -> &'static str {
        let first = self.text.find('\n').unwrap_or(0);
        if self.text[..first].ends_with('\r') { "\r\n" } else { "\n" }
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Where the line begins that holds `at`.
    pub fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where the line after the one that holds `at` begins, or the text ends.
    pub fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The blanks before the first word of the line that holds `at`.
    pub fn indent(&self, at: usize) -> &'a str {
        let line = &self.text[self.line_start(at)..];
        &line[..line.find(|letter| !matches!(letter, ' ' | '\t')).unwrap_or(line.len())]
    }

    /// The end of the comment lines that follow the line at `start` without a gap and belong to what is above them: those that
    /// stand right above a table belong to it.
    pub fn past_comments(&self, start: usize) -> usize {
        let mut end = start;
        loop {
            let next = self.line_end(end);
            let line = self.text[end..next].trim();
            if line.is_empty() {
                return end;
            }
            if !line.starts_with('#') {
                return start;
            }
            end = next;
        }
    }

    pub fn is_blank_line(&self, start: usize) -> bool {
        start < self.text.len() && self.text[start..self.line_end(start)].trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let mut splices = Splices::of("a = 1\r\nb = 2 # two\r\n");
        splices.replace(4..5, "10");
        splices.insert_lines(12, &["c = 3".to_owned(), "d = 4".to_owned()]);
        assert_eq!(splices.apply().unwrap(), "a = 10\r\nb = 2 # two\r\nc = 3\r\nd = 4\r\n");
        let mut splices = Splices::of("a = 1");
        splices.insert_lines(5, &["b = 2".to_owned()]);
        assert_eq!(splices.apply().unwrap(), "a = 1\nb = 2");
        let mut splices = Splices::of("abc");
        splices.remove(0..2);
        splices.remove(1..3);
        assert_eq!(splices.apply(), None);
    }

    #[test]
    fn comments_belong_to_the_table_right_below_them() {
        let end = |text: &str| Splices::of(text).past_comments(2);
        assert_eq!(end("a\n# b\n# c\n\nd"), 10);
        assert_eq!(end("a\n# b\n# c\n"), 10);
        assert_eq!(end("a\n# b\n[d]"), 2);
        assert_eq!(end("a\n\n# b\n"), 2);
    }
}
