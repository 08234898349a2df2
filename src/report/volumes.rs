//! Volumes of a period by line and by lot, from one reading of the database.

use std::collections::{BTreeMap, HashMap};

use super::observations::QUARTER_US;
use crate::store::{Filter, LineVersion, LineVolume, LotVolume, PartVolume, Reader, StoreError};
use crate::time::UtcMicros;

/// In order of time, and of names in each quarter of an hour. Quarters without any are left out.
pub struct Volumes {
    pub lines: Vec<LineVolume>,
    pub lots: Vec<LotVolume>,
}

impl Volumes {
    /// Of all lines and lots, when the period consists of whole quarters; otherwise, or when the filter asks for some of
    /// them only, as the database sums them up.
    pub fn read(reader: &Reader, filter: &Filter) -> Result<Self, StoreError> {
        let is_whole = |moment: Option<UtcMicros>| moment.is_none_or(|moment| moment.0.rem_euclid(QUARTER_US) == 0);
        if asks_for_all(filter) && is_whole(filter.since) && is_whole(filter.until) {
            return Ok(Self::summed_up(&reader.line_versions()?, reader.part_volumes(filter.since, filter.until)?));
        }
        // Every line of a camera tells whether the camera saw anything.
        let lines = reader.line_volumes(&Filter { line: None, ..filter.clone() })?;
        Ok(Self { lines, lots: reader.lot_volumes(filter)? })
    }

    fn summed_up(versions: &[LineVersion], mut parts: Vec<PartVolume>) -> Self {
        let versions: HashMap<i64, &LineVersion> = versions.iter().map(|version| (version.id, version)).collect();
        let mut lots: BTreeMap<(UtcMicros, &str), (u64, u64)> = BTreeMap::new();
        for part in &parts {
            let Some(version) = versions.get(&part.version) else { continue };
            for lot in &version.lots {
                let sum = lots.entry((part.quarter, &lot.lot)).or_default();
                let of = |delta: i64| {
                    part.entries * u64::from(lot.entry == delta) + part.exits * u64::from(lot.exit == delta)
                };
                *sum = (sum.0 + of(1), sum.1 + of(-1));
            }
        }
        let moved = lots.into_iter().filter(|(_, (entries, exits))| entries + exits > 0);
        let lot_volume = |((quarter, lot), (entries, exits)): ((UtcMicros, &str), (u64, u64))| LotVolume {
            quarter,
            lot: lot.to_owned(),
            entries,
            exits,
        };
        let lots = moved.map(lot_volume).collect();
        parts.retain(|part| versions.contains_key(&part.version) && part.entries + part.exits > 0);
        Self { lines: line_volumes(&versions, parts), lots }
    }
}

fn line_volumes(versions: &HashMap<i64, &LineVersion>, mut parts: Vec<PartVolume>) -> Vec<LineVolume> {
    let names = |part: &PartVolume| {
        let version = versions[&part.version];
        (version.camera.as_str(), version.line.as_str())
    };
    parts.sort_by(|one, other| {
        one.quarter
            .cmp(&other.quarter)
            .then_with(|| names(one).cmp(&names(other)))
            .then_with(|| one.class.cmp(&other.class))
    });
    let mut lines: Vec<LineVolume> = Vec::with_capacity(parts.len());
    for part in parts {
        let (camera, line) = names(&part);
        match lines.last_mut() {
            Some(last)
                if last.quarter == part.quarter
                    && last.camera == camera
                    && last.line == line
                    && last.class == part.class =>
            {
                last.entries += part.entries;
                last.exits += part.exits;
            }
            _ => lines.push(LineVolume {
                quarter: part.quarter,
                camera: camera.to_owned(),
                line: line.to_owned(),
                class: part.class,
                entries: part.entries,
                exits: part.exits,
            }),
        }
    }
    lines
}

fn asks_for_all(filter: &Filter) -> bool {
    filter.lot.is_none() && filter.camera.is_none() && filter.line.is_none()
}
