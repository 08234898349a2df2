//! What the running service tells of itself, and what it can be asked to do, by threads that are none of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use flume::{Sender, TrySendError, WeakSender};

use super::activity::{Activity, State, Trouble};
use super::detector::Report;
use super::frame_queue::FrameSender;
use super::latest_picture::LatestPicture;
use super::parts;
use super::pulse::Pulse;
use super::recent_looks::{Memory, RecentLooks};
use super::session::CameraId;
use super::stop::StopToken;
use super::supervisor::LONGEST_SILENCE;
use super::vital::Vital;
use crate::config::{self, Config};
use crate::http::{
    Camera, CameraState, Followed, LivePicture, NoRestart, Queues, Remembered, Site, Snapshot, Thread, ThreadState,
    Trial,
};
use crate::time::Clock;

pub struct Desk {
    pub run: String,
    /// RFC 3339
    pub started: String,
    pub clock: Arc<dyn Clock>,
    pub pulse: Arc<Pulse>,
    pub stop: StopToken,
    /// To the tracker; weak, because it ends when nobody can send any more.
    pub looks: WeakSender<Report>,
    /// To the supervisor.
    pub requests: Sender<Request>,
    pub threads: Vec<(String, Arc<Vital>)>,
    pub cameras: Mutex<Vec<Shown>>,
    /// That is followed now.
    pub config: Mutex<Arc<Config>>,
    /// Somebody may ask what was seen.
    pub is_served: bool,
    /// By the camera's name, of all that were there in this run.
    pub latest: Mutex<HashMap<String, Arc<LatestPicture>>>,
}

/// What the supervisor is asked for.
pub enum Request {
    /// Cameras that are to be opened anew.
    Restart(Vec<String>),
}

/// One camera as long as its threads live.
pub struct Shown {
    pub id: CameraId,
    pub name: String,
    pub live: bool,
    pub activity: Arc<Activity>,
    pub frames: FrameSender,
    pub camera: Arc<parts::Camera>,
    pub latest: Arc<LatestPicture>,
}

impl Desk {
    /// Where a camera's pictures are put down; the same for a name, so that who looks goes on looking.
    pub fn latest(&self, camera: &str) -> Arc<LatestPicture> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(latest.entry(camera.to_owned()).or_default())
    }

    pub fn shows(&self, camera: Shown) {
        let mut cameras = self.cameras();
        // One that is being opened anew is shown as it is now, not as it was.
        cameras.retain(|known| known.name != camera.name);
        cameras.push(camera);
    }

    /// Its threads have gone.
    pub fn forgets(&self, id: CameraId) {
        self.cameras().retain(|camera| camera.id != id);
    }

    pub fn follows(&self, config: &Config) {
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(config.clone());
    }

    /// Where the looks of a camera are to be remembered: where they are already if it shows the same as before.
    pub fn looks_of(&self, config: &config::Camera) -> Option<Arc<RecentLooks>> {
        let cameras = self.cameras();
        let known =
            cameras.iter().find(|known| known.name == config.name && known.camera.config.source == config.source);
        let looks = known.and_then(|known| known.camera.recent_looks.clone());
        looks.or_else(|| self.is_served.then(Arc::default))
    }

    /// What is remembered of a camera, and what is to be added to its times for those that rows have, us.
    fn memory(&self, camera: &str) -> Option<(Memory, i64)> {
        let camera = {
            let cameras = self.cameras();
            Arc::clone(&cameras.iter().find(|known| known.name == camera)?.camera)
        };
        let now = self.clock.now();
        let shift = if camera.recording.is_some() { 0 } else { self.clock.wall(now).0 - now.0 };
        Some((camera.recent_looks.as_ref()?.now(), shift))
    }

    /// To be called again and again: rates are means of what was seen here.
    pub fn sample(&self) {
        let now = Instant::now();
        self.cameras().iter().for_each(|camera| camera.activity.tally.sample(now));
    }

    fn cameras(&self) -> MutexGuard<'_, Vec<Shown>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn camera(&self, shown: &Shown) -> Camera {
        let (activity, tally) = (&shown.activity, &shown.activity.tally);
        let (frames, rates) = (tally.frames(), tally.rates());
        let (state, trouble) = in_words(activity.state());
        let observed = activity.last_observed();
        Camera {
            name: shown.name.clone(),
            live: shown.live,
            state,
            reason: trouble.as_ref().map(|trouble| trouble.word().to_owned()),
            detail: trouble.as_ref().map(|trouble| trouble.sentence().to_owned()),
            frames_per_second: rates.map(|rates| tenths(rates.read)),
            looks_per_second: rates.map(|rates| tenths(rates.looked_at)),
            frames_read: frames.read,
            frames_looked_at: frames.looked_at,
            frames_dropped: frames.dropped,
            latency_ms: tally.latency().map(|latency| latency.as_millis() as u64),
            frames_waiting: shown.frames.waiting(),
            // A recording has times of its own.
            observed_ago_s: observed
                .filter(|_| shown.live)
                .map(|(_, until)| tenths(self.clock.now().seconds_since(until).max(0.0))),
            pictures_published: shown.latest.published(),
            pictures_encoded: shown.latest.encoded(),
        }
    }
}

