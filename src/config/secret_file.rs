//! A secret in a file of its own, so that cameras.toml may be shown to anybody.

use std::ops::Range;
use std::path::Path;

use crate::diagnostics::{Fault, Faults};

/// The first line of the file; `what` it holds is for messages.
pub fn read(path: &Path, what: &str, span: &Range<usize>, faults: &Faults) -> Option<String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the {what} file {} cannot be read: {error}", path.display());
            faults.add(Fault::error(span.clone(), message));
            return None;
        }
    };
    warn_if_anyone_may_read(path, what, span, faults);
    let secret = text.lines().next().unwrap_or_default();
    if secret.is_empty() {
        faults.add(Fault::error(span.clone(), format!("the first line of {} is empty", path.display())));
        return None;
    }
    Some(secret.to_owned())
}

#[cfg(unix)]
fn warn_if_anyone_may_read(path: &Path, what: &str, span: &Range<usize>, faults: &Faults) {
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0);
    if open {
        let hint = format!("chmod 600 {}", path.display());
        faults.add(Fault::warning(span.clone(), format!("others than its owner may read this {what} file")).hint(hint));
    }
}

#[cfg(not(unix))]
fn warn_if_anyone_may_read(_: &Path, _: &str, _: &Range<usize>, _: &Faults) {}
