//! The configured site as rows: cameras, lots and versions of lines.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::config::{Config, Line, Lot};
use crate::count::Direction;

/// Lots and lines as configured: what rows need of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteLayout {
    lots: Vec<Lot>,
    cameras: Vec<CameraLayout>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CameraLayout {
    name: String,
    lines: Vec<Line>,
}

impl SiteLayout {
    pub fn of(config: &Config) -> Self {
        let cameras = config.cameras.iter();
        let cameras = cameras.map(|camera| CameraLayout { name: camera.name.clone(), lines: camera.lines.clone() });
        Self { lots: config.lots.clone(), cameras: cameras.collect() }
    }
}

/// The rows that this run writes its crossings against.
#[derive(Clone, Debug, Default)]
pub struct SiteRows {
    cameras: HashMap<String, CameraRow>,
}

#[derive(Clone, Debug)]
pub struct CameraRow {
    pub id: i64,
    lines: HashMap<String, LineRow>,
}

#[derive(Clone, Debug)]
pub struct LineRow {
    pub id: i64,
    entry_lot: Option<i64>,
    exit_lot: Option<i64>,
    other_side_lot: Option<i64>,
}

impl LineRow {
    /// What a crossing does to which lots.
    pub fn movements(&self, direction: Direction) -> impl Iterator<Item = (i64, i64)> {
        let (own, own_delta) = match direction {
            Direction::Entry => (self.entry_lot, 1),
            Direction::Exit => (self.exit_lot, -1),
        };
        own.map(|lot| (lot, own_delta)).into_iter().chain(self.other_side_lot.map(|lot| (lot, -own_delta)))
    }
}

impl SiteRows {
    /// Finds or makes the rows of everything configured.
    pub fn register(transaction: &Transaction, layout: &SiteLayout) -> Result<Self, StoreError> {
        let mut lots = HashMap::new();
        for lot in &layout.lots {
            let id: i64 = transaction.query_row(
                "INSERT INTO lot (name, capacity) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET capacity = excluded.capacity RETURNING id",
                params![lot.name, lot.capacity],
                |row| row.get(0),
            )?;
            lots.insert(lot.name.as_str(), id);
        }
        let mut cameras = HashMap::new();
        for camera in &layout.cameras {
            cameras.insert(camera.name.clone(), register_camera(transaction, camera, &lots)?);
        }
        Ok(Self { cameras })
    }

    /// The same after a change of the configuration, whose rows are `newer`. What it left out stays known: cameras and
    /// lines that are gone may still have something to tell.
    pub fn followed_by(&self, newer: SiteRows) -> Self {
        let mut cameras = self.cameras.clone();
        for (name, row) in newer.cameras {
            let mut lines = cameras.remove(&name).map(|old| old.lines).unwrap_or_default();
            lines.extend(row.lines);
            cameras.insert(name, CameraRow { lines, ..row });
        }
        Self { cameras }
    }

    pub fn camera(&self, name: &str) -> Option<&CameraRow> {
        self.cameras.get(name)
    }

    pub fn line(&self, camera: &str, line: &str) -> Result<(&CameraRow, &LineRow), StoreError> {
        self.camera(camera)
            .and_then(|row| Some((row, row.lines.get(line)?)))
            .ok_or_else(|| StoreError::UnknownLine { camera: camera.to_owned(), line: line.to_owned() })
    }
}

fn register_camera(
    transaction: &Transaction,
    camera: &CameraLayout,
    lots: &HashMap<&str, i64>,
) -> Result<CameraRow, StoreError> {
    transaction.execute("INSERT INTO camera (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", [&camera.name])?;
    let id = transaction.query_row("SELECT id FROM camera WHERE name = ?1", [&camera.name], |row| row.get(0))?;
    let mut lines = HashMap::new();
    for line in &camera.lines {
        lines.insert(line.name.clone(), register_line(transaction, id, line, lots)?);
    }
    Ok(CameraRow { id, lines })
}

/// The version of the line that is exactly so, or a new one.
fn register_line(
    transaction: &Transaction,
    camera: i64,
    line: &Line,
    lots: &HashMap<&str, i64>,
) -> Result<LineRow, StoreError> {
    let lot = |name: &Option<String>| name.as_ref().and_then(|name| lots.get(name.as_str()).copied());
    let (entry_lot, exit_lot, other_side_lot) = (lot(&line.entry), lot(&line.exit), lot(&line.other_side));
    let (a, b) = (line.segment.a, line.segment.b);
    let version = params![camera, line.name, a.x, a.y, b.x, b.y, entry_lot, exit_lot, other_side_lot];
    let known: Option<i64> = transaction
        .query_row(
            "SELECT id FROM line WHERE camera_id = ?1 AND name = ?2 AND ax = ?3 AND ay = ?4 AND bx = ?5 AND by = ?6
             AND entry_lot_id IS ?7 AND exit_lot_id IS ?8 AND other_side_lot_id IS ?9",
            version,
            |row| row.get(0),
        )
        .optional()?;
    let id = match known {
        Some(id) => id,
        None => {
            transaction.execute(
                "INSERT INTO line (camera_id, name, ax, ay, bx, by, entry_lot_id, exit_lot_id, other_side_lot_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                version,
            )?;
            transaction.last_insert_rowid()
        }
    };
    Ok(LineRow { id, entry_lot, exit_lot, other_side_lot })
}
