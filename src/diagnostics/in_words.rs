//! Errors as one line.

use std::error::Error;

/// An error and what lies behind it: each level tells only its own part.
pub fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        words = format!("{words}: {error}");
        inner = error.source();
    }
    words
}
