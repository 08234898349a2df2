//! The site over HTTP: how it does, what it counted, and the few things that can be asked of it. One thread, which never touches
//! the way of a frame: it reads the database like everybody else and asks the service through [`Site`]. docs/http.md
//! describes it, docs/openapi.json every answer.

mod line_editing;
#[cfg(feature = "http")]
mod server;
mod site;

pub use line_editing::{Followed, FollowedTrack, Remembered, Trial, Watched};
#[cfg(feature = "http")]
pub use server::{ClientError, HttpError, Server, bind, get};
pub use site::{
    Camera, CameraState, Jpeg, LivePicture, NoRestart, Overlay, Queues, Shown, Site, Snapshot, Thread, ThreadState,
};
