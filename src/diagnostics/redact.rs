//! Passwords are taken out of everything that is shown.

/// The text with every secret in it replaced by asterisks, one for each byte, so that columns stay where they were:
/// passwords in the user information of URLs, and values of parameters and keys that are named like secrets.
/// A lone `${NAME}` stays: it names a variable and shows nothing of it.
pub fn mask_secrets(text: &str) -> String {
    text.split_inclusive('\n').map(mask_line).collect()
}

fn mask_line(line: &str) -> String {
    let mut masked = line.as_bytes().to_vec();
    for (at, _) in line.match_indices("://") {
        mask_user_information(line, at + 3, &mut masked);
    }
    let lower = line.to_ascii_lowercase();
    for word in SECRET_WORDS {
        for (at, _) in lower.match_indices(word) {
            mask_assigned_value(line, at + word.len(), &mut masked);
        }
    }
    // Whole characters became asterisks, so this is UTF-8 still; if not, nothing of the line is shown.
    String::from_utf8(masked).unwrap_or_default()
}

/// Parts of names that hold secrets, lower case.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "pass", "pwd", "token", "secret", "auth"];

fn is_delimiter(c: char) -> bool {
    c == '"' || c == '\'' || c.is_whitespace()
}

/// From the first colon to the last at-sign of the URL that continues at `start`: a password may itself hold
/// at-signs, colons and slashes, though it should not.
fn mask_user_information(line: &str, start: usize, masked: &mut [u8]) {
    let url = line[start..].split(is_delimiter).next().unwrap_or_default();
    let Some(end) = url.rfind('@') else { return };
    if let Some(colon) = url[..end].find(':') {
        mask(line, start + colon + 1, start + end, masked);
    }
}

/// The value after `name`, the rest of a name and an equals sign or colon: `?user_token=abc&`, `password = "abc"`.
fn mask_assigned_value(line: &str, from: usize, masked: &mut [u8]) {
    let rest = &line[from..];
    let name_end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
    // `password_file` names a file, not a secret.
    if rest[..name_end].ends_with("_file") {
        return;
    }
    let after = rest[name_end..].trim_start_matches([' ', '\t', '"', '\'']);
    let Some(value) = after.strip_prefix('=') else { return };
    let value = value.trim_start();
    let start = line.len() - value.len();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = &value[1..];
            let end = inner.rfind(quote).unwrap_or(inner.trim_end().len());
            mask(line, start + 1, start + 1 + end, masked);
        }
        _ => {
            let end = value.find(|c: char| c == '&' || c == '#' || is_delimiter(c)).unwrap_or(value.len());
            mask(line, start, start + end, masked);
        }
    }
}

fn mask(line: &str, from: usize, to: usize, masked: &mut [u8]) {
    let secret = &line[from..to];
    let lone_variable = secret
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|name| !name.contains(['$', '{', '}']));
    if !lone_variable {
        masked[from..to].fill(b'*');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_lines() {
        let cases = [
            ("rtsp://admin:s3cret@10.0.0.2/ch1", "rtsp://admin:******@10.0.0.2/ch1"),
            ("source = \"rtsp://a:p@ss/w:rd@cam\"", "source = \"rtsp://a:*********@cam\""),
            ("rtsp://admin:${GATE_PASSWORD}@cam/1", "rtsp://admin:${GATE_PASSWORD}@cam/1"),
            ("http://cam/v?user=a&password=s3cret&x=1", "http://cam/v?user=a&password=******&x=1"),
            ("http://cam/v?access_token=abc", "http://cam/v?access_token=***"),
            ("password = \"s3cret\"  # oh", "password = \"******\"  # oh"),
            ("password_file = \"/etc/gate.password\"", "password_file = \"/etc/gate.password\""),
            ("rtsp://cam/stream", "rtsp://cam/stream"),
            ("source = \"rtsp://a:gehe\u{fc}m@cam", "source = \"rtsp://a:*******@cam"),
        ];
        for (line, expected) in cases {
            assert_eq!(mask_secrets(line), expected, "{line}");
        }
    }

    #[test]
    fn columns_stay_where_they_were() {
        let text = "a = 1\nsource = \"rtsp://u:p\u{e4}ss@h/\" # \u{1f697}\n";
        assert_eq!(mask_secrets(text).len(), text.len());
    }
}
