//! What was measured as a table for people and as JSON for programs. docs/bench.md describes every figure.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::figures::{HEADROOM, milliseconds, percentile, rounded, sustained};
use super::proof::Proof;
use super::scene::Scene;
use super::steps::Steps;
use super::whole::Whole;
use crate::report::table;
use crate::source::SourceInfo;

/// Tables are no wider, so that they can be read in a usual terminal.
const WIDTH: u16 = 80;

/// One recording, step by step and as a whole.
pub struct Measured {
    pub steps: Steps,
    pub whole: Whole,
}

/// A row of the table.
struct Row {
    /// One word for programs.
    key: &'static str,
    step: String,
    each_ms: f64,
    per_second: f64,
}

impl Row {
    /// What it takes of a camera's second.
    fn ms(&self) -> f64 {
        self.each_ms * self.per_second
    }
}

impl Measured {
    pub fn cpu_ms_per_camera_second(&self) -> f64 {
        milliseconds(self.whole.cpu) / self.steps.seconds
    }

    fn rows(&self) -> Vec<Row> {
        let (steps, whole) = (&self.steps, &self.whole);
        let decoded = whole.frames_decoded as f64 / steps.seconds;
        let pictures = whole.pictures as f64 / steps.seconds;
        let looks = whole.frames_looked_at as f64 / steps.seconds;
        let nets = whole.net_looks as f64 / steps.seconds;
        let crossings = whole.crossings as f64 / steps.seconds;
        let row = |key, step: &str, each, per_second| Row {
            key,
            step: step.to_owned(),
            each_ms: milliseconds(each),
            per_second,
        };
        let input = &steps.model.sidecar().input;
        let net = format!("look with the net, <= {}x{}", input.width, input.height);
        // Most looks go to a part of the region; its preparation is in proportion.
        let look = whole.net_cpu.checked_div(whole.net_looks as u32).unwrap_or_default();
        let part = look.as_secs_f64() / steps.look.as_secs_f64();
        let prepare = steps.prepare.mul_f64(if part.is_finite() { part } else { 0.0 });
        vec![
            row("decode", "decode a frame", steps.decode, decoded),
            row("convert", "convert a picture to colour", steps.convert, pictures),
            row("gate", "see whether anything moves", steps.gate, pictures),
            row("prepare", "picture to the net's input", prepare, nets),
            row("net", &net, look.saturating_sub(prepare), nets),
            row("count", "follow vehicles, count", steps.count, looks),
            row("commit", "write a crossing to the disk", steps.commit, crossings),
        ]
    }

    /// What threads and queues take; the steps are measured alone, where caches are warm.
    fn rest_ms(&self, rows: &[Row]) -> f64 {
        (self.cpu_ms_per_camera_second() - rows.iter().map(Row::ms).sum::<f64>()).max(0.0)
    }

    fn table(&self) -> impl std::fmt::Display + use<> {
        let rows = self.rows();
        let (whole, rest) = (self.cpu_ms_per_camera_second(), self.rest_ms(&rows));
        let share = |ms: f64| format!("{:.0} %", 100.0 * ms / whole);
        let mut table = table(&["step", "each, ms", "a second", "ms of a second", "share"], &[1, 2, 3, 4]);
        table.set_width(WIDTH);
        for row in &rows {
            let (each, often) = (format!("{:.3}", row.each_ms), format!("{:.2}", row.per_second));
            table.add_row([row.step.clone(), each, often, format!("{:.2}", row.ms()), share(row.ms())]);
        }
        let blank = String::new;
        table.add_row(["threads, queues, all else".to_owned(), blank(), blank(), format!("{rest:.2}"), share(rest)]);
        table.add_row(["one camera, all together".to_owned(), blank(), blank(), format!("{whole:.2}"), share(whole)]);
        table
    }

    fn to_json(&self, cores: usize) -> Value {
        let (steps, whole, rows) = (&self.steps, &self.whole, self.rows());
        let cpu = self.cpu_ms_per_camera_second();
        let step = |row: &Row| {
            json!({
                "step": row.key,
                "each_ms": rounded(row.each_ms, 6),
                "per_second": rounded(row.per_second, 3),
                "ms_per_camera_second": rounded(row.ms(), 4),
            })
        };
        let mut all: Vec<Value> = rows.iter().map(step).collect();
        all.push(json!({"step": "rest", "ms_per_camera_second": rounded(self.rest_ms(&rows), 4)}));
        let sizes = steps.sizes.iter().map(|(model, look)| {
            let input = &model.sidecar().input;
            json!({
                "model": model.name(),
                "width": input.width,
                "height": input.height,
                "look_ms": rounded(milliseconds(*look), 4),
            })
        });
        let sizes: Vec<Value> = sizes.collect();
        let SourceInfo { width, height, codec, .. } = &steps.info;
        json!({
            "width": width, "height": height, "fps": rounded(steps.frames as f64 / steps.seconds, 3), "codec": codec,
            "seconds": rounded(steps.seconds, 3),
            "region": [steps.region.x, steps.region.y, steps.region.width, steps.region.height],
            "model": steps.model.name(),
            "cpu_ms_per_camera_second": rounded(cpu, 4),
            "cameras_sustained": sustained(cores, cpu),
            "start_cpu_ms": rounded(milliseconds(whole.start_cpu), 1),
            "times_real_time": rounded(steps.seconds / whole.wall.as_secs_f64(), 2),
            "frames_read": whole.frames_read,
            "frames_decoded": whole.frames_decoded,
            "pictures": whole.pictures,
            "frames_looked_at": whole.frames_looked_at,
            "net_looks": whole.net_looks,
            "crossings": whole.crossings,
            "steps": all,
            "sizes": sizes,
        })
    }

