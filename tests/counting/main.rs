//! Tracking and counting as a whole: detections in, crossings out.

mod golden;
mod properties;
mod scene;
mod synthetic;
