//! Tracking and counting as a whole: detections in, crossings out.

mod golden;
mod pitfalls;
mod properties;
mod rejections;
mod scene;
mod synthetic;
