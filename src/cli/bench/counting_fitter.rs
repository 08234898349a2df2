//! Fits the nets and counts how often they look.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cli::net_fitter::NetFitter;
use crate::config::Camera;
use crate::detect::{DetectError, Detection, Detector, PixelRegion};
use crate::service::{FitError, Fitted, Fitter};
use crate::source::Picture;

pub struct CountingFitter {
    fitter: Arc<NetFitter>,
    looks: Arc<AtomicU64>,
}

impl CountingFitter {
    pub fn new(fitter: Arc<NetFitter>) -> Self {
        Self { fitter, looks: Arc::default() }
    }

    /// Of all detectors that were fitted.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Relaxed)
    }
}

impl Fitter for CountingFitter {
    fn fit(&self, camera: &Camera, width: usize, height: usize) -> Result<Fitted, FitError> {
        let Fitted { detector, view } = self.fitter.fit(camera, width, height)?;
        Ok(Fitted { detector: Box::new(Counted { detector, looks: Arc::clone(&self.looks) }), view })
    }
}

struct Counted {
    detector: Box<dyn Detector>,
    looks: Arc<AtomicU64>,
}

impl Detector for Counted {
    fn detect(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.detector.detect(picture, region)
    }
}
