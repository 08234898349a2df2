//! The models that a configuration names, loaded once each, and which of them looks at which camera.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Exit, Failure};
use crate::config::{self, Config};
use crate::detect::{Model, Models, NetDetector, PixelRegion, looked_at};
use crate::service::{FitError, Fitted, Fitter, ModelId, View};
use crate::track::Thresholds;

/// Every model of the configuration, shared by all cameras.
pub struct NetFitter {
    models: HashMap<PathBuf, Models>,
}

impl NetFitter {
    /// Loads what the cameras name; the first model that cannot be used ends the program with its reason.
    pub fn load(config: &Config) -> Result<Self, Failure> {
        let mut models = HashMap::new();
        for camera in &config.cameras {
            if !models.contains_key(&camera.model) {
                let loaded = Models::load(&camera.model).map_err(|error| Failure::new(Exit::Config, &error))?;
                models.insert(camera.model.clone(), loaded);
            }
        }
        Ok(Self { models })
    }
}

/// What looks at a camera's pictures of one size, and at which part of them.
pub struct Choice {
    pub region: PixelRegion,
    pub model: Arc<Model>,
    /// How many sizes there were to choose from; `None`: the camera names this one.
    pub of: Option<usize>,
}

impl NetFitter {
    /// The camera's region, and of its model's sizes the one that suits it.
    pub fn choose(&self, camera: &config::Camera, width: usize, height: usize) -> Choice {
        let lines = camera.lines.iter().map(|line| line.segment);
        let region = looked_at(camera.region.as_ref(), lines, width, height);
        let models = &self.models[&camera.model];
        let model = models.fit(region.width, region.height);
        Choice { region, model, of: models.is_family().then(|| models.members().len()) }
    }
}

impl NetFitter {
    /// All sizes of the camera's model.
    pub fn sizes(&self, camera: &config::Camera) -> &[Arc<Model>] {
        self.models[&camera.model].members()
    }
}

impl Fitter for NetFitter {
    fn fit(&self, camera: &config::Camera, width: usize, height: usize) -> Result<Fitted, FitError> {
        let Choice { region, model, of } = self.choose(camera, width, height);
        let sidecar = model.sidecar();
        let drop = camera.score.unwrap_or(sidecar.thresholds.drop);
        let thresholds = Thresholds { drop, ..sidecar.thresholds };
        // Who names one file gets that one.
        let sizes = of.map_or(&[][..], |_| self.models[&camera.model].members());
        let id = ModelId { name: model.name().to_owned(), sha256: sidecar.sha256.clone() };
        // Without the gate every look is to see all that the net can.
        let lines = camera.lines.iter().filter(|_| camera.motion_gate);
        let lines = lines.map(|line| line.segment.scaled(width as f64, height as f64)).collect();
        let detector = NetDetector::new(model, drop).with_sizes(sizes).sized_by_vehicles_near(lines);
        Ok(Fitted { detector: Box::new(detector), view: View { width, height, region, thresholds, model: id } })
    }
}
