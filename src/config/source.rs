//! Where a camera's pictures come from. Passwords live in one place, and nothing that prints shows them.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use url::Url;

use super::{secret_file, start, typed};
use crate::diagnostics::{Fault, Faults, did_you_mean, mask_secrets};
use crate::time::UtcMicros;

/// A camera or a recording. `Display` and `Debug` are safe to print anywhere.
#[derive(Clone, PartialEq)]
pub enum Source {
    Stream(StreamUrl),
    /// A recorded file, and when its first frame was taken, if the configuration says so.
    Recording {
        path: PathBuf,
        start: Option<UtcMicros>,
    },
    /// A USB camera, by the number in `/dev/videoN`.
    Device(u32),
}

impl Source {
    pub fn is_live(&self) -> bool {
        !matches!(self, Source::Recording { .. })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Stream(url) => url.fmt(f),
            // It may be a mistyped address.
            Source::Recording { path, .. } => f.write_str(&mask_secrets(&path.to_string_lossy())),
            Source::Device(number) => write!(f, "/dev/video{number}"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({self})")
    }
}

/// The address of a network camera. Prints without its secrets.
#[derive(Clone, PartialEq)]
pub struct StreamUrl {
    url: Url,
}

impl StreamUrl {
    /// The real address, with its password: for opening the stream, for nothing else.
    pub fn reveal(&self) -> &str {
        self.url.as_str()
    }
}

impl fmt::Display for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.url.clone();
        // Fails only for URLs that can hold no password.
        if shown.password().is_some() {
            let _ = shown.set_password(Some("***"));
        }
        f.write_str(&mask_secrets(shown.as_str()))
    }
}

impl fmt::Debug for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamUrl({self})")
    }
}

/// What FFmpeg may be asked for. Anything else it understands (pipes, playlists, concatenations) could be made to read
/// files that are no camera.
const SCHEMES: [&str; 4] = ["rtsp", "rtsps", "http", "https"];

/// Judges `source`, `username`, `password_file` and `start` together.
pub fn validate(
    camera: &typed::Camera,
    folder: &Path,
    zone: Option<&jiff::tz::TimeZone>,
    faults: &Faults,
) -> Option<Source> {
    let typed = camera.source.as_ref()?;
    let span = typed.span.clone();
    let text = typed.value.trim();
    let source = if text.is_empty() {
        faults.add(Fault::error(span, "`source` is empty").hint("a URL, a file, or a device such as /dev/video0"));
        return None;
    } else if let Some((scheme, _)) = text.split_once("://") {
        Source::Stream(stream(camera, text, scheme, folder, faults)?)
    } else if let Some(number) = text.strip_prefix("/dev/video") {
        let Ok(number) = number.parse() else {
            faults.add(
                Fault::error(span, format!("`{text}` is no video device"))
                    .hint("they are called /dev/video0, /dev/video1 and so on"),
            );
            return None;
        };
        Source::Device(number)
    } else if is_address_without_scheme(text) && !folder.join(text).exists() {
        faults.add(
            Fault::error(span, "this is no file, and looks like an address without its scheme")
                .hint("as in rtsp://user:password@host/path"),
        );
        return None;
    } else {
        recording(camera, text, folder, zone, faults)
    };
    if !matches!(source, Source::Stream(_)) {
        for key in [&camera.username, &camera.password_file].into_iter().flatten() {
            faults.add(Fault::error(key.span.clone(), "only a network camera has a user name and a password"));
        }
    }
    if let (Some(start), true) = (&camera.start, source.is_live()) {
        faults.add(Fault::error(
            start.span.clone(),
            "only a recording has a `start`: live frames are dated as they come",
        ));
    }
    Some(source)
}

/// `user:password@host/path`, also after a scheme with too few slashes.
fn is_address_without_scheme(text: &str) -> bool {
    text.split_once('@').is_some_and(|(before, _)| before.contains(':'))
        || SCHEMES.iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(':')))
}

fn recording(
    camera: &typed::Camera,
    text: &str,
    folder: &Path,
    zone: Option<&jiff::tz::TimeZone>,
    faults: &Faults,
) -> Source {
    let path = folder.join(text);
    let span = camera.source.as_ref().map_or(camera.span.clone(), |typed| typed.span.clone());
    if !path.exists() {
        let fault = Fault::warning(span, format!("there is no file {}", path.display()));
        faults.add(fault.hint("a relative path begins at this file's folder"));
    } else if camera.start.is_none() {
        let message = "this recording is dated by its file's modification time, which a copy changes";
        faults
            .add(Fault::warning(span, message).hint("say when its first frame was taken: start = 2026-06-15T07:00:00"));
    }
    let start = camera.start.as_ref().and_then(|start| start::resolve(start, zone, faults));
    Source::Recording { path, start }
}

fn stream(camera: &typed::Camera, text: &str, scheme: &str, folder: &Path, faults: &Faults) -> Option<StreamUrl> {
    let span = camera.source.as_ref()?.span.clone();
    if !SCHEMES.contains(&scheme) {
        let hint = match did_you_mean(scheme, SCHEMES) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known: {}; a file is named without any", SCHEMES.join(", ")),
        };
        faults.add(Fault::error(span, format!("a camera cannot be read by `{scheme}`")).hint(hint));
        return None;
    }
    let expanded = expand_variables(text, &span, faults)?;
    let mut url = match Url::parse(&expanded) {
        Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => url,
        Ok(_) => {
            faults.add(Fault::error(span, "this address names no host"));
            return None;
        }
        Err(error) => {
            faults.add(Fault::error(span, format!("this is no address: {error}")));
            return None;
        }
    };
    if let Some(username) = &camera.username {
        // Fails only without a host, and there is one.
        let _ = url.set_username(&percent_encoded(&username.value));
    }
    if let Some(file) = &camera.password_file {
        let password = secret_file::read(&folder.join(&file.value), "password", &file.span, faults)?;
        let _ = url.set_password(Some(&percent_encoded(&password)));
        if url.username().is_empty() {
            faults.add(Fault::error(file.span.clone(), "a password without a user name").hint("add `username`"));
        }
    }
    Some(StreamUrl { url })
}

/// `${NAME}` becomes the variable's value, percent-encoded, so that no character of a password can change the address.
fn expand_variables(text: &str, span: &Range<usize>, faults: &Faults) -> Option<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            faults.add(Fault::error(span.clone(), "`${` without a closing `}`"));
            return None;
        };
        let value = match std::env::var(name) {
            Ok(value) if !value.is_empty() => value,
            _ => {
                let message = format!("the environment variable `{name}` is not set, or empty");
                faults.add(
                    Fault::error(span.clone(), message)
                        .hint("set it where lotcount is started, or use `password_file`"),
                );
                return None;
            }
        };
        expanded.push_str(&percent_encoded(&value));
        rest = after;
    }
    expanded.push_str(rest);
    Some(expanded)
}

/// So that no character of it can change the address, nor be taken for an encoded one.
fn percent_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).map(|part| part.replace('+', "%20")).collect()
}
