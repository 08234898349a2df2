//! The real detector: one camera's nets, and which of them looks at what.

use std::sync::Arc;

use super::eye::Eye;
use super::head::Candidate;
use super::model::Model;
use super::near_lines::NearLines;
use super::net::NetError;
use super::part::{merge, part_for};
use super::vehicle_scale::VehicleScale;
use super::{DetectError, Detection, Detector, PixelRegion};
use crate::geometry::{Rect, Segment};
use crate::source::Picture;

/// One camera's detector: shared models and buffers of its own.
pub struct NetDetector {
    /// One net at several sizes, the cheapest first; the last one sees the whole region at the full scale.
    eyes: Vec<Eye>,
    threshold: f32,
    candidates: Vec<Candidate>,
    /// The counting lines, pixels of the picture. Without any the scale is always the full one.
    lines: Vec<Segment>,
    fitted: Option<Fitted>,
}

/// What follows from the region that was last looked at.
struct Fitted {
    region: PixelRegion,
    /// The full scale first.
    levels: Vec<Level>,
    scale: VehicleScale,
    near: NearLines,
}

/// A scale at which the region may be seen.
struct Level {
    /// Which of the eyes sees the whole region so.
    eye: usize,
    /// What the cheaper ones see of the picture at that scale.
    parts: Vec<(usize, usize)>,
}

/// Where all lies that has changed since a look, and what that look saw.
type Changed<'a> = Option<(PixelRegion, &'a [Detection])>;

/// A score of so many times what starts a track is sure.
const SURE: f64 = 1.5;

impl NetDetector {
    /// Boxes below `threshold` (0..1) are not told.
    pub fn new(model: Arc<Model>, threshold: f64) -> Self {
        let eyes = vec![Eye::new(model)];
        Self { eyes, threshold: threshold as f32, candidates: Vec::new(), lines: Vec::new(), fitted: None }
    }

    /// Looks at parts of the region with the same net at those sizes that are smaller.
    pub fn with_sizes(mut self, sizes: &[Arc<Model>]) -> Self {
        let pixels = |model: &Model| model.sidecar().input.width * model.sidecar().input.height;
        let whole = pixels(self.whole().model());
        let mut smaller: Vec<_> = sizes.iter().filter(|model| pixels(model) < whole).collect();
        smaller.sort_by_key(|model| pixels(model));
        self.eyes.splice(..0, smaller.into_iter().map(|model| Eye::new(Arc::clone(model))));
        self
    }

    /// Looks at the whole region, too, with those of the sizes at which the vehicles that drive near these lines (pixels of the
    /// picture) are large enough.
    pub fn sized_by_vehicles_near(mut self, lines: Vec<Segment>) -> Self {
        self.lines = lines;
        self
    }

    /// What the net says before suppression, in pixels of the whole picture: every class that the sidecar names.
    pub fn candidates(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        let whole = self.eyes.last_mut().expect("a detector has an eye");
        whole.candidates(picture, region, self.threshold, &mut self.candidates)
    }

    /// How large it sees the region now: 1 at the full scale, less where the vehicles are large.
    pub fn share_of_full_scale(&self) -> f64 {
        self.fitted.as_ref().map_or(1.0, |fitted| fitted.scale.share_of_full())
    }

    fn whole(&self) -> &Eye {
        self.eyes.last().expect("a detector has an eye")
    }

    fn look(
        &mut self,
        picture: &Picture,
        region: PixelRegion,
        changed: Changed,
    ) -> Result<Vec<Detection>, DetectError> {
        let fitted = match &mut self.fitted {
            Some(fitted) if fitted.region == region => fitted,
            other => other.insert(Fitted::new(&self.eyes, self.lines.clone(), region)),
        };
        let moving = changed.map(|(moving, _)| moving);
        let mut run = |eye: usize, part| self.eyes[eye].vehicles(picture, part, self.threshold, &mut self.candidates);
        let mut seen = look_at(fitted.level(), region, changed, &mut run)?;
        if fitted.scale.is_compared(fitted.near.moving(&seen, moving).count()) {
            let full = run(fitted.levels[0].eye, region)?;
            let missed = fitted.near.missed(&full, &seen);
            let vehicles = fitted.near.moving(&full, moving).count();
            fitted.scale.compared(vehicles, missed);
            if missed > 0 {
                seen = full;
            }
        }
        let shorter_side = |rect: &Rect| rect.width().min(rect.height());
        fitted.scale.learn(fitted.near.moving(&seen, moving).map(shorter_side));
        Ok(seen)
    }
}

/// Looks with the cheapest eye that shows at this scale what has changed.
fn look_at(
    level: &Level,
    region: PixelRegion,
    changed: Changed,
    run: &mut impl FnMut(usize, PixelRegion) -> Result<Vec<Detection>, DetectError>,
) -> Result<Vec<Detection>, DetectError> {
    if let Some((moving, before)) = changed
        && let Some((eye, part)) = part_for(moving, before, region, &level.parts)
        && let Some(seen) = merge(part, region, before, run(eye, part)?)
    {
        return Ok(seen);
    }
    run(level.eye, region)
}

impl Fitted {
    fn new(eyes: &[Eye], lines: Vec<Segment>, region: PixelRegion) -> Self {
        let scales: Vec<f64> = eyes.iter().map(|eye| eye.scale(region)).collect();
        let whole = eyes.len() - 1;
        // Who sees the region no larger than somebody cheaper is not needed.
        let is_level = |&eye: &usize| {
            eye == whole || (scales[eye] < scales[whole] && scales[..eye].iter().all(|&cheaper| cheaper < scales[eye]))
        };
        let parts = |eye: usize| eyes[..eye].iter().map(|cheaper| cheaper.part(scales[eye])).collect();
        let levels = (0..eyes.len()).rev().filter(is_level).map(|eye| Level { eye, parts: parts(eye) });
        let levels: Vec<_> = levels.collect();
        let scale = VehicleScale::new(levels.iter().map(|level| scales[level.eye]).collect());
        let sure = SURE * eyes[whole].model().sidecar().thresholds.birth;
        Self { region, levels, scale, near: NearLines::new(lines, region, sure) }
    }

    fn level(&self) -> &Level {
        &self.levels[self.scale.level()]
    }
}

impl From<NetError> for DetectError {
    fn from(error: NetError) -> Self {
        Self::Net(Box::new(error))
    }
}

impl Detector for NetDetector {
    fn detect(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        self.look(picture, region, None)
    }

    fn detect_moving(
        &mut self,
        picture: &Picture,
        region: PixelRegion,
        moving: PixelRegion,
        before: &[Detection],
    ) -> Result<Vec<Detection>, DetectError> {
        self.look(picture, region, Some((moving, before)))
    }
}
