//! `lotcount watch`: what happens, in a terminal.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::{Exit, Failure, load};
use crate::config::Http;
use crate::dashboard::{Feed, Look, StatusSource, watch};
use crate::http::get;

pub fn run(path: &Path, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    let failed =
        |error: io::Error| Failure::text(Exit::Failure, format!("error: the terminal cannot be used: {error}"));
    // A terminal that cannot move its cursor is as good as none.
    let is_dumb = std::env::var_os("TERM").is_none_or(|name| name.is_empty() || name == "dumb");
    let screen = io::stdout().is_terminal() && !is_dumb;
    let status = config.http.clone().map_or_else(silence, questions);
    let feed = Feed::start(config, status).map_err(failed)?;
    match watch(&feed, screen, Look::of_environment(), out) {
        Ok(_) => Ok(Exit::Success),
        Err(error) if screen => Err(failed(error)),
        Err(error) => Err(error.into()),
    }
}

/// Without [http] nobody can be asked: the database tells.
fn silence() -> StatusSource {
    Box::new(|| None)
}

/// Whoever does not answer, or refuses, says nothing.
fn questions(http: Http) -> StatusSource {
    Box::new(move || get(&http, "/status").ok())
}
