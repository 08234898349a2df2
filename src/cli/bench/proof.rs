//! So many cameras at once: the real service on copies of the recording that play at their own pace and are taken for live
//! cameras.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counting_fitter::CountingFitter;
use super::paced_opener::PacedOpener;
use super::process::{Switches, process_cpu, resident_bytes, switches, threads};
use super::scene::Scene;
use super::steps::failed;
use super::truth::{Passage, expected, found};
use super::whole::{begin, database};
use crate::cli::net_fitter::NetFitter;
use crate::cli::{Exit, Failure};
use crate::config::{Camera, Config};
use crate::service::{Activity, Options, Parts, Roll, Service, StopToken};
use crate::source::{PaceLog, SourceInfo};
use crate::store::{Filter, Reader};
use crate::time::{Clock, SystemClock, UtcMicros};

/// What the machine did with so many cameras.
pub struct Proof {
    pub cameras: usize,
    /// Measured, from when every camera had sent its first frame.
    pub seconds: f64,
    /// A stop was asked for before the time was over.
    pub stopped_early: bool,
    pub cpu: Duration,
    pub frames: Counts,
    /// Frames that the cameras sent in this time.
    pub frames_due: u64,
    /// Frames that cameras would have left out because nobody took them for a second.
    pub frames_missed: u64,
    /// How late the latest frame was taken.
    pub latest: Duration,
    /// Share (0..1) of the cameras' time that lies in gaps.
    pub unobserved: f64,
    /// Share (0..1) of what was observed that had too few looks to trust its counts.
    pub degraded: f64,
    pub crossings: Crossings,
    /// From frame to committed row, each crossing.
    pub latencies: Vec<Duration>,
    pub memory_before: u64,
    pub memory_after: u64,
    pub threads: u64,
    pub switches: Switches,
    /// Cameras that did not get to their end, with the reason.
    pub failed: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    pub read: u64,
    pub looked_at: u64,
    pub dropped: u64,
    /// Looks of the net; of the other frames it was known what they show.
    pub by_net: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossings {
    pub counted: usize,
    /// Those that the truth tells; `None` where nobody wrote it down.
    pub expected: Option<usize>,
    /// Of these.
    pub found: usize,
}

/// How long cameras may take to send their first frames before the measurement begins without them.
const OPENING: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(200);

/// The state of affairs at one moment.
struct Moment {
    at: UtcMicros,
    cpu: Duration,
    frames: Counts,
    missed: u64,
    switches: Switches,
}

/// Cameras that run.
struct Cameras {
    clock: Arc<SystemClock>,
    logs: Vec<Arc<PaceLog>>,
    fitter: Arc<CountingFitter>,
    names: Vec<String>,
    activities: Vec<Arc<Activity>>,
}

impl Cameras {
    fn now(&self) -> Moment {
        let mut frames = Counts { by_net: self.fitter.looks(), ..Counts::default() };
        for activity in &self.activities {
            let counts = activity.tally.frames();
            frames.read += counts.read;
            frames.looked_at += counts.looked_at;
            frames.dropped += counts.dropped;
        }
        Moment {
            at: self.clock.now(),
            cpu: process_cpu(),
            frames,
            missed: self.logs.iter().map(|log| log.missed()).sum(),
            switches: switches(),
        }
    }

