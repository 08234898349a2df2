//! How much attention a frame gets: none, a look at what is known, or its picture.

use std::sync::Arc;

use super::frame_queue::Plan;
use super::look_timer::LookTimer;
use crate::config::Camera;
use crate::detect::{Glance, Motion, MotionGate, PacketGate, looked_at};
use crate::source::{Compressed, Picture};

/// The frames of one session of one camera.
pub struct Attention<'a> {
    camera: &'a Camera,
    due: LookTimer,
    gate: Option<MotionGate>,
    packets: &'a mut PacketGate,
    /// `None` also while a picture shows nothing, as when it is black.
    last: Option<Last>,
}

/// What the last picture that was glanced at was.
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
        let due = LookTimer::new(camera.looks_per_second);
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
            // If the new one shows nothing, the old one proves nothing any more.
            self.last = None;
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
        let camera = self.camera;
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::Config;
    use crate::diagnostics::TomlFile;

    fn camera(change: impl FnOnce(&mut Camera)) -> Camera {
        let text = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[[lot]]\nname = \"l\"\n[[camera]]\nname = \"c\"\n\
            source = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"x\"\na = [0.5, 0.1]\nb = [0.5, 0.9]\nexit = \"l\"\n";
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cameras.toml");
        let (config, _) = Config::from_file(TomlFile { path, text: text.to_owned() }).unwrap();
        let mut camera = config.cameras.into_iter().next().unwrap();
        change(&mut camera);
        camera
    }

    #[derive(Default)]
    struct Played {
        pictures: u32,
        known: u32,
        /// Longest time between two looks, s.
        longest: f64,
        /// Pictures taken while something drove.
        moving: u32,
    }

    /// A road at 15 frames a second, with a key frame every 2 s, down which something white drives for 3 of every 15 s.
    fn play(camera: &Camera, packets: &mut PacketGate, seconds: u32, is_told: bool) -> Played {
        let mut attention = Attention::new(camera, packets);
        let (mut played, mut last) = (Played::default(), 0.0);
        for frame in 0..seconds * 15 {
            let at = f64::from(frame) / 15.0;
            let (moves, is_key) = (at % 15.0 >= 12.0, frame.is_multiple_of(30));
            let bytes = if is_key { 30_000 } else { 1000 + usize::from(moves) * 2000 + frame as usize % 7 * 20 };
            let worth = attention.worth(at, is_told.then_some(Compressed { bytes, is_key }));
            if matches!(worth, Worth::Nothing) {
                continue;
            }
            played.longest = f64::max(played.longest, at - last);
            last = at;
            if let Worth::Known(_, plan) = worth {
                assert!(plan.unchanged && !plan.decoded && plan.fresh);
                played.known += 1;
                continue;
            }
            let mut picture = Picture::filled(320, 180, [90; 3]);
            if moves {
                let x = ((at % 15.0 - 12.0) * 80.0) as usize;
                for y in 60..120 {
                    picture.bgr_mut()[(y * 320 + x) * 3..(y * 320 + x + 60) * 3].fill(250);
                }
            }
            assert!(attention.glance(at, &Arc::new(picture), true).decoded);
            (played.pictures, played.moving) = (played.pictures + 1, played.moving + u32::from(moves));
        }
        played
    }

    #[test]
    fn a_quiet_stream_is_known_between_key_frames_once_it_has_proved_that_it_tells() {
        let (camera, mut packets) = (camera(|_| ()), PacketGate::default());
        let first = play(&camera, &mut packets, 45, true);
        assert_eq!(first.known, 0, "two motions prove nothing");
        let later = play(&camera, &mut packets, 75, true);
        // Quiet for 60 of 75 s, but for a second and a half after each of the drives.
        assert!(later.known >= 80, "{} known, {} pictures", later.known, later.pictures);
        assert!(later.moving >= 5 * 3 * 4, "{} pictures of five drives", later.moving);
        for played in [&first, &later] {
            assert!(played.longest < 0.45, "looked at {} s apart", played.longest);
        }
    }

    #[test]
    fn a_picture_that_shows_nothing_leaves_nothing_known() {
        let (camera, mut packets) = (camera(|_| ()), PacketGate::default());
        play(&camera, &mut packets, 75, true);
        let mut attention = Attention::new(&camera, &mut packets);
        let picture = Arc::new(Picture::filled(320, 180, [90; 3]));
        let (mut known, mut pictures) = (0, 0);
        for frame in 0..20 * 15_u32 {
            let (at, is_key) = (f64::from(frame) / 15.0, frame.is_multiple_of(30));
            let bytes = if is_key { 30_000 } else { 1000 + frame as usize % 7 * 20 };
            match attention.worth(at, Some(Compressed { bytes, is_key })) {
                // Ten seconds of a road, then it is black and nobody glances at it.
                Worth::Picture if at < 10.0 => drop(attention.glance(at, &picture, true)),
                Worth::Picture => pictures += 1,
                Worth::Known(..) if at >= 10.0 => known += 1,
                _ => {}
            }
        }
        assert_eq!(known, 0, "looks at what is gone");
        assert!(pictures >= 25, "{pictures}");
    }

    #[test]
    fn a_stream_that_is_not_told_of_or_a_camera_without_gate_gets_pictures_only() {
        for (camera, is_told) in [(camera(|_| ()), false), (camera(|camera| camera.motion_gate = false), true)] {
            let played = play(&camera, &mut PacketGate::default(), 150, is_told);
            assert_eq!(played.known, 0, "told: {is_told}");
        }
    }
}
