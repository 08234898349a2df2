//! Stage 2: a picture in, the vehicles on it out.
//!
//! A coarse grey picture says whether a net would see anything else than when it looked last ([`motion_gate`]).
//! A region of the picture is brought to the net's input in one pass ([`framing`] says where it lies there,
//! [`preprocess`] fills it), the net runs ([`net`], the only file that names tract), its raw output is decoded where a
//! score is high enough ([`head`]), and boxes on one vehicle are reduced to the surest ([`suppress`]). What a net eats
//! and what it says is described by the sidecar file beside it ([`Sidecar`]); models/README.md describes the format.

mod detection;
mod detector;
#[cfg(feature = "onnx")]
mod eye;
mod family;
mod framing;
mod head;
#[cfg(feature = "onnx")]
mod model;
mod motion_gate;
#[cfg(any(feature = "onnx", test))]
mod near_lines;
#[cfg(feature = "onnx")]
mod net;
#[cfg(feature = "onnx")]
mod net_detector;
mod npy;
#[cfg(any(feature = "onnx", test))]
mod part;
mod preprocess;
mod region;
mod sidecar;
mod suppress;
#[cfg(any(feature = "onnx", test))]
mod vehicle_scale;

pub use detection::{Class, Detection};
pub use detector::{DetectError, Detector};
pub use family::{best_size, family_members, family_stem, model_files, models_in, scale};
pub use head::{Candidate, Head, HeadError, Output};
#[cfg(feature = "onnx")]
pub use model::{Model, ModelError, Models};
pub use motion_gate::{Glance, Motion, MotionGate};
#[cfg(feature = "onnx")]
pub use net_detector::NetDetector;
pub use preprocess::Preprocess;
pub use region::{PixelRegion, looked_at, region_round_lines};
pub use sidecar::{ColourOrder, HeadKind, Input, Placement, Resize, Sidecar};
pub use suppress::suppress;