    fn all_send(&self) -> bool {
        self.activities.iter().all(|activity| activity.frames_read() > 0)
    }
}

impl Proof {
    /// `info` and `length` (s) are of the recording.
    pub fn run(
        scene: &Scene,
        (info, length): (&SourceInfo, f64),
        fitter: &Arc<NetFitter>,
        (cameras, seconds): (usize, Duration),
        stop: &StopToken,
    ) -> Result<Self, Failure> {
        let config = Arc::new(copies(&scene.config, cameras));
        let memory_before = resident_bytes();
        let (mut service, running) = start(&config, info, length, fitter, stop)?;
        let (opening, fps) = (Instant::now(), info.fps.unwrap_or(25.0));
        while !running.all_send() && opening.elapsed() < OPENING && !stop.is_requested() {
            service.tend(TICK / 10);
        }
        let (first, began) = (running.now(), Instant::now());
        while !stop.is_requested() {
            let left = seconds.saturating_sub(began.elapsed());
            if left.is_zero() || service.tend(left.min(TICK)) {
                break;
            }
        }
        let last = running.now();
        let (memory_after, threads) = (resident_bytes(), threads());
        let stopped_early = began.elapsed() < seconds;
        let latency = service.commit_latency();
        stop.request();
        let ended = service.wait();
        let measured = last.at.seconds_since(first.at);
        let reader = Reader::open(&config.site.database).map_err(database)?;
        let coverage = reader.coverage(&Filter::default()).map_err(database)?;
        let observed: u64 = coverage.iter().map(|quarter| quarter.observed_us).sum();
        let degraded: u64 = coverage.iter().map(|quarter| quarter.degraded_us).sum();
        Ok(Self {
            cameras,
            seconds: measured,
            stopped_early,
            cpu: last.cpu - first.cpu,
            frames: Counts {
                read: last.frames.read - first.frames.read,
                looked_at: last.frames.looked_at - first.frames.looked_at,
                dropped: last.frames.dropped - first.frames.dropped,
                by_net: last.frames.by_net - first.frames.by_net,
            },
            frames_due: (cameras as f64 * fps * measured).round() as u64,
            frames_missed: last.missed - first.missed,
            latest: running.logs.iter().map(|log| log.latest()).max().unwrap_or_default(),
            unobserved: unobserved(&running, (first.at, last.at), &reader)? / (cameras as f64 * measured),
            degraded: degraded as f64 / observed.max(1) as f64,
            crossings: crossings(scene, length, &running, (first.at, last.at), &reader)?,
            latencies: latency.latest(),
            memory_before,
            memory_after,
            threads,
            switches: Switches {
                voluntary: last.switches.voluntary - first.switches.voluntary,
                involuntary: last.switches.involuntary - first.switches.involuntary,
            },
            failed: ended.failed,
        })
    }
}

/// Seconds of gaps of all cameras between two moments. That of the stop itself is none of the machine's.
fn unobserved(running: &Cameras, (from, until): (UtcMicros, UtcMicros), reader: &Reader) -> Result<f64, Failure> {
    let (from, until) = (running.clock.wall(from), running.clock.wall(until));
    let filter = Filter { since: Some(from), until: Some(until), ..Filter::default() };
    let gaps = reader.gaps(&filter).map_err(database)?;
    let gaps = gaps.iter().filter(|gap| gap.reason != "stopping");
    // An empty sum of floating-point numbers is -0.
    Ok(gaps.map(|gap| gap.until.min(until).seconds_since(gap.from.max(from)).max(0.0)).fold(0.0, |sum, gap| sum + gap))
}

/// The camera so many times.
fn copies(config: &Config, cameras: usize) -> Config {
    let copy = |number| Camera { name: format!("camera-{number}"), ..config.cameras[0].clone() };
    Config { cameras: (1..=cameras).map(copy).collect(), ..config.clone() }
}

/// Starts the service with every camera at a phase of its own, spread over the recording.
fn start(
    config: &Arc<Config>,
    info: &SourceInfo,
    length: f64,
    fitter: &Arc<NetFitter>,
    stop: &StopToken,
) -> Result<(Service, Cameras), Failure> {
    let (clock, count) = (Arc::new(SystemClock::start()), config.cameras.len());
    let frames = (length * info.fps.unwrap_or(25.0)) as u64;
    let names: Vec<String> = config.cameras.iter().map(|camera| camera.name.clone()).collect();
    let logs: Vec<Arc<PaceLog>> = names.iter().map(|_| Arc::default()).collect();
    let phase = |index: usize| frames * index as u64 / count as u64;
    let phases: HashMap<_, _> =
        (0..count).map(|index| (names[index].clone(), (phase(index), Arc::clone(&logs[index])))).collect();
    let fitter = Arc::new(CountingFitter::new(Arc::clone(fitter)));
    let service = Service::start(Parts {
        config: Arc::clone(config),
        cameras: config.cameras.iter().map(|camera| Roll { config: camera.clone(), recording: None }).collect(),
        writer: begin(config)?,
        opener: Arc::new(PacedOpener { clock: Arc::clone(&clock) as _, phases }),
        fitter: Arc::clone(&fitter) as _,
        clock: Arc::clone(&clock) as _,
        options: Options::default(),
        stop: stop.clone(),
    })
    .map_err(failed)?;
    let activities = service.cameras().map(|(_, activity)| Arc::clone(activity)).collect();
    Ok((service, Cameras { clock, logs, fitter, names, activities }))
}

/// What was counted between two moments, and what should have been.
fn crossings(
    scene: &Scene,
    length: f64,
    running: &Cameras,
    (from, until): (UtcMicros, UtcMicros),
    reader: &Reader,
) -> Result<Crossings, Failure> {
    let rows = reader.latest_crossings(usize::MAX).map_err(database)?;
    // Rows have the computer's time, frames that of a clock that never steps.
    let shift = running.clock.wall(from).0 - from.0;
    let mut crossings = Crossings { expected: scene.truth.as_ref().map(|_| 0), ..Crossings::default() };
    for (name, log) in running.names.iter().zip(&running.logs) {
        let rows = rows.iter().filter(|row| row.camera == *name).map(|row| (UtcMicros(row.at.0 - shift), row));
        let here: Vec<_> = rows.filter(|(at, _)| (from..=until).contains(at)).collect();
        crossings.counted += here.len();
        let (Some(truth), Some(zero)) = (&scene.truth, log.zero()) else { continue };
        let since = |at: UtcMicros| at.seconds_since(zero);
        let counted: Vec<Passage> = here
            .into_iter()
            .map(|(at, row)| Passage { seconds: since(at), direction: row.direction.clone() })
            .collect();
        let due = expected(truth, length, since(from), since(until));
        crossings.found += found(&due, &counted);
        crossings.expected = crossings.expected.map(|sum| sum + due.len());
    }
    Ok(crossings)
}

impl Proof {
    pub fn exit(&self) -> Exit {
        if self.failed.is_empty() { Exit::Success } else { Exit::Camera }
    }
}
