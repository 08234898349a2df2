//! The packet gate: tells from the sizes of a stream's compressed packets that nothing happens, so that the frames need not
//! even be decoded.
//!
//! A camera's encoder spends few bytes on what stays as it is and many on what moves. How many depends on the camera, its
//! settings, light and weather, and with some (constant bitrate, tight) nothing can be told from it. So the gate has to
//! prove itself on each camera: it listens until it would have announced several motions near a line that the [motion
//! gate](super::MotionGate) saw, is believed from then on, and no more when it misses some. Key frames are looked at in any
//! case: whatever it misses is found there.

use std::collections::VecDeque;

use super::Motion;
use crate::source::Compressed;

/// How much the newest packet counts in the mean of the last few: five are 95 % of it.
const NEWEST: f64 = 0.45;
/// The mean is loud when it lies so far above the loudest of quiet times: a share of that, and bytes.
const ABOVE: f64 = 1.1;
const ABOVE_BYTES: f64 = 32.0;
/// The loudest of quiet times is forgotten by so much with each packet: half of it within a minute at 15 a second.
const FORGOTTEN: f64 = 0.0008;
/// Before and after a motion times are not quiet, s.
const MARGIN: f64 = 1.0;
/// So long after it was loud, or something moved, all is looked at, s.
const HOLD: f64 = 1.5;
/// A motion near a line counts as announced when it was loud no later than so long after it was seen, s.
const IN_TIME: f64 = 0.7;
/// Motions that have to be announced (three, a little forgotten), and how many of them at least for one that is missed.
const PROOF: f64 = 2.9;
const FOR_ONE_MISSED: f64 = 10.0;
/// With each motion those before count so much less: about the last fifty are remembered.
const REMEMBERED: f64 = 0.98;
/// Quiet packets that have to be known.
const KNOWN: u32 = 75;

/// Listens to one camera's stream. Has no clock: time is what the caller says, in seconds that do not run backwards.
#[derive(Debug, Default)]
pub struct PacketGate {
    /// Mean size of the last few packets, bytes; `None` before the first.
    mean: Option<f64>,
    /// The means of the last moments, of which it is not known yet whether they were quiet.
    recent: VecDeque<(f64, f64)>,
    /// The loudest of quiet times, bytes, and how many packets it is known from.
    loudest: f64,
    known: u32,
    last_loud: Option<f64>,
    last_motion: Option<f64>,
    /// Since the connection began there was a glance at which nothing moved: the first ones have nothing to compare with.
    has_rested: bool,
    /// The motion near a line that is going on: since when, and whether it was announced; `None` of that: not known yet.
    motion: Option<(f64, Option<bool>)>,
    announced: f64,
    missed: f64,
}

impl PacketGate {
    /// A new connection, with times of its own. What was learnt of the camera holds.
    pub fn reconnect(&mut self) {
        self.recent.clear();
        (self.mean, self.last_loud, self.last_motion, self.motion) = (None, None, None, None);
        self.has_rested = false;
    }

    /// To be told of every packet.
    pub fn arrive(&mut self, seconds: f64, packet: Compressed) {
        if packet.is_key {
            return;
        }
        let bytes = packet.bytes as f64;
        let mean = self.mean.map_or(bytes, |mean| mean + NEWEST * (bytes - mean));
        self.mean = Some(mean);
        if mean > self.loudest * ABOVE + ABOVE_BYTES {
            self.last_loud = Some(seconds);
        }
        self.recent.push_back((seconds, mean));
        while let Some(&(at, mean)) = self.recent.front()
            && seconds - at > MARGIN
        {
            self.recent.pop_front();
            if self.last_motion.is_none_or(|last| at - last > MARGIN) {
                self.known = self.known.saturating_add(1);
                self.loudest = (self.loudest * (1.0 - FORGOTTEN)).max(mean);
            }
        }
    }

    /// To be told what every glance at a picture says.
    pub fn saw(&mut self, seconds: f64, motion: Motion) {
        if motion == Motion::Nowhere {
            self.has_rested = true;
            if self.last_motion.is_none_or(|last| seconds - last > MARGIN) {
                self.motion = None;
            }
            return;
        }
        self.last_motion = Some(seconds);
        // What is far from the lines may be small; before anything is known nothing can be announced.
        if motion != Motion::NearLine || self.known < KNOWN || !self.has_rested {
            return;
        }
        let is_loud = self.is_within(seconds, self.last_loud);
        let (since, announced) = self.motion.get_or_insert((seconds, None));
        if announced.is_some() {
            return;
        }
        let is_late = seconds - *since > IN_TIME;
        if is_loud || is_late {
            *announced = Some(is_loud);
            let (announced, missed) = if is_loud { (1.0, 0.0) } else { (0.0, 1.0) };
            (self.announced, self.missed) =
                (self.announced * REMEMBERED + announced, self.missed * REMEMBERED + missed);
        }
    }

