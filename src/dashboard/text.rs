//! Texts in columns of a terminal. Names come from a configuration and sentences from a database: anything may be in them.

use ratatui::text::Span;

/// Characters that have no width, move the cursor or turn the direction of writing become visible or go.
pub fn clean(text: &str) -> String {
    let visible = |letter: char| match letter {
        '\n' | '\t' | '\r' => Some(' '),
        letter if letter.is_control() => Some('\u{fffd}'),
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => None,
        letter => Some(letter),
    };
    text.chars().filter_map(visible).collect()
}

/// Columns.
pub fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The text if it has room, or its beginning with an ellipsis.
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let (mut fitted, mut used) = (String::new(), 0);
    for grapheme in Span::raw(text).styled_graphemes(ratatui::style::Style::default()) {
        let next = width(grapheme.symbol);
        if used + next > columns - 1 {
            break;
        }
        fitted.push_str(grapheme.symbol);
        used += next;
    }
    fitted.push('…');
    fitted
}

/// Fitted, and blanks after it.
pub fn left(text: &str, columns: usize) -> String {
    let fitted = fit(text, columns);
    let blanks = columns.saturating_sub(width(&fitted));
    fitted + &" ".repeat(blanks)
}

/// Fitted, and blanks before it.
pub fn right(text: &str, columns: usize) -> String {
    let fitted = fit(text, columns);
    " ".repeat(columns.saturating_sub(width(&fitted))) + &fitted
}

/// The widest of them, at most `most`.
pub fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, most: usize) -> usize {
    texts.into_iter().map(width).max().unwrap_or(0).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_width_that_is_asked_for() {
        for text in ["", "gate", "Einfahrt Süd", "北口駐車場", "👩‍👩‍👧 family", "e\u{301}e\u{301}e\u{301}", "a\u{200b}b"]
        {
            for columns in 0..14 {
                let text = clean(text);
                assert_eq!((width(&left(&text, columns)), width(&right(&text, columns))), (columns, columns), "{text}");
            }
        }
        assert_eq!((fit("north", 4), fit("北口駐", 4)), ("nor…".into(), "北…".into()));
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(clean("a\x1b[2Jb\nc\u{202e}d\u{7}"), "a\u{fffd}[2Jb cd\u{fffd}");
    }
}
