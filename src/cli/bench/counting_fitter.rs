//! Fits the nets, counts how often they look, and how long that takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::process::on_thread;
use crate::cli::net_fitter::NetFitter;
use crate::config::Camera;
use crate::detect::{DetectError, Detection, Detector, PixelRegion};
use crate::service::{FitError, Fitted, Fitter};
use crate::source::Picture;

pub struct CountingFitter {
    fitter: Arc<NetFitter>,
    looks: Arc<Looks>,
}

/// Of all detectors that were fitted.
#[derive(Debug, Default)]
struct Looks {
    number: AtomicU64,
    cpu_ns: AtomicU64,
}

impl CountingFitter {
    pub fn new(fitter: Arc<NetFitter>) -> Self {
        Self { fitter, looks: Arc::default() }
    }

    pub fn looks(&self) -> u64 {
        self.looks.number.load(Ordering::Relaxed)
    }

    /// Processor time of all looks.
    pub fn cpu(&self) -> Duration {
        Duration::from_nanos(self.looks.cpu_ns.load(Ordering::Relaxed))
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
    looks: Arc<Looks>,
}

impl Counted {
    fn count(
        &mut self,
        look: impl FnOnce(&mut dyn Detector) -> Result<Vec<Detection>, DetectError>,
    ) -> Result<Vec<Detection>, DetectError> {
        let (seen, cpu) = on_thread(|| look(self.detector.as_mut()));
        self.looks.number.fetch_add(1, Ordering::Relaxed);
        self.looks.cpu_ns.fetch_add(cpu.as_nanos() as u64, Ordering::Relaxed);
        seen
    }
}

impl Detector for Counted {
    fn detect(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        self.count(|detector| detector.detect(picture, region))
    }

    fn detect_moving(
        &mut self,
        picture: &Picture,
        region: PixelRegion,
        moving: PixelRegion,
        before: &[Detection],
    ) -> Result<Vec<Detection>, DetectError> {
        self.count(|detector| detector.detect_moving(picture, region, moving, before))
    }
}