impl Site for Desk {
    fn snapshot(&self) -> Snapshot {
        let cameras = self.cameras();
        let mut threads: Vec<Thread> = self.threads.iter().map(|(name, vital)| thread(name, vital)).collect();
        for camera in cameras.iter() {
            threads.push(thread(&format!("{}-read", camera.name), &camera.activity.reader));
            threads.push(thread(&format!("{}-detect", camera.name), &camera.activity.detector));
        }
        let looks = self.looks.upgrade();
        let queues = looks.map_or_else(Queues::default, |looks| Queues {
            looks_waiting: looks.len(),
            looks_capacity: looks.capacity().unwrap_or(0),
        });
        Snapshot {
            run: self.run.clone(),
            started: self.started.clone(),
            stopping: self.stop.is_requested(),
            threads,
            cameras: cameras.iter().map(|camera| self.camera(camera)).collect(),
            queues,
            waiting_changes: self.pulse.waiting(),
            writer_is_alive: self.pulse.age() < LONGEST_SILENCE,
        }
    }

    fn restart(&self, camera: Option<&str>) -> Result<Vec<String>, NoRestart> {
        if self.stop.is_requested() {
            return Err(NoRestart::Stopping);
        }
        let names: Vec<String> = {
            let cameras = self.cameras();
            match camera {
                None => cameras.iter().filter(|camera| camera.live).map(|camera| camera.name.clone()).collect(),
                Some(name) => match cameras.iter().find(|camera| camera.name == name) {
                    None => return Err(NoRestart::Unknown(name.to_owned())),
                    Some(camera) if !camera.live => return Err(NoRestart::Recording(name.to_owned())),
                    Some(_) => vec![name.to_owned()],
                },
            }
        };
        self.requests.try_send(Request::Restart(names.clone())).map_err(|refused| match refused {
            TrySendError::Full(_) => NoRestart::Busy,
            TrySendError::Disconnected(_) => NoRestart::Stopping,
        })?;
        Ok(names)
    }

    fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn followed(&self, camera: &str) -> Option<Followed> {
        let activity = {
            let cameras = self.cameras();
            Arc::clone(&cameras.iter().find(|known| known.name == camera)?.activity)
        };
        activity.tracks.newest(self.clock.now())
    }

    fn remembered(&self, camera: &str) -> Option<Remembered> {
        let (memory, shift) = self.memory(camera)?;
        memory.told(shift)
    }

    fn trial(&self, proposed: &config::Camera) -> Option<Trial> {
        let (memory, shift) = self.memory(&proposed.name)?;
        let config = self.config();
        let configured = config.cameras.iter().find(|camera| camera.name == proposed.name)?;
        memory.trial(proposed, configured, shift)
    }

    fn live_picture(&self, camera: &str) -> Option<Arc<dyn LivePicture>> {
        let cameras = self.cameras();
        let shown = cameras.iter().find(|shown| shown.name == camera)?;
        Some(Arc::clone(&shown.latest) as Arc<dyn LivePicture>)
    }
}

fn in_words(state: State) -> (CameraState, Option<Trouble>) {
    match state {
        State::Connecting => (CameraState::Connecting, None),
        State::Counting => (CameraState::Counting, None),
        State::Troubled(trouble) => (CameraState::Troubled, Some(trouble)),
        State::Failed(trouble) => (CameraState::Failed, Some(trouble)),
        State::Done => (CameraState::Done, None),
    }
}

fn thread(name: &str, vital: &Vital) -> Thread {
    Thread {
        name: name.to_owned(),
        state: if vital.has_ended() { ThreadState::Ended } else { ThreadState::Running },
        quiet_s: tenths(vital.age().as_secs_f64()),
        restarts: vital.restarts(),
        last_error: vital.last_error(),
    }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
