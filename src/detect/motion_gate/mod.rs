//! The motion gate: says from a coarse grey picture whether a net would see anything else than when it looked last.
//!
//! What is seen now is compared with what was seen when the net looked last, not with the picture before: so a car that
//! creeps adds up until it is noticed, and what the net said then holds for as long as nothing changed. What changes all the
//! time in one place (noise, leaves, rain) raises the threshold there.

mod grid;

use grid::{Grid, STEPS};

use super::PixelRegion;
use crate::geometry::{Point, Segment};
use crate::source::Picture;

/// Where something moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Motion {
    Nowhere,
    /// In the region, but at no counting line.
    Away,
    NearLine,
}

/// What a glance at a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    pub motion: Motion,
    /// The net is to look. Otherwise it would see what it saw when it was last to look.
    pub look: bool,
}

/// Since nothing moves any more the net looks on for so long, s: what has come to rest is seen well before that is relied on.
const LINGER: f64 = 1.0;
/// Where nothing moves the net looks so often all the same, s: for what came in too slowly, or was missed.
const HEARTBEAT: f64 = 4.0;
/// Cells of a tile, each way.
const TILE: usize = 4;
/// So many of a tile's 16 cells have to change.
const CELLS_OF_TILE: u16 = 4;
/// Least and greatest change of a cell that counts, in steps: below lies what an encoder makes of a still picture, above
/// are vehicles, which must not be taken for leaves however many pass.
const LEAST: i16 = 5 * STEPS;
const GREATEST: i16 = 24 * STEPS;
/// While a gate is new it learns what is usual so many times faster, for so many glances: a noisy night would keep the net
/// awake for a minute.
const LEARNING: i16 = 3;
const NEW: u32 = 60;
/// A line's surroundings reach so far, as a share of the longer side of the region.
const NEAR: f64 = 0.2;

/// Watches one region of one camera. Has no clock: time is what the caller says.
#[derive(Debug)]
pub struct MotionGate {
    picture: (usize, usize),
    grid: Grid,
    /// The grid when the net was last to look.
    reference: Vec<i16>,
    /// By cell: four in five differences from the reference are below it, steps.
    usual: Vec<i16>,
    /// Pictures it has glanced at.
    glances: u32,
    /// Changed cells of each tile in one row of tiles.
    changed: Vec<u16>,
    /// By tile: whether a counting line is near.
    near: Vec<bool>,
    last_look: Option<f64>,
    /// The last motion, and when, s.
    last_motion: Option<(Motion, f64)>,
}

impl MotionGate {
    /// Of pictures of `width` x `height` pixels, with `lines` in pixels.
    pub fn new(width: usize, height: usize, region: PixelRegion, lines: &[Segment]) -> Self {
        let grid = Grid::new(region);
        let tiles = (grid.columns.div_ceil(TILE), grid.rows.div_ceil(TILE));
        let reach = NEAR * region.width.max(region.height) as f64;
        let is_near = |tile: usize| {
            let (x, y) = grid.centre(tile % tiles.0 * TILE + TILE / 2, tile / tiles.0 * TILE + TILE / 2);
            lines.iter().any(|line| line.distance(Point::new(x, y)) <= reach)
        };
        let cells = grid.values.len();
        Self {
            picture: (width, height),
            reference: vec![0; cells],
            usual: vec![STEPS; cells],
            glances: 0,
            changed: vec![0; tiles.0],
            near: (0..tiles.0 * tiles.1).map(is_near).collect(),
            last_look: None,
            last_motion: None,
            grid,
        }
    }

    /// Whether it was made for pictures of this size.
    pub fn fits(&self, picture: &Picture) -> bool {
        self.picture == (picture.width(), picture.height())
    }

    /// Glances at the picture taken at `seconds` of any clock that does not run backwards.
    ///
    /// # Panics
    /// when the picture has another size than the gate was made for.
    pub fn glance(&mut self, seconds: f64, picture: &Picture) -> Glance {
        assert!(self.fits(picture), "a gate for pictures of {:?}", self.picture);
        self.grid.sample(picture);
        let motion = match self.last_look {
            Some(_) => self.compare(),
            // There is nothing yet to compare with: anything may be on its way.
            None => Motion::NearLine,
        };
        if motion != Motion::Nowhere {
            self.last_motion = Some((motion, seconds));
        }
        let lingering = self.last_motion.filter(|(_, at)| seconds - at < LINGER).map(|(motion, _)| motion);
        let motion = motion.max(lingering.unwrap_or(Motion::Nowhere));
        let look = motion != Motion::Nowhere || self.last_look.is_none_or(|last| seconds - last >= HEARTBEAT);
        if look {
            self.last_look = Some(seconds);
            self.reference.copy_from_slice(&self.grid.values);
        }
        Glance { motion, look }
    }

    /// Finds the tiles that changed, and learns how much each cell usually does.
    fn compare(&mut self) -> Motion {
        let columns = self.grid.columns;
        self.glances = self.glances.saturating_add(1);
        let step = if self.glances < NEW { LEARNING } else { 1 };
        let mut motion = Motion::Nowhere;
        let rows = self.grid.values.chunks_exact(columns).zip(self.reference.chunks_exact(columns));
        for (row, ((values, reference), usual)) in rows.zip(self.usual.chunks_exact_mut(columns)).enumerate() {
            let cells = values.chunks(TILE).zip(reference.chunks(TILE)).zip(usual.chunks_mut(TILE));
            for (changed, ((values, reference), usual)) in self.changed.iter_mut().zip(cells) {
                *changed += changed_cells(values, reference, usual, step);
            }
            if row % TILE == TILE - 1 || row + 1 == self.grid.rows {
                let near = &self.near[row / TILE * self.changed.len()..][..self.changed.len()];
                for (changed, near) in self.changed.iter_mut().zip(near) {
                    if std::mem::take(changed) >= CELLS_OF_TILE {
                        motion = motion.max(if *near { Motion::NearLine } else { Motion::Away });
                    }
                }
            }
        }
        motion
    }
}

/// How many cells differ by more than they usually do. `usual` rises by four times `step` where it is exceeded and else falls by
/// `step`: so it comes to lie above four differences in five, and what passes now and then does not raise it.
fn changed_cells(values: &[i16], reference: &[i16], usual: &mut [i16], step: i16) -> u16 {
    let mut changed = 0;
    for ((value, reference), usual) in values.iter().zip(reference).zip(usual) {
        let difference = (value - reference).abs();
        let threshold = (*usual * 2 + *usual / 2 + 2 * STEPS).clamp(LEAST, GREATEST);
        changed += u16::from(difference > threshold);
        *usual = if difference > *usual { (*usual + 4 * step).min(GREATEST) } else { (*usual - step).max(0) };
    }
    changed
}

#[cfg(test)]
mod tests;
