//! One net at one input size, and what it needs to look at one camera's pictures.

use std::sync::Arc;

use super::framing::Framing;
use super::head::Candidate;
use super::model::Model;
use super::preprocess::Preprocess;
use super::{DetectError, Detection, PixelRegion, suppress};
use crate::source::Picture;

/// One model and how its input is made, for the size of the region that was last looked at.
pub struct Eye {
    model: Arc<Model>,
    preprocess: Option<Preprocess>,
}

impl Eye {
    pub fn new(model: Arc<Model>) -> Self {
        Self { model, preprocess: None }
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What the net says before suppression, in pixels of the whole picture. `candidates` is memory to be used again.
    pub fn candidates(
        &mut self,
        picture: &Picture,
        region: PixelRegion,
        threshold: f32,
        candidates: &mut Vec<Candidate>,
    ) -> Result<Vec<Detection>, DetectError> {
        let (net, sidecar) = (self.model.net(), self.model.sidecar());
        let size = |region: PixelRegion| (region.width, region.height);
        let preprocess = match &mut self.preprocess {
            Some(preprocess) if size(preprocess.region()) == size(region) => preprocess,
            other => other.insert(Preprocess::new(&sidecar.input, region)),
        };
        preprocess.move_to(region.x, region.y);
        candidates.clear();
        let head = self.model.head();
        let fill = |input: &mut [f32]| preprocess.run(picture, input);
        net.run(fill, |outputs| head.decode(outputs, threshold, candidates))?;
        let known = candidates.iter().filter_map(|candidate| {
            let class = *sidecar.classes.get(&candidate.class)?;
            let rect = preprocess.to_picture(&candidate.rect);
            // Also drops what is not a number.
            let is_box = rect.width() > 0.0 && rect.height() > 0.0;
            is_box.then(|| Detection { rect, score: f64::from(candidate.score), class })
        });
        Ok(known.collect())
    }

    /// The same after it: one box for each vehicle.
    pub fn vehicles(
        &mut self,
        picture: &Picture,
        region: PixelRegion,
        threshold: f32,
        candidates: &mut Vec<Candidate>,
    ) -> Result<Vec<Detection>, DetectError> {
        Ok(suppress(self.candidates(picture, region, threshold, candidates)?, self.model.sidecar().iou))
    }

    /// Pixels of its input for one of the region, in the direction in which there are fewer.
    pub fn scale(&self, region: PixelRegion) -> f64 {
        Framing::new(&self.model.sidecar().input, region).least_scale()
    }

    /// What it sees of the picture when it sees it as large as `scale` pixels of its input for one of the picture.
    pub fn part(&self, scale: f64) -> (usize, usize) {
        let input = &self.model.sidecar().input;
        ((input.width as f64 / scale) as usize, (input.height as f64 / scale) as usize)
    }
}
