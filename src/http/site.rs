//! What the server must be told of the running service, and what it can ask of it: the seam between the two.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::line_editing::{Followed, Remembered, Trial};
use crate::config::{self, Config};
use crate::time::UtcMicros;

/// The running service. Answers at once, but for trials: it is asked by the thread that serves everybody.
pub trait Site: Send + Sync {
    fn snapshot(&self) -> Snapshot;

    /// Asks for one camera, or all of them, to be opened anew. Gives the names of those that will be.
    fn restart(&self, camera: Option<&str>) -> Result<Vec<String>, NoRestart>;

    /// The configuration that is followed now; sections that are read at the start only may be newer than what is done.
    fn config(&self) -> Arc<Config>;

    /// What is followed on a camera's picture; it is kept up to date for some seconds after each call, so that the first one
    /// gives `None`, as when nothing is seen.
    fn followed(&self, camera: &str) -> Option<Followed>;

    /// What is remembered of a camera's looks; `None`: nothing.
    fn remembered(&self, camera: &str) -> Option<Remembered>;

    /// What this camera would have counted of what is remembered, if it had been configured so. Takes its time.
    fn trial(&self, proposed: &config::Camera) -> Option<Trial>;

    /// What a camera shows. The same for a name as long as the service runs; `None`: there is no such camera.
    fn live_picture(&self, camera: &str) -> Option<Arc<dyn LivePicture>>;
}

/// The newest picture of one camera.
pub trait LivePicture: Send + Sync {
    /// Makes pictures come for the next seconds: without anybody who looks there are none. Answers at once.
    fn look(&self);

    /// Which picture is the newest; `None`: there was none yet. Answers at once.
    fn newest(&self) -> Option<Shown>;

    /// The newest picture as a file; `None`: there is none. Takes some milliseconds of a processor. An error is a sentence.
    fn jpeg(&self, overlay: Overlay) -> Result<Option<Jpeg>, String>;
}

/// A picture that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Rises from 1 with each picture.
    pub number: u64,
    /// How long it has been there.
    pub age: Duration,
}

/// What is drawn over a picture.
pub enum Overlay<'a> {
    /// Nothing: the picture as the camera sent it, in its size.
    None,
    /// All that is known of it, and the rows of text that are given for its time.
    Scene(&'a dyn Fn(UtcMicros) -> Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jpeg {
    /// Of the picture.
    pub number: u64,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRestart {
    #[error("there is no camera called `{0}`")]
    Unknown(String),
    #[error("`{0}` is a recording, which is counted once")]
    Recording(String),
    #[error("lotcount is stopping")]
    Stopping,
    #[error("more restarts wait already than are made at a time: ask again in a moment")]
    Busy,
}

/// How the service does at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// The run's name.
    pub run: String,
    /// RFC 3339
    pub started: String,
    pub stopping: bool,
    pub threads: Vec<Thread>,
    pub cameras: Vec<Camera>,
    pub queues: Queues,
    /// Changes that wait in memory because the database does not take them.
    pub waiting_changes: u64,
    /// The writer of the database gives signs of life.
    pub writer_is_alive: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Thread {
    pub name: String,
    pub state: ThreadState,
    /// Seconds since it gave a sign of life.
    pub quiet_s: f64,
    pub restarts: u32,
    pub last_error: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ThreadState {
    #[default]
    Running,
    Ended,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Camera {
    pub name: String,
    /// Not a recording.
    pub live: bool,
    pub state: CameraState,
    /// Why it is not counting, in one word, and in a sentence.
    pub reason: Option<String>,
    pub detail: Option<String>,
    /// Means of the last 10 s; null until there is one.
    pub frames_per_second: Option<f64>,
    pub looks_per_second: Option<f64>,
    /// Since the camera was started or restarted.
    pub frames_read: u64,
    pub frames_looked_at: u64,
    /// Live frames for which there was no time.
    pub frames_dropped: u64,
    /// From a frame's receipt until it was counted, of the last look.
    pub latency_ms: Option<u64>,
    /// Frames that wait for a look.
    pub frames_waiting: usize,
    /// Seconds since the last look.
    pub observed_ago_s: Option<f64>,
    /// Of those that somebody looked at, in this run: pictures, and files that were made of them.
    pub pictures_published: u64,
    pub pictures_encoded: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CameraState {
    #[default]
    Connecting,
    Counting,
    Troubled,
    Failed,
    Done,
}

/// Between the detectors and the tracker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Queues {
    pub looks_waiting: usize,
    pub looks_capacity: usize,
}
