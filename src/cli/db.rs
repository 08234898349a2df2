//! `lotcount db`: checking, backing up and restoring the database.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Exit, Failure, load};
use crate::config::Config;
use crate::store::{self, BackupFolder, Figures, Halt, Sizes, StoreError, WriterLock};
use crate::time::UtcMicros;

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Read every page, follow every reference, and tell sizes and the last backup; may run while counting goes on
    Check,
    /// Make a verified copy now; may run while counting goes on
    Backup {
        /// Into this file instead of the folder of backups
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Put a backup in place of the database, which is set aside; nobody may be counting meanwhile
    Restore {
        /// A backup, or `latest`
        #[arg(value_name = "FILE|latest")]
        from: String,
    },
}

pub fn run(path: &Path, action: &Action, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    match action {
        Action::Check => check(&config, out),
        Action::Backup { to } => backup(&config, to.as_deref(), out),
        Action::Restore { from } => restore(&config, from, out),
    }
}

fn database(error: StoreError) -> Failure {
    Failure::new(Exit::Database, &error)
}

fn check(config: &Config, out: &mut dyn Write) -> Result<Exit, Failure> {
    let path = &config.site.database;
    let findings = store::examine(path).map_err(database)?;
    match findings.len() {
        0 => writeln!(out, "{}: sound", path.display())?,
        1 => writeln!(out, "{}: 1 finding", path.display())?,
        many => writeln!(out, "{}: {many} findings", path.display())?,
    }
    for finding in &findings {
        writeln!(out, "  {finding}")?;
    }
    match Sizes::read(path) {
        Ok(sizes) => write_sizes(&sizes, out)?,
        // The findings say why.
        Err(_) if !findings.is_empty() => {}
        Err(error) => return Err(database(error)),
    }
    write_backups(config, out)?;
    if findings.is_empty() {
        return Ok(Exit::Success);
    }
    writeln!(out, "The next `lotcount run` sets a damaged database aside and restores the last backup.")?;
    Ok(Exit::Database)
}

fn write_sizes(sizes: &Sizes, out: &mut dyn Write) -> std::io::Result<()> {
    let (schema, newest) = sizes.schema;
    let note = if schema < newest { ": the next `lotcount run` brings it up to date" } else { "" };
    writeln!(out, "schema: {schema} of {newest}{note}")?;
    writeln!(out, "size: {}, {} pages, {} of them free", megabytes(sizes.bytes), sizes.pages, sizes.free_pages)?;
    writeln!(out, "write-ahead log: {}", megabytes(sizes.wal_bytes))?;
    let rows: Vec<String> = sizes.rows.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    writeln!(out, "rows: {}", rows.join(", "))
}

fn write_backups(config: &Config, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = BackupFolder::of(&config.site);
    let backups = folder.newest_first(UtcMicros::now()).map_err(database)?;
    match backups.first() {
        Some(last) => writeln!(out, "last backup: {}, {} ({} in all)", last.made, last.path.display(), backups.len())?,
        None => writeln!(out, "last backup: none in {}", folder.path().display())?,
    }
    for aside in store::set_aside(&config.site.database).map_err(database)? {
        writeln!(out, "set aside earlier: {}", aside.display())?;
    }
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn backup(config: &Config, to: Option<&Path>, out: &mut dyn Write) -> Result<Exit, Failure> {
    let path = &config.site.database;
    let made = match to {
        None => {
            let folder = BackupFolder::of(&config.site);
            folder.make(path, UtcMicros::now(), &Halt::never()).map_err(database)?.path
        }
        Some(file) => {
            store::copy_to(path, file, &Halt::never()).map_err(database)?;
            file.to_path_buf()
        }
    };
    let figures = Figures::of(&made).map_err(database)?;
    writeln!(out, "{}: {}", made.display(), in_words(&figures))?;
    Ok(Exit::Success)
}

/// `1204 crossings; inside: main 14, deck 3`
fn in_words(figures: &Figures) -> String {
    let lots: Vec<String> = figures.occupancy.iter().map(|(lot, inside)| format!("{lot} {inside}")).collect();
    let lots = if lots.is_empty() { "no lot".to_owned() } else { lots.join(", ") };
    format!("{} crossings; inside: {lots}", figures.crossings)
}

fn restore(config: &Config, from: &str, out: &mut dyn Write) -> Result<Exit, Failure> {
    let path = &config.site.database;
    let now = UtcMicros::now();
    let _lock = WriterLock::take(path).map_err(database)?;
    let from = match from {
        "latest" => {
            let folder = BackupFolder::of(&config.site);
            let newest = folder.newest_first(now).map_err(database)?.into_iter().next();
            let none = || format!("error: there is no backup in {}", folder.path().display());
            newest.ok_or_else(|| Failure::text(Exit::Database, none()))?.path
        }
        file => PathBuf::from(file),
    };
    let aside = store::restore(&from, path, now).map_err(database)?;
    let figures = Figures::of(path).map_err(database)?;
    writeln!(out, "{} is in place of {}: {}", from.display(), path.display(), in_words(&figures))?;
    if let Some(aside) = aside {
        writeln!(out, "the database before it was set aside as {}", aside.display())?;
    }
    Ok(Exit::Success)
}
