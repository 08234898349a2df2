//! The configured site as rows: cameras, lots and versions of lines.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Transaction, params};

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::config::{Config, Line};

/// Lots and lines as configured: what rows need of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteLayout {
    lots: Vec<LotLayout>,
    cameras: Vec<CameraLayout>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LotLayout {
    name: String,
    capacity: Option<u32>,
    /// The lot that it is a part of.
    #[serde(default)]
    within: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CameraLayout {
    name: String,
    lines: Vec<Line>,
}

impl SiteLayout {
    pub fn of(config: &Config) -> Self {
        let lot = |lot: &crate::config::Lot| LotLayout {
            name: lot.name.clone(),
            capacity: lot.capacity,
            within: lot.within.clone(),
        };
        let camera =
            |camera: &crate::config::Camera| CameraLayout { name: camera.name.clone(), lines: camera.lines.clone() };
        Self { lots: config.lots.iter().map(lot).collect(), cameras: config.cameras.iter().map(camera).collect() }
    }

    /// The lot and every lot that it lies within.
    fn chain<'a>(&'a self, lot: Option<&'a str>) -> Vec<&'a str> {
        let mut chain: Vec<&str> = lot.into_iter().collect();
        while let Some(last) = chain.last()
            && let Some(outer) = self.lots.iter().find(|lot| lot.name == *last).and_then(|lot| lot.within.as_deref())
            // The configuration has no circles; a file of an earlier run might.
            && !chain.contains(&outer)
        {
            chain.push(outer);
        }
        chain
    }

    /// Vehicles that one entry and one exit over the line bring into each lot. What lies on both sides of it is neither
    /// entered nor left.
    fn deltas<'a>(&'a self, line: &'a Line) -> BTreeMap<&'a str, Deltas> {
        let mut deltas: BTreeMap<&str, Deltas> = BTreeMap::new();
        for lot in self.chain(line.entry.as_deref()) {
            deltas.entry(lot).or_default().entry += 1;
        }
        for lot in self.chain(line.exit.as_deref()) {
            deltas.entry(lot).or_default().exit -= 1;
        }
        for lot in self.chain(line.other_side.as_deref()) {
            let delta = deltas.entry(lot).or_default();
            delta.entry -= 1;
            delta.exit += 1;
        }
        deltas.retain(|_, delta| *delta != Deltas::default());
        deltas
    }
}

/// Vehicles more in a lot, -1 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Deltas {
    entry: i64,
    exit: i64,
}

/// The rows that this run writes its crossings against.
#[derive(Clone, Debug, Default)]
pub struct SiteRows {
    cameras: HashMap<String, CameraRow>,
}

#[derive(Clone, Debug)]
pub struct CameraRow {
    pub id: i64,
    /// The present versions of its lines, by name.
    lines: HashMap<String, i64>,
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
        for lot in &layout.lots {
            let parent = lot.within.as_deref().and_then(|outer| lots.get(outer));
            transaction.execute("UPDATE lot SET parent_id = ?2 WHERE name = ?1", params![lot.name, parent])?;
        }
        let mut cameras = HashMap::new();
        for camera in &layout.cameras {
            cameras.insert(camera.name.clone(), register_camera(transaction, camera, layout, &lots)?);
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

    /// The camera's and the line's numbers.
    pub fn line(&self, camera: &str, line: &str) -> Result<(i64, i64), StoreError> {
        self.camera(camera)
            .and_then(|row| Some((row.id, *row.lines.get(line)?)))
            .ok_or_else(|| StoreError::UnknownLine { camera: camera.to_owned(), line: line.to_owned() })
    }
}

fn register_camera(
    transaction: &Transaction,
    camera: &CameraLayout,
    layout: &SiteLayout,
    lots: &HashMap<&str, i64>,
) -> Result<CameraRow, StoreError> {
    transaction.execute("INSERT INTO camera (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", [&camera.name])?;
    let id = transaction.query_row("SELECT id FROM camera WHERE name = ?1", [&camera.name], |row| row.get(0))?;
    let mut lines = HashMap::new();
    for line in &camera.lines {
        let deltas = layout.deltas(line);
        let deltas: Vec<_> = deltas.iter().filter_map(|(lot, deltas)| Some((*lots.get(lot)?, *deltas))).collect();
        lines.insert(line.name.clone(), register_line(transaction, id, line, lots, &deltas)?);
    }
    Ok(CameraRow { id, lines })
}

/// The version of the line that is exactly so and does exactly this to the lots, or a new one.
fn register_line(
    transaction: &Transaction,
    camera: i64,
    line: &Line,
    lots: &HashMap<&str, i64>,
    deltas: &[(i64, Deltas)],
) -> Result<i64, StoreError> {
    let lot = |name: &Option<String>| name.as_ref().and_then(|name| lots.get(name.as_str()).copied());
    let (entry_lot, exit_lot, other_side_lot) = (lot(&line.entry), lot(&line.exit), lot(&line.other_side));
    let (a, b) = (line.segment.a, line.segment.b);
    let version = params![camera, line.name, a.x, a.y, b.x, b.y, entry_lot, exit_lot, other_side_lot];
    let mut alike = transaction.prepare_cached(
        "SELECT id FROM line WHERE camera_id = ?1 AND name = ?2 AND ax = ?3 AND ay = ?4 AND bx = ?5 AND by = ?6
         AND entry_lot_id IS ?7 AND exit_lot_id IS ?8 AND other_side_lot_id IS ?9 ORDER BY id DESC",
    )?;
    let alike = alike.query_map(version, |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for id in alike {
        if has_deltas(transaction, id, deltas)? {
            return Ok(id);
        }
    }
    transaction.execute(
        "INSERT INTO line (camera_id, name, ax, ay, bx, by, entry_lot_id, exit_lot_id, other_side_lot_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        version,
    )?;
    let id = transaction.last_insert_rowid();
    for (lot, delta) in deltas {
        let sql = "INSERT INTO line_lot (line_id, lot_id, entry_delta, exit_delta) VALUES (?1, ?2, ?3, ?4)";
        transaction.prepare_cached(sql)?.execute(params![id, lot, delta.entry, delta.exit])?;
    }
    Ok(id)
}

fn has_deltas(transaction: &Transaction, line: i64, expected: &[(i64, Deltas)]) -> Result<bool, StoreError> {
    let mut found =
        transaction.prepare_cached("SELECT lot_id, entry_delta, exit_delta FROM line_lot WHERE line_id = ?1")?;
    let found = found.query_map([line], |row| Ok((row.get(0)?, Deltas { entry: row.get(1)?, exit: row.get(2)? })))?;
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(found.len() == expected.len() && expected.iter().all(|row| found.contains(row)))
}
