//! The real detector: preprocessing, net, head, suppression.

use std::sync::Arc;

use super::head::Candidate;
use super::model::Model;
use super::preprocess::Preprocess;
use super::{DetectError, Detection, Detector, PixelRegion, suppress};
use crate::source::Picture;

/// One camera's detector: a shared model and buffers of its own.
pub struct NetDetector {
    model: Arc<Model>,
    threshold: f64,
    preprocess: Option<Preprocess>,
}

impl NetDetector {
    /// Boxes below `threshold` are not told.
    pub fn new(model: Arc<Model>, threshold: f64) -> Self {
        Self { model, threshold, preprocess: None }
    }

    /// What the net says before suppression, in pixels of the whole picture: every class that the sidecar names.
    pub fn candidates(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        let sidecar = self.model.sidecar();
        let preprocess = match &mut self.preprocess {
            Some(preprocess) if preprocess.region() == region => preprocess,
            other => other.insert(Preprocess::new(&sidecar.input, region)),
        };
        let input = preprocess.run(picture)?;
        let threshold = self.threshold as f32;
        let candidates: Vec<Candidate> = self
            .model
            .net()
            .run(input, |outputs| self.model.head().decode(outputs, threshold))
            .map_err(|error| DetectError::Net(Box::new(error)))?;
        let known = candidates.into_iter().filter_map(|candidate| {
            let class = *sidecar.classes.get(&candidate.class)?;
            Some(Detection { rect: preprocess.to_picture(&candidate.rect), score: f64::from(candidate.score), class })
        });
        Ok(known.collect())
    }
}

impl Detector for NetDetector {
    fn detect(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        Ok(suppress(self.candidates(picture, region)?, self.model.sidecar().iou))
    }
}
