//! Changes that could not be written, in a file beside the database until somebody can: the next start, or this process
//! when the database is well again. JSON Lines: what run and site they belong to, then one change a line.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::apply::Pen;
use super::change::Change;
use super::site::{SiteLayout, SiteRows};
use super::writer::{RunName, begin};

const SCHEMA: &str = "lotcount.unsaved/1";

/// First line of the file.
#[derive(Serialize, Deserialize)]
struct Header {
    schema: String,
    /// Absolute: a folder for temporary files may hold those of several databases.
    database: PathBuf,
    run: RunName,
    site: SiteLayout,
}

/// Writes the changes beside the database, or, if nothing can be written there, into the folder for temporary files.
/// When it returns, they are on the disk.
pub fn write<'a>(
    database: &Path,
    run: &RunName,
    site: &SiteLayout,
    number: u32,
    changes: impl Iterator<Item = &'a Change> + Clone,
) -> io::Result<PathBuf> {
    let header =
        Header { schema: SCHEMA.to_owned(), database: absolute(database), run: run.clone(), site: site.clone() };
    let name = format!("{}{}-{number}.jsonl", prefix(database), run.uid);
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for folder in folders(database) {
        match write_file(&folder, &name, &header, changes.clone()) {
            Ok(path) => return Ok(path),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn write_file<'a>(
    folder: &Path,
    name: &str,
    header: &Header,
    changes: impl Iterator<Item = &'a Change>,
) -> io::Result<PathBuf> {
    let file = tempfile::Builder::new().prefix(".lotcount-").tempfile_in(folder)?;
    let mut out = BufWriter::new(file);
    serde_json::to_writer(&mut out, header)?;
    for change in changes {
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut out, change)?;
    }
    out.write_all(b"\n")?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    let path = folder.join(name);
    file.persist(&path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()?;
    Ok(path)
}

/// Brings every such file of this database into it, under the keys that its rows were to have, and removes it then. One
/// that cannot be read stays where it is, and the log says so at every start.
pub fn take_in_all(connection: &mut Connection, database: &Path) -> Result<(), StoreError> {
    for path in files(database) {
        match read(&path) {
            Ok((header, _)) if header.database != absolute(database) => {}
            Ok((header, changes)) => {
                let transaction = begin(connection)?;
                take_in(&transaction, &header, &changes)?;
                transaction.commit()?;
                log::warn!(
                    "{}: {} changes that could not be written earlier are in the database now",
                    path.display(),
                    changes.len()
                );
                fs::remove_file(&path).map_err(|source| StoreError::Spill { path, source })?;
            }
            Err(error) => log::error!("{}: {error}; it is left as it is", path.display()),
        }
    }
    Ok(())
}

fn take_in(transaction: &Transaction, header: &Header, changes: &[Change]) -> Result<(), StoreError> {
    let run = &header.run;
    let known = transaction.query_row("SELECT id FROM run WHERE uid = ?1", [&run.uid], |row| row.get(0)).optional()?;
    let id = match known {
        Some(id) => id,
        // The database was replaced by an older copy since.
        None => transaction.query_row(
            "INSERT INTO run (uid, started_at_us, version, config_sha256) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            params![run.uid, run.started.0, run.version, run.config_sha256],
            |row| row.get(0),
        )?,
    };
    let mut site = SiteRows::register(transaction, &header.site)?;
    for change in changes {
        if let Change::Site(layout) = change {
            site = site.followed_by(SiteRows::register(transaction, layout)?);
        }
        Pen { transaction, run: id, site: &site }.write(change)?;
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<(Header, Vec<Change>)> {
    let mut lines = BufReader::new(File::open(path)?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let header: Header = serde_json::from_str(&first)?;
    if header.schema != SCHEMA {
        return Err(io::Error::other(format!("written by another version of lotcount ({})", header.schema)));
    }
    let changes = lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<io::Result<_>>()?;
    Ok((header, changes))
}

/// In the order in which they were written.
fn files(database: &Path) -> Vec<PathBuf> {
    let prefix = prefix(database);
    let mut files = Vec::new();
    for entry in folders(database).iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(&prefix) && name.ends_with(".jsonl")) {
            let written = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            files.push((written, entry.path()));
        }
    }
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

fn prefix(database: &Path) -> String {
    format!("{}.unsaved-", database.file_name().unwrap_or_default().to_string_lossy())
}

fn folders(database: &Path) -> [PathBuf; 2] {
    let beside = absolute(database).parent().unwrap_or(Path::new("/")).to_path_buf();
    [beside, std::env::temp_dir()]
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
