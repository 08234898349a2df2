//! The real detector: preprocessing, net, head, suppression.

use std::sync::Arc;

use super::framing::Framing;
use super::head::Candidate;
use super::model::Model;
use super::net::NetError;
use super::part::{merge, part_for};
use super::preprocess::Preprocess;
use super::{DetectError, Detection, Detector, PixelRegion, suppress};
use crate::source::Picture;

/// One camera's detector: shared models and buffers of its own.
pub struct NetDetector {
    whole: Eye,
    /// The same net at smaller sizes, the cheapest first.
    smaller: Vec<Eye>,
    threshold: f64,
    candidates: Vec<Candidate>,
    /// What the smaller nets see of the picture at the whole one's scale, and the region for which that is so.
    parts: Option<(PixelRegion, Vec<(usize, usize)>)>,
}

/// One model and how its input is made, for the size of the region that was last looked at.
struct Eye {
    model: Arc<Model>,
    preprocess: Option<Preprocess>,
}

impl NetDetector {
    /// Boxes below `threshold` (0..1) are not told.
    pub fn new(model: Arc<Model>, threshold: f64) -> Self {
        Self { whole: Eye::new(model), smaller: Vec::new(), threshold, candidates: Vec::new(), parts: None }
    }

    /// Looks at parts of the region with the same net at those sizes that are smaller.
    pub fn with_sizes(mut self, sizes: &[Arc<Model>]) -> Self {
        let pixels = |model: &Arc<Model>| model.sidecar().input.width * model.sidecar().input.height;
        let whole = pixels(&self.whole.model);
        let mut smaller: Vec<_> = sizes.iter().filter(|model| pixels(model) < whole).collect();
        smaller.sort_by_key(|model| pixels(model));
        self.smaller = smaller.into_iter().map(|model| Eye::new(Arc::clone(model))).collect();
        self
    }

    /// What the net says before suppression, in pixels of the whole picture: every class that the sidecar names.
    pub fn candidates(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        self.whole.candidates(picture, region, self.threshold as f32, &mut self.candidates)
    }
}

impl Eye {
    fn new(model: Arc<Model>) -> Self {
        Self { model, preprocess: None }
    }

    fn candidates(
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

    /// What it sees of the picture when it sees it as large as `scale` pixels of its input for one of the picture.
    fn part(&self, scale: f64) -> (usize, usize) {
        let input = &self.model.sidecar().input;
        ((input.width as f64 / scale) as usize, (input.height as f64 / scale) as usize)
    }
}

impl From<NetError> for DetectError {
    fn from(error: NetError) -> Self {
        Self::Net(Box::new(error))
    }
}

impl Detector for NetDetector {
    fn detect(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        Ok(suppress(self.candidates(picture, region)?, self.whole.model.sidecar().iou))
    }

    fn detect_moving(
        &mut self,
        picture: &Picture,
        region: PixelRegion,
        moving: PixelRegion,
        before: &[Detection],
    ) -> Result<Vec<Detection>, DetectError> {
        let sizes = match &self.parts {
            Some((of, sizes)) if *of == region => sizes,
            _ => {
                let scale = Framing::new(&self.whole.model.sidecar().input, region).least_scale();
                let sizes = self.smaller.iter().map(|eye| eye.part(scale)).collect();
                &self.parts.insert((region, sizes)).1
            }
        };
        let Some((index, part)) = part_for(moving, before, region, sizes) else {
            return self.detect(picture, region);
        };
        let eye = &mut self.smaller[index];
        let now = eye.candidates(picture, part, self.threshold as f32, &mut self.candidates)?;
        let now = suppress(now, eye.model.sidecar().iou);
        merge(part, region, before, now).map_or_else(|| self.detect(picture, region), Ok)
    }
}
