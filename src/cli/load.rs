//! Reading the configuration for a subcommand: warnings go to the log, faults end the program.

use std::path::Path;

use super::{Exit, Failure};
use crate::config::Config;

/// The validated configuration. Its warnings have been printed.
pub fn config(path: &Path) -> Result<Config, Failure> {
    match Config::load(path) {
        Ok((config, warnings)) => {
            if !warnings.is_empty() {
                eprintln!("{warnings}");
            }
            Ok(config)
        }
        Err(faults) => Err(Failure::text(Exit::Config, faults.to_string())),
    }
}
