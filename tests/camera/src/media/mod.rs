//! What the camera shows: a recording as undecoded access units or JPEG pictures, in several variants that are in step.

mod annexb;
mod clip;
mod composition;
mod encode;
mod media_set;
mod packets;
mod variant;

pub use clip::{AccessUnit, Clip, Codec};
pub use media_set::Media;
pub use variant::Variant;

fn opencv_failed(error: opencv::Error) -> std::io::Error {
    std::io::Error::other(error)
}
