//! Reading the configuration for a subcommand: warnings go to the log, faults end the program.

use std::path::Path;

use super::{Exit, Failure, say};
use crate::config::Config;
use crate::source::set_rtsp_transport;

/// The validated configuration. Its warnings have been printed.
pub fn config(path: &Path) -> Result<Config, Failure> {
    match Config::load(path) {
        Ok((config, warnings)) => {
            if !warnings.is_empty() {
                say(warnings);
            }
            if !set_rtsp_transport(config.site.rtsp_transport) {
                log::warn!("`rtsp_transport` was changed: that takes effect when lotcount is started again");
            }
            Ok(config)
        }
        Err(faults) => Err(Failure::text(Exit::Config, faults.to_string())),
    }
}