    /// Nothing happens, and that can be relied on.
    pub fn is_quiet(&self, seconds: f64) -> bool {
        self.is_proven() && !self.is_within(seconds, self.last_loud) && !self.is_within(seconds, self.last_motion)
    }

    fn is_proven(&self) -> bool {
        self.known >= KNOWN && self.announced >= PROOF && self.announced >= self.missed * FOR_ONE_MISSED
    }

    fn is_within(&self, seconds: f64, event: Option<f64>) -> bool {
        event.is_some_and(|event| seconds - event < HOLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A camera at 15 frames a second with a key frame every 2 s, past which something drives for 3 of every 15 s.
    struct Stream {
        gate: PacketGate,
        frame: u32,
        /// Bytes of a packet while nothing moves, and while something does.
        sizes: (usize, usize),
        noise: u32,
        /// Frames with nothing moving, and of those the ones that need not have been decoded.
        still: u32,
        spared: u32,
        /// Frames with something moving that would have been left undecoded.
        overlooked: u32,
    }

    impl Stream {
        fn new(still: usize, moving: usize) -> Self {
            let gate = PacketGate::default();
            Self { gate, frame: 0, sizes: (still, moving), noise: 1, still: 0, spared: 0, overlooked: 0 }
        }

        fn play(&mut self, seconds: u32) {
            for _ in 0..seconds * 15 {
                let at = f64::from(self.frame) / 15.0;
                let moves = at % 15.0 >= 12.0;
                self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let size = if moves { self.sizes.1 } else { self.sizes.0 };
                let bytes = size * (80 + (self.noise >> 16) as usize % 40) / 100;
                let is_key = self.frame.is_multiple_of(30);
                self.gate.arrive(at, Compressed { bytes: if is_key { 30_000 } else { bytes }, is_key });
                let is_quiet = self.gate.is_quiet(at);
                // Looked at three times a second, and at key frames only when it is quiet.
                if is_key || (!is_quiet && self.frame.is_multiple_of(5)) {
                    self.gate.saw(at, if moves { Motion::NearLine } else { Motion::Nowhere });
                }
                self.still += u32::from(!moves);
                self.spared += u32::from(!moves && is_quiet);
                self.overlooked += u32::from(moves && is_quiet);
                self.frame += 1;
            }
        }
    }

    #[test]
    fn nothing_is_spared_before_several_motions_were_announced() {
        let mut stream = Stream::new(1000, 2500);
        stream.play(2 * 15);
        assert_eq!(stream.spared, 0, "two motions prove nothing");
        stream.play(8 * 15);
        assert!(stream.spared * 2 > stream.still, "{} of {}", stream.spared, stream.still);
        // The mean takes a few packets to rise.
        assert!(stream.overlooked <= 8 * 4, "{}", stream.overlooked);
    }

    #[test]
    fn a_stream_from_which_nothing_can_be_told_is_never_believed() {
        let mut stream = Stream::new(2000, 2000);
        stream.play(20 * 15);
        assert_eq!((stream.spared, stream.overlooked), (0, 0));
    }

    #[test]
    fn who_misses_motions_is_no_longer_believed() {
        let mut stream = Stream::new(1000, 2500);
        stream.play(10 * 15);
        assert!(stream.spared > 0);
        stream.sizes.1 = 1000;
        stream.play(4 * 15);
        let spared = stream.spared;
        stream.play(10 * 15);
        assert_eq!(stream.spared, spared);
    }

    #[test]
    fn a_noisier_night_is_learnt() {
        let mut stream = Stream::new(1000, 2500);
        stream.play(10 * 15);
        stream.sizes = (4000, 9000);
        stream.play(6 * 15);
        let (still, spared) = (stream.still, stream.spared);
        stream.play(10 * 15);
        assert!((stream.spared - spared) * 2 > stream.still - still, "{} of {}", stream.spared, stream.still);
    }

    #[test]
    fn a_new_connection_has_times_of_its_own_and_all_that_was_learnt() {
        let mut stream = Stream::new(1000, 2500);
        stream.play(10 * 15);
        for _ in 0..5 {
            stream.gate.reconnect();
            (stream.frame, stream.spared) = (0, 0);
            // A motion gate that has nothing to compare with calls it motion.
            [0.0, 0.9].into_iter().for_each(|at| stream.gate.saw(at, Motion::NearLine));
            stream.play(10);
            assert!(stream.spared > 80, "{}", stream.spared);
        }
    }
}
