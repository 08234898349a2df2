//! A TOML file as it was typed.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeTable;

use super::fault::{Fault, Faults, Report};

/// Path and text of a TOML file.
#[derive(Clone, Debug)]
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

    /// The root table as far as the text is TOML; what is not becomes faults.
    pub fn parse<'a>(&'a self, faults: &Faults) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
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