    /// `640x360`
    fn size(&self) -> String {
        format!("{}x{}", self.steps.info.width, self.steps.info.height)
    }
}

/// All that a measurement without cameras brought; `enlarged` where the recording is smaller than that.
pub fn write_measured(
    scene: &Scene,
    measured: &Measured,
    enlarged: Option<&Measured>,
    cores: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let steps = &measured.steps;
    let fps = steps.frames as f64 / steps.seconds;
    writeln!(
        out,
        "{}: {} at {fps:.0} fps, {:.0} s;\ncounted over {}.\n{}",
        shown(&scene.recording),
        measured.size(),
        steps.seconds,
        scene.line,
        measured.table(),
    )?;
    let sizes = steps.sizes.iter().map(|(model, look)| {
        let input = &model.sidecar().input;
        format!("{}x{} {:.1} ms", input.width, input.height, milliseconds(*look))
    });
    writeln!(out, "One look at this region with each size of the net:")?;
    for sizes in sizes.collect::<Vec<_>>().chunks(4) {
        writeln!(out, "  {}", sizes.join(", "))?;
    }
    if let Some(enlarged) = enlarged {
        writeln!(out, "\nThe same recording enlarged to {}:\n{}", enlarged.size(), enlarged.table())?;
    }
    writeln!(
        out,
        "Processor time of all threads; {:.0} % of {cores} {} is counted on. Not in it are\nstarting ({:.0} ms for each \
         camera) and loading the nets.",
        100.0 * HEADROOM,
        if cores == 1 { "core" } else { "cores" },
        milliseconds(measured.whole.start_cpu),
    )?;
    writeln!(out, "{}", sustains(scene, measured, enlarged, cores))
}

/// The one line for whoever wants to know how many cameras a machine can take.
fn sustains(scene: &Scene, measured: &Measured, enlarged: Option<&Measured>, cores: usize) -> String {
    let cameras = |measured: &Measured| sustained(cores, measured.cpu_ms_per_camera_second());
    let fps = measured.steps.frames as f64 / measured.steps.seconds;
    let activity = match scene.activity {
        Some(share) => format!("{:.0} % activity", 100.0 * share),
        None => "the activity of this recording".to_owned(),
    };
    let larger = enlarged.map(|enlarged| format!(" ({} at {})", cameras(enlarged), enlarged.size()));
    format!(
        "this machine sustains {} cameras of {} at {fps:.0} fps with {activity}{}",
        cameras(measured),
        measured.size(),
        larger.unwrap_or_default(),
    )
}

pub fn measured_json(scene: &Scene, measured: &Measured, enlarged: Option<&Measured>, cores: usize) -> Value {
    let mut value = json!({
        "schema": "lotcount.bench/1",
        "recording": scene.recording.display().to_string(),
        "line": scene.line,
        "activity": scene.activity,
        "cores": cores,
        "headroom": HEADROOM,
    });
    if let (Value::Object(all), Value::Object(figures)) = (&mut value, measured.to_json(cores)) {
        all.extend(figures);
        all.insert("enlarged".to_owned(), enlarged.map_or(Value::Null, |enlarged| enlarged.to_json(cores)));
        all.insert("in_words".to_owned(), sustains(scene, measured, enlarged, cores).into());
    }
    value
}

const MB: f64 = 1e6;

impl Proof {
    pub fn cpu_ms_per_camera_second(&self) -> f64 {
        milliseconds(self.cpu) / (self.cameras as f64 * self.seconds.max(1e-3))
    }

    /// Of all cores, 0..1.
    fn busy(&self, cores: usize) -> f64 {
        self.cpu.as_secs_f64() / (cores as f64 * self.seconds.max(1e-3))
    }

    fn memory_per_camera_mb(&self) -> f64 {
        self.memory_after.saturating_sub(self.memory_before) as f64 / MB / self.cameras as f64
    }

