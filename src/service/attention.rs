//! How much attention a frame gets: none, a look at what is known, or its picture.

use std::sync::Arc;

use super::Camera;
use super::frame_queue::Plan;
use super::look_timer::LookTimer;
use crate::detect::{Glance, Motion, MotionGate, PacketGate, looked_at};
use crate::source::{Compressed, Picture};

/// The frames of one session of one camera.
pub struct Attention<'a> {
    camera: &'a Camera,
    due: LookTimer,
    gate: Option<MotionGate>,
    packets: &'a mut PacketGate,
    last: Option<Last>,
}

/// What the last picture was.
struct Last {
    at: f64,
    picture: Arc<Picture>,
    fresh: bool,
}

/// What a frame is worth.
#[derive(Debug)]
pub enum Worth {
    Nothing,
    /// The stream says that nothing happens: an earlier picture shows what this one would.
    Known(Arc<Picture>, Plan),
    /// It is to be decoded and glanced at.
    Picture,
}

/// While the stream is quiet one key frame is decoded in so many seconds, if there is one ...
const KEY_FRAME_EACH: f64 = 1.5;
/// ... and any frame after so many: a camera may send key frames rarely.
const PICTURE_EACH: f64 = 10.0;

impl<'a> Attention<'a> {
    pub fn new(camera: &'a Camera, packets: &'a mut PacketGate) -> Self {
        packets.reconnect();
        let due = LookTimer::new(camera.config.looks_per_second);
        Self { camera, due, gate: None, packets, last: None }
    }

    /// To be asked of every frame, `seconds` after the session began.
    pub fn worth(&mut self, seconds: f64, compressed: Option<Compressed>) -> Worth {
        if let Some(compressed) = compressed {
            self.packets.arrive(seconds, compressed);
        }
        let is_due = self.due.is_due(seconds);
        let last = match (&self.last, compressed) {
            (Some(last), Some(_)) if self.packets.is_quiet(seconds) => last,
            _ => return if is_due { Worth::Picture } else { Worth::Nothing },
        };
        let is_key = compressed.is_some_and(|compressed| compressed.is_key);
        let passed = seconds - last.at;
        if passed >= PICTURE_EACH || (is_key && passed >= KEY_FRAME_EACH) {
            return Worth::Picture;
        }
        if !is_due {
            return Worth::Nothing;
        }
        let plan = Plan { fresh: last.fresh, unchanged: true, decoded: false, moving: None, rate: self.due.rate() };
        Worth::Known(Arc::clone(&last.picture), plan)
    }

    /// Glances at a picture that was worth it. `fresh`: it is not the one before again.
    pub fn glance(&mut self, seconds: f64, picture: &Arc<Picture>, fresh: bool) -> Plan {
        let glance = self.motion(seconds, picture);
        self.due.follow(glance.motion);
        self.packets.saw(seconds, glance.motion);
        self.last = Some(Last { at: seconds, picture: Arc::clone(picture), fresh });
        Plan { fresh, unchanged: !glance.look, decoded: true, moving: glance.moving, rate: self.due.rate() }
    }

    /// Whether anything moves. Without a gate something always may.
    fn motion(&mut self, seconds: f64, picture: &Picture) -> Glance {
        let camera = &self.camera.config;
        if !camera.motion_gate {
            return Glance { motion: Motion::NearLine, look: true, moving: None };
        }
        let gate = match &mut self.gate {
            Some(gate) if gate.fits(picture) => gate,
            other => {
                let (width, height) = (picture.width(), picture.height());
                let lines = || camera.lines.iter().map(|line| line.segment);
                let region = looked_at(camera.region.as_ref(), lines(), width, height);
                let scaled: Vec<_> = lines().map(|line| line.scaled(width as f64, height as f64)).collect();
                other.insert(MotionGate::new(width, height, region, &scaled))
            }
        };
        gate.glance(seconds, picture)
    }
}
