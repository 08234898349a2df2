//! The real detector: preprocessing, net, head, suppression.

use std::sync::Arc;

use super::head::Candidate;
use super::model::Model;
use super::net::{NetError, NetInput};
use super::preprocess::Preprocess;
use super::{DetectError, Detection, Detector, PixelRegion, suppress};
use crate::source::Picture;

/// One camera's detector: a shared model and buffers of its own.
pub struct NetDetector {
    model: Arc<Model>,
    threshold: f64,
    /// Made for the region that was last looked at.
    prepared: Option<Prepared>,
    candidates: Vec<Candidate>,
}

struct Prepared {
    preprocess: Preprocess,
    input: NetInput,
}

impl NetDetector {
    /// Boxes below `threshold` (0..1) are not told.
    pub fn new(model: Arc<Model>, threshold: f64) -> Self {
        Self { model, threshold, prepared: None, candidates: Vec::new() }
    }

    /// What the net says before suppression, in pixels of the whole picture: every class that the sidecar names.
    pub fn candidates(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        let (net, sidecar) = (self.model.net(), self.model.sidecar());
        let Prepared { preprocess, input } = match &mut self.prepared {
            Some(prepared) if prepared.preprocess.region() == region => prepared,
            other => other.insert(Prepared {
                preprocess: Preprocess::new(&sidecar.input, region),
                input: net.new_input().map_err(net_failed)?,
            }),
        };
        preprocess.run(picture, input.values().map_err(net_failed)?)?;
        let (head, threshold, candidates) = (self.model.head(), self.threshold as f32, &mut self.candidates);
        candidates.clear();
        net.run(input, |outputs| head.decode(outputs, threshold, candidates)).map_err(net_failed)?;
        let known = candidates.iter().filter_map(|candidate| {
            let class = *sidecar.classes.get(&candidate.class)?;
            let rect = preprocess.to_picture(&candidate.rect);
            // Also drops what is not a number.
            let is_box = rect.width() > 0.0 && rect.height() > 0.0;
            is_box.then(|| Detection { rect, score: f64::from(candidate.score), class })
        });
        Ok(known.collect())
    }
}

fn net_failed(error: NetError) -> DetectError {
    DetectError::Net(Box::new(error))
}

impl Detector for NetDetector {
    fn detect(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        Ok(suppress(self.candidates(picture, region)?, self.model.sidecar().iou))
    }
}
