//! How the stages become threads: wiring, queues, supervision, stopping. The only place that names flume.
//!
//! Per camera a reader (`<camera>-read`) and a detector (`<camera>-detect`); one `tracker`, which is the only writer of
//! the database; one `reporter`; the thread that owns the [`Service`] supervises them. Stopping has one way, whoever asks
//! for it: the readers end because of the stop, everything after them ends because its input closes.

mod activity;
mod alert_watch;
mod annotation;
mod attention;
mod backoff;
mod camera_tracking;
mod commit_latency;
mod coverage;
mod crew;
mod desk;
mod detector;
mod frame_queue;
mod gap_watch;
mod history;
mod inference_pool;
mod last_sight;
mod latest_picture;
mod lease;
mod live_tracks;
mod look_timer;
mod parts;
mod pulse;
mod reader;
mod recent_looks;
mod repeated_log;
mod reporter;
mod resets;
mod session;
mod session_scene;
mod signals;
mod stop;
mod supervisor;
mod systemd;
mod tally;
mod tracker;
mod trial;
mod upkeep;
mod video_opener;
mod vital;

pub use activity::{Activity, State, Trouble};
pub use camera_tracking::counter_for;
pub use commit_latency::CommitLatency;
pub use desk::Desk;
pub use parts::{Camera, FitError, Fitted, Fitter, ModelId, Opener, Options, Parts, Roll, View};
pub use signals::{Reload, on_signals};
pub use stop::StopToken;
pub use supervisor::{Ended, Service, ServiceError};
pub use systemd::Notifier;
pub use tracker::Kept;
pub use upkeep::Upkeep;
pub use video_opener::VideoOpener;
