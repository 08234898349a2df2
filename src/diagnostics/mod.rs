//! Reading TOML files so that a person can mend them: every fault at once, each with file, line, column, the line itself,
//! a caret and a hint. Used for cameras.toml and for the models' sidecar files.

mod fault;
mod in_words;
mod open_bracket;
mod redact;
mod suggest;
mod table_reader;
mod toml_file;

pub use fault::{Fault, Faults, Report, Severity};
pub use in_words::in_words;
pub use redact::mask_secrets;
pub use suggest::did_you_mean;
pub use table_reader::{At, TableReader};
pub use toml_file::TomlFile;
