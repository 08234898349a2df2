//! How the stages become threads: wiring, queues, supervision, stopping. The only place that names flume.
//!
//! Per camera a reader (`<camera>-read`) and a detector (`<camera>-detect`); one `tracker`, which is the only writer of
//! the database; one `reporter`. Stopping has one way, whoever asks for it: the readers end because of the stop,
//! everything after them ends because its input closes.

mod annotation;
mod backoff;
mod camera_tracking;
mod detector;
mod frame_queue;
mod look_timer;
mod reader;
mod reporter;
mod session;
mod signals;
mod stop;
mod systemd;
mod tracker;
mod video_opener;
mod wiring;

pub use session::{Activity, CameraActivity};
pub use signals::stop_on_signals;
pub use stop::StopToken;
pub use systemd::Notifier;
pub use video_opener::VideoOpener;
pub use wiring::{
    Camera, Ended, FitError, Fitted, Fitter, ModelId, Opener, Options, Parts, Service, ServiceError, View,
};
