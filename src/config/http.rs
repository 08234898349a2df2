//! `[http]`: who may see the site in a browser, and who may steer it.

use std::fmt;
use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use super::{secret_file, typed};
use crate::diagnostics::{At, Fault, Faults};

const DEFAULT_CONNECTIONS: usize = 64;
/// More than a browser opens at once (six), fewer than a process may have files open.
const CONNECTIONS: RangeInclusive<usize> = 8..=512;
const DEFAULT_VIEWERS: usize = 16;
const VIEWERS: RangeInclusive<usize> = 1..=1000;
/// 96 bits when it is drawn from letters and digits. Shorter ones are words.
const SHORTEST_TOKEN: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    pub listen: SocketAddr,
    /// Without one nothing can be changed over HTTP.
    pub token: Option<Token>,
    /// Names, besides the address itself and localhost, by which browsers may call it. Lower case, without a port.
    pub hosts: Vec<String>,
    pub max_connections: usize,
    /// Of live pictures, each of which takes a connection.
    pub max_viewers: usize,
}

/// Is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// `None` when something is wrong, which has been noted.
pub fn validate(typed: Option<&typed::Http>, folder: &Path, faults: &Faults) -> Option<Option<Http>> {
    let Some(typed) = typed else { return Some(None) };
    let error = |span: &Range<usize>, message: &str, hint: &str| {
        faults.add(Fault::error(span.clone(), message.to_owned()).hint(hint));
    };
    let listen = typed.listen.as_ref().and_then(|At { value, span }| {
        let hint = "an address and a port, as in 127.0.0.1:8080 or [::1]:8080";
        value.parse::<SocketAddr>().map_err(|_| error(span, "`listen` is no address to listen at", hint)).ok()
    });
    let token = token(typed, folder, faults);
    if let (Some(listen), Some(At { span, .. }), Some(None)) = (listen, &typed.listen, &token)
        && !listen.ip().is_loopback()
    {
        error(span, "whoever reaches this address sees the site: it needs a `token` or a `token_file`", TOKEN_HINT);
    }
    let connections = most("max_connections", typed.max_connections.as_ref(), CONNECTIONS, DEFAULT_CONNECTIONS, faults);
    let viewers = most("max_viewers", typed.max_viewers.as_ref(), VIEWERS, DEFAULT_VIEWERS, faults);
    if let (Some(connections), Some(viewers), Some(At { span, .. })) = (connections, viewers, &typed.max_viewers)
        && viewers + connections / 2 >= connections
    {
        let message = "`max_viewers` leaves no connection for anything else";
        let hint = format!("of {connections} `max_connections` half may listen to events; give more of them");
        faults.add(Fault::warning(span.clone(), message).hint(hint));
    }
    let hosts = hosts(typed.hosts.as_ref(), faults);
    let token = match (listen, token?) {
        (Some(listen), None) if !listen.ip().is_loopback() => return None,
        (_, token) => token,
    };
    let (max_connections, max_viewers) = (connections?, viewers?);
    Some(Some(Http { listen: listen?, token, hosts: hosts?, max_connections, max_viewers }))
}

/// A number of connections; `None` when it is out of range, which has been noted.
fn most(
    key: &str,
    given: Option<&At<i64>>,
    range: RangeInclusive<usize>,
    usual: usize,
    faults: &Faults,
) -> Option<usize> {
    let Some(At { value, span }) = given else { return Some(usual) };
    let value = usize::try_from(*value).ok().filter(|value| range.contains(value));
    if value.is_none() {
        let message = format!("`{key}` must lie between {} and {}", range.start(), range.end());
        faults.add(Fault::error(span.clone(), message).hint(format!("{usual} is usual")));
    }
    value
}

const TOKEN_HINT: &str = "token = \"${LOTCOUNT_TOKEN}\" takes it from the environment; openssl rand -hex 16 makes one";

fn token(typed: &typed::Http, folder: &Path, faults: &Faults) -> Option<Option<Token>> {
    let (text, span) = match (&typed.token, &typed.token_file) {
        (None, None) => return Some(None),
        (Some(_), Some(file)) => {
            let message = "there is a `token` as well";
            faults.add(Fault::error(file.span.clone(), message).hint("one of them is enough"));
            return None;
        }
        (None, Some(file)) => {
            (secret_file::read(&folder.join(&file.value), "token", &file.span, faults)?, file.span.clone())
        }
        (Some(At { value, span }), None) => (from_environment(value, span, faults)?, span.clone()),
    };
    let visible = |c: char| c.is_ascii_graphic();
    if text.len() < SHORTEST_TOKEN || !text.chars().all(visible) {
        let message = format!("the token must have {SHORTEST_TOKEN} visible ASCII characters or more");
        faults.add(Fault::error(span, message).hint("openssl rand -hex 16 makes one"));
        return None;
    }
    Some(Some(Token(text)))
}

/// cameras.toml is shown, copied and kept; a token in it would be, too.
fn from_environment(value: &str, span: &Range<usize>, faults: &Faults) -> Option<String> {
    let Some(name) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        faults.add(Fault::error(span.clone(), "a token does not belong into this file").hint(TOKEN_HINT));
        return None;
    };
    let found = std::env::var(name).ok().filter(|value| !value.is_empty());
    if found.is_none() {
        let message = format!("the environment variable `{name}` is not set, or empty");
        faults.add(Fault::error(span.clone(), message).hint("set it where lotcount is started, or use `token_file`"));
    }
    found
}

fn hosts(typed: Option<&At<Vec<String>>>, faults: &Faults) -> Option<Vec<String>> {
    let Some(At { value, span }) = typed else { return Some(Vec::new()) };
    let is_name = |host: &String| {
        !host.is_empty()
            && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-[]:".contains(c))
            && !host.contains("//")
    };
    if let Some(wrong) = value.iter().find(|host| !is_name(host)) {
        let message = format!("`{wrong}` is no name of a host");
        faults.add(Fault::error(span.clone(), message).hint("a name alone, without scheme and port: gate.example"));
        return None;
    }
    Some(value.iter().map(|host| host.to_ascii_lowercase()).collect())
}
