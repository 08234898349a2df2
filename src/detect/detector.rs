//! The seam between pictures and whatever finds vehicles on them.

use super::{Detection, PixelRegion};
use crate::source::Picture;

/// Finds vehicles. The real one runs a net (`NetDetector`); tests say what is to be seen.
pub trait Detector: Send {
    /// What is seen in `region`, as boxes in pixels of the whole picture, without two boxes on one vehicle.
    fn detect(&mut self, picture: &Picture, region: PixelRegion) -> Result<Vec<Detection>, DetectError>;

    /// The same, when all that has changed since `before` was seen lies in `moving`: whoever can need not look at the rest.
    fn detect_moving(
        &mut self,
        picture: &Picture,
        region: PixelRegion,
        _moving: PixelRegion,
        _before: &[Detection],
    ) -> Result<Vec<Detection>, DetectError> {
        self.detect(picture, region)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    #[error("the region {region} does not lie in a picture of {width}x{height}")]
    OutsideThePicture { region: PixelRegion, width: usize, height: usize },
    #[error("the net failed")]
    Net(#[source] Box<dyn std::error::Error + Send + Sync>),
}