    fn switches_per_second(&self) -> (f64, f64) {
        let a_second = |number: u64| number as f64 / self.seconds.max(1e-3);
        (a_second(self.switches.voluntary), a_second(self.switches.involuntary))
    }

    pub fn to_json(&self, scene: &Scene, info: &SourceInfo, cores: usize) -> Value {
        let latency = |share| percentile(&self.latencies, share).map(|time| rounded(milliseconds(time), 1));
        let (voluntary, involuntary) = self.switches_per_second();
        json!({
            "schema": "lotcount.bench/1",
            "recording": scene.recording.display().to_string(),
            "line": scene.line,
            "activity": scene.activity,
            "cores": cores,
            "width": info.width, "height": info.height, "fps": info.fps.map(|fps| rounded(fps, 3)), "codec": info.codec,
            "cameras": self.cameras,
            "seconds": rounded(self.seconds, 3),
            "stopped_early": self.stopped_early,
            "cpu_ms_per_camera_second": rounded(self.cpu_ms_per_camera_second(), 4),
            "busy_share": rounded(self.busy(cores), 4),
            "frames_due": self.frames_due,
            "frames_read": self.frames.read,
            "frames_looked_at": self.frames.looked_at,
            "net_looks": self.frames.by_net,
            "frames_dropped": self.frames.dropped,
            "frames_missed": self.frames_missed,
            "latest_frame_ms": rounded(milliseconds(self.latest), 1),
            "unobserved_share": rounded(self.unobserved, 5),
            "degraded_share": rounded(self.degraded, 5),
            "crossings": self.crossings.counted,
            "crossings_expected": self.crossings.expected,
            "crossings_found": self.crossings.expected.map(|_| self.crossings.found),
            "latency_ms": {"p50": latency(0.5), "p99": latency(0.99), "most": latency(1.0), "crossings": self.latencies.len()},
            "memory_mb": rounded(self.memory_after as f64 / MB, 1),
            "memory_mb_per_camera": rounded(self.memory_per_camera_mb(), 2),
            "threads": self.threads,
            "voluntary_switches_per_second": rounded(voluntary, 1),
            "involuntary_switches_per_second": rounded(involuntary, 1),
            "failed": self.failed.iter().map(|(camera, reason)| json!({"camera": camera, "reason": reason}))
                .collect::<Vec<_>>(),
        })
    }

    pub fn write(&self, scene: &Scene, info: &SourceInfo, cores: usize, out: &mut dyn Write) -> io::Result<()> {
        let mut table = table(&["all cameras together", ""], &[1]);
        table.set_width(WIDTH);
        let (voluntary, involuntary) = self.switches_per_second();
        let latency = |share| {
            percentile(&self.latencies, share).map_or("-".to_owned(), |time| format!("{:.0} ms", milliseconds(time)))
        };
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let mut row = |what: &str, figure: String| {
            table.add_row([what.to_owned(), figure]);
        };
        row("processor time for a camera and second", format!("{:.2} ms", self.cpu_ms_per_camera_second()));
        row(&format!("the machine's {cores} cores were busy with it"), percent(self.busy(cores)));
        row("frames the cameras sent", self.frames_due.to_string());
        row("  read", self.frames.read.to_string());
        row("  looked at", self.frames.looked_at.to_string());
        row("    by the net, because something had changed", self.frames.by_net.to_string());
        row("  dropped because the machine was late", (self.frames.dropped + self.frames_missed).to_string());
        row("  the latest was taken late by", format!("{:.0} ms", milliseconds(self.latest)));
        row("time without looks (gaps)", percent(self.unobserved));
        row("time with too few looks (degraded)", percent(self.degraded));
        row("crossings counted", self.crossings.counted.to_string());
        if let Some(expected) = self.crossings.expected {
            row("  of those that the recording is known to have", format!("{} of {expected}", self.crossings.found));
        }
        row("from frame to row in the database, median", latency(0.5));
        row("  99 of 100 are faster than", latency(0.99));
        row("memory for a camera", format!("{:.1} MB", self.memory_per_camera_mb()));
        row("  in all", format!("{:.0} MB", self.memory_after as f64 / MB));
        row("threads", self.threads.to_string());
        row("switches between threads a second, wanted", format!("{voluntary:.0}"));
        row("  forced", format!("{involuntary:.0}"));
        writeln!(
            out,
            "{} cameras of {}x{} at {:.0} fps for {:.0} s{}: copies of\n{}, counted over {}.\n{table}",
            self.cameras,
            info.width,
            info.height,
            info.fps.unwrap_or(25.0),
            self.seconds,
            if self.stopped_early { " (stopped early)" } else { "" },
            shown(&scene.recording),
            scene.line,
        )?;
        self.failed.iter().try_for_each(|(camera, reason)| writeln!(out, "{camera} failed: {reason}"))
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
