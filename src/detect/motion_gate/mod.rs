//! The motion gate: says from a coarse grey picture whether a net would see anything else than when it looked last.
//!
//! What is seen now is compared with what was seen when the net looked last, not with the picture before: so a car that
//! creeps adds up until it is noticed, and what the net said then holds for as long as nothing changed. What changes all the
//! time in one place (noise, leaves, rain) raises the threshold there.

mod area;
mod grid;

use area::{Area, RecentArea};
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
    /// Where all lies that has changed lately; `None`: it may be anywhere.
    pub moving: Option<PixelRegion>,
}

/// Since nothing moves any more the net looks on for so long, s: what has come to rest is seen well before that is relied on.
const LINGER: f64 = 1.0;
/// Where something moved is remembered for so long at least, s: several looks.
const REMEMBERED: f64 = 0.5;
/// The net looks at the whole region so often all the same, s: for what came in too slowly, or was missed.
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
pub(super) const NEAR: f64 = 0.2;

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
    /// By cell of one row: 1 where it has changed.
    differs: Vec<u8>,
    /// Changed cells of each tile in one row of tiles.
    changed: Vec<u16>,
    /// By tile: whether a counting line is near.
    near: Vec<bool>,
    /// The last look at the whole region, s; `None` before the first picture.
    last_whole: Option<f64>,
    /// The last motion, and when, s.
    last_motion: Option<(Motion, f64)>,
    /// Where it was, in tiles.
    recent: RecentArea,
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
            differs: vec![0; grid.columns],
            changed: vec![0; tiles.0],
            near: (0..tiles.0 * tiles.1).map(is_near).collect(),
            last_whole: None,
            last_motion: None,
            recent: RecentArea::new(REMEMBERED),
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
        let (motion, area) = match self.last_whole {
            Some(_) => self.compare(),
            // There is nothing yet to compare with: anything may be on its way.
            None => (Motion::NearLine, None),
        };
        let moving = self.recent.add(seconds, area);
        if motion != Motion::Nowhere {
            self.last_motion = Some((motion, seconds));
        }
        let lingering = self.last_motion.filter(|(_, at)| seconds - at < LINGER).map(|(motion, _)| motion);
        let motion = motion.max(lingering.unwrap_or(Motion::Nowhere));
        let whole = self.last_whole.is_none_or(|last| seconds - last >= HEARTBEAT);
        let look = whole || motion != Motion::Nowhere;
        if look {
            self.reference.copy_from_slice(&self.grid.values);
        }
        if whole {
            self.last_whole = Some(seconds);
        }
        let moving = moving.filter(|_| !whole).map(|area| self.grid.pixels(area, TILE));
        Glance { motion, look, moving }
    }

    /// Finds the tiles that changed, and learns how much each cell usually does.
    fn compare(&mut self) -> (Motion, Option<Area>) {
        let columns = self.grid.columns;
        self.glances = self.glances.saturating_add(1);
        let step = if self.glances < NEW { LEARNING } else { 1 };
        let (mut motion, mut area) = (Motion::Nowhere, None);
        let rows = self.grid.values.chunks_exact(columns).zip(self.reference.chunks_exact(columns));
        for (row, ((values, reference), usual)) in rows.zip(self.usual.chunks_exact_mut(columns)).enumerate() {
            compare_row(values, reference, usual, step, &mut self.differs);
            for (changed, differs) in self.changed.iter_mut().zip(self.differs.chunks(TILE)) {
                *changed += differs.iter().map(|&differs| u16::from(differs)).sum::<u16>();
            }
            if row % TILE == TILE - 1 || row + 1 == self.grid.rows {
                let near = &self.near[row / TILE * self.changed.len()..][..self.changed.len()];
                for (column, (changed, near)) in self.changed.iter_mut().zip(near).enumerate() {
                    if std::mem::take(changed) >= CELLS_OF_TILE {
                        area = Area::union(area, Some(Area::tile(column, row / TILE)));
                        motion = motion.max(if *near { Motion::NearLine } else { Motion::Away });
                    }
                }
            }
        }
        (motion, area)
    }
}

/// Which cells of a row differ by more than they usually do. `usual` rises by four times `step` where it is exceeded and else falls by
/// `step`: so it comes to lie above four differences in five, and what passes now and then does not raise it.
fn compare_row(values: &[i16], reference: &[i16], usual: &mut [i16], step: i16, differs: &mut [u8]) {
    // Nothing here can overflow; checking it would forbid vector code.
    for (((value, reference), usual), differs) in values.iter().zip(reference).zip(usual).zip(differs) {
        let difference = value.wrapping_sub(*reference).wrapping_abs();
        let threshold = usual.wrapping_mul(2).wrapping_add(*usual >> 1).wrapping_add(2 * STEPS);
        *differs = u8::from(difference > threshold.clamp(LEAST, GREATEST));
        let change = if difference > *usual { step.wrapping_mul(4) } else { step.wrapping_neg() };
        *usual = usual.wrapping_add(change).clamp(0, GREATEST);
    }
}

#[cfg(test)]
mod tests;
