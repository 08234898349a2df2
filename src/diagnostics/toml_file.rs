//! A TOML file as it was typed.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeTable;

use super::fault::{Fault, Faults, Report};
use super::open_bracket::open_bracket;
use super::redact::mask_secrets;

/// Path and text of a TOML file. `Debug` shows nothing of the text, which may hold passwords.
#[derive(Clone)]
pub struct TomlFile {
    pub path: PathBuf,
    pub text: String,
}

impl TomlFile {
    pub fn read(path: &Path) -> Result<Self, Report> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { path: path.to_path_buf(), text }),
            Err(error) => Err(Report::unreadable(path.to_path_buf(), &error)),
        }
    }

    /// The root table as far as the text is TOML; what is not becomes faults, one for each line: what comes after the
    /// first is often only its consequence. Of a bracket that is never closed, everything else would be.
    pub fn parse<'a>(&'a self, faults: &Faults) -> Spanned<DeTable<'a>> {
        let (table, mut errors) = DeTable::parse_recoverable(&self.text);
        if let (false, Some(bracket)) = (errors.is_empty(), open_bracket(&self.text)) {
            let fault = Fault::error(bracket..bracket + 1, "this is not TOML: the bracket is never closed");
            faults.close_with(fault.hint("add `]` at the end of the list"));
        }
        let place = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
        errors.sort_by_key(place);
        errors.dedup_by_key(|error| self.text.as_bytes()[..place(error)].iter().filter(|&&byte| byte == b'\n').count());
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            faults.add(Fault::error(span, format!("this is not TOML: {}", error.message().replace('\n', ", "))));
        }
        table
    }

    pub fn report(self, faults: Faults) -> Report {
        faults.into_report(self.path, self.text)
    }
}

impl fmt::Debug for TomlFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TomlFile({}, {} bytes)", mask_secrets(&self.path.to_string_lossy()), self.text.len())
    }
}
