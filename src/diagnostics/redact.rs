//! Passwords are taken out of everything that is shown. In doubt too much is taken: what is shown is often a line that
//! somebody mistyped.

/// The text with every secret in it replaced by asterisks, one for each byte, so that columns stay where they were:
/// passwords before the at-sign of addresses, with or without a scheme, and values of parameters and keys that are named
/// like secrets. A lone `${NAME}` stays: it names a variable and shows nothing of it.
pub fn mask_secrets(text: &str) -> String {
    let mut masked = text.as_bytes().to_vec();
    let mut start = 0;
    // The quotes that end a secret of several lines.
    let mut open: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let mut line =
            Line { text: line.trim_end_matches(['\n', '\r']), masked: &mut masked[start..start + line.len()] };
        open = match open {
            Some(quotes) => match line.text.find(quotes) {
                Some(end) => {
                    line.mask(0, end);
                    None
                }
                None => {
                    line.mask(0, line.text.len());
                    Some(quotes)
                }
            },
            None => line.mask_all(),
        };
        start += line.masked.len();
    }
    // Whole characters became asterisks, so this is UTF-8 still; if not, nothing of the text is shown.
    String::from_utf8(masked).unwrap_or_default()
}

/// Parts of names that hold secrets, lower case.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "pass", "pwd", "token", "secret", "auth"];
/// Such words are followed by a secret after a colon, too; of others a sentence may go on there.
const HEADERS: [&str; 6] = ["password", "passwd", "pwd", "token", "secret", "authorization"];

struct Line<'t, 'm> {
    /// Without its end.
    text: &'t str,
    masked: &'m mut [u8],
}

impl<'t> Line<'t, '_> {
    /// The quotes of a secret that goes on in the next line, if there is one.
    fn mask_all(&mut self) -> Option<&'t str> {
        for (at, _) in self.text.match_indices("://") {
            self.mask_user_information(at);
        }
        for (at, _) in self.text.match_indices('@') {
            self.mask_credentials_before(at);
        }
        let lower = self.text.to_ascii_lowercase();
        let mut open = None;
        for word in SECRET_WORDS {
            for (at, _) in lower.match_indices(word) {
                open = self.mask_assigned_value(&lower, at, word.len()).or(open);
            }
        }
        open
    }

    /// Of the address whose `://` is at `at`: from the first colon to the last at-sign. A password may itself hold
    /// at-signs, colons, slashes and blanks, though it should not.
    fn mask_user_information(&mut self, at: usize) {
        let (start, scheme) = (at + 3, |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c));
        let before = self.text[..at].trim_end_matches(scheme);
        let rest = &self.text[start..];
        let url = match before.chars().next_back() {
            Some(quote @ ('"' | '\'')) => &rest[..closing_quote(rest, quote)],
            _ => rest.split(is_delimiter).next().unwrap_or_default(),
        };
        if let Some(end) = url.rfind('@') {
            self.mask_after_colon(start, start + end);
            return;
        }
        let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
        let host_end =
            if authority.starts_with('[') { authority.find(']').map_or(0, |bracket| bracket + 1) } else { 0 };
        let Some(colon) = authority[host_end..].find(':').map(|colon| host_end + colon) else { return };
        if authority[colon + 1..].chars().all(|c| c.is_ascii_digit()) {
            return; // a port
        }
        // The at-sign is missing, or behind a blank.
        let end = rest.rfind('@').unwrap_or(url.len()).max(url.len());
        self.mask(start + colon + 1, start + end);
    }

    /// `user:password@host` without a scheme.
    fn mask_credentials_before(&mut self, at: usize) {
        let before = &self.text[..at];
        let last_part = |ends: fn(char) -> bool| before.rsplit(ends).next().unwrap_or_default().len();
        // In quotes a password may hold blanks; outside, what comes before a blank is something else.
        let is_quote = |c| c == '"' || c == '\'' || c == '`';
        let length = if before.matches('"').count() % 2 == 1 {
            last_part(is_quote)
        } else {
            last_part(is_quote).min(last_part(is_delimiter))
        };
        if !before[at - length..].contains("://") {
            self.mask_after_colon(at - length, at);
        }
    }

    fn mask_after_colon(&mut self, start: usize, end: usize) {
        if let Some(colon) = self.text[start..end].find(':') {
            self.mask(start + colon + 1, end);
        }
    }

    /// The value after the name with a secret word at `at`, the rest of the name and an equals sign or colon:
    /// `?user_token=abc&`, `password = "abc"`. Its quotes when it goes on in the next line.
    fn mask_assigned_value(&mut self, lower: &str, at: usize, word: usize) -> Option<&'t str> {
        let text = self.text;
        let rest = &text[at + word..];
        let name_end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
        // `password_file` names a file, not a secret.
        if rest[..name_end].ends_with("_file") {
            return None;
        }
        let after = rest[name_end..].trim_start_matches([' ', '\t', '"', '\'']);
        let is_header = HEADERS.contains(&&lower[at..at + word + name_end]);
        let value = after.strip_prefix('=').or_else(|| after.strip_prefix(':').filter(|_| is_header))?.trim_start();
        let start = text.len() - value.len();
        for quotes in ["\"\"\"", "'''"] {
            if let Some(inner) = value.strip_prefix(quotes) {
                let end = inner.find(quotes);
                self.mask(start + 3, start + 3 + end.unwrap_or(inner.len()));
                return if end.is_none() { Some(quotes) } else { None };
            }
        }
        if let Some(quote @ ('"' | '\'')) = value.chars().next() {
            self.mask(start + 1, start + 1 + closing_quote(&value[1..], quote));
            return None;
        }
        // A row of a file whose quotes were forgotten, or a parameter of an address.
        let is_row =
            text[..at].chars().all(|c| c.is_alphanumeric() || "_-.\"' \t{".contains(c)) && !value.contains('&');
        let ends = |c: char| c == '&' || c == '#' || is_delimiter(c);
        let end = if is_row || is_header && after.starts_with(':') { None } else { value.find(ends) };
        self.mask(start, start + end.unwrap_or(value.len()));
        None
    }

    fn mask(&mut self, from: usize, to: usize) {
        let secret = &self.text[from..to];
        let lone_variable = secret
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'))
            .is_some_and(|name| !name.contains(['$', '{', '}']));
        if !lone_variable {
            self.masked[from..to].fill(b'*');
        }
    }
}

fn is_delimiter(c: char) -> bool {
    c == '"' || c == '\'' || c.is_whitespace()
}

/// Where a quoted value ends that begins here: at a quote after which the row may end or a list go on. A password may
/// itself hold quotes, escaped or not.
fn closing_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            let after = text[at + 1..].trim_start();
            if after.is_empty() || after.starts_with(['#', ',', ']', '}', quote]) {
                return at;
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests;
