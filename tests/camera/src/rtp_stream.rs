//! The video of one RTSP connection, from PLAY to its end.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::{Core, Counts};
use crate::frame_clock::Pace;
use crate::link::{Gone, Link};
use crate::media::{AccessUnit, Clip, Variant};
use crate::mode::Mode;
use crate::noise::Noise;
use crate::rtp::{CLOCK_RATE, HEADER, Packetiser, interleaved};

/// How packets travel.
pub enum Transport {
    /// Inside the RTSP connection, on this channel.
    Interleaved(u8),
    Udp {
        socket: UdpSocket,
        client: SocketAddr,
    },
}

pub struct RtpStream {
    core: Arc<Core>,
    variant: Variant,
    clip: Arc<Clip>,
    pace: Pace,
    packetiser: Packetiser,
    /// Ticks from the clock's time to the stream's; real cameras begin anywhere.
    offset: u32,
    /// The frame before was sent, so that the decoder can go on with any frame.
    in_step: bool,
    jumped: bool,
    /// Nothing follows half a frame.
    broken: bool,
    /// Number of the last frame sent in slow mode.
    last_slow: Option<u64>,
    noise: Noise,
}

const HOUR: u32 = 3600 * CLOCK_RATE as u32;
/// Bit rot spares packets without much picture in them, and the beginning of the others: their headers stay right.
const SPARED: usize = 50;
const SMALL: usize = 200;

impl RtpStream {
    pub fn begin(core: &Arc<Core>, variant: Variant, clip: Arc<Clip>) -> Self {
        let mut noise = Noise::seeded(core.counts.streams.load(std::sync::atomic::Ordering::SeqCst));
        Counts::add(&core.counts.streams);
        Self {
            packetiser: Packetiser::new(clip.codec, noise.next() as u16, noise.next() as u32),
            offset: noise.next() as u32,
            core: Arc::clone(core),
            pace: Pace::from_now(&core.clock),
            variant,
            clip,
            in_step: false,
            jumped: false,
            broken: false,
            last_slow: None,
            noise,
        }
    }

    /// Sends the frames that are due; gives the time until the next one.
    pub fn send_due(&mut self, link: &mut Link, transport: &Transport) -> Result<Duration, Gone> {
        loop {
            match self.pace.next(&self.core.clock, Instant::now()) {
                Err(wait) => return Ok(wait),
                Ok(number) => self.frame(number, link, transport)?,
            }
        }
    }

    fn frame(&mut self, number: u64, link: &mut Link, transport: &Transport) -> Result<(), Gone> {
        let state = self.core.state();
        if !state.mode.sends() || self.broken {
            self.in_step = false;
            return Ok(());
        }
        let place = self.core.clock.place(number);
        self.follow(state.mode, place);
        let clip = Arc::clone(&self.clip);
        let frame = match state.mode {
            Mode::Frozen => {
                self.in_step = false;
                clip.key_frame_before(self.core.clock.place(state.since_frame))
            }
            Mode::Slow if !self.is_due_when_slow(number, &clip.frames[place]) => {
                self.in_step = false;
                return Ok(());
            }
            _ => {
                self.in_step |= clip.frames[place].key;
                if !self.in_step {
                    return Ok(());
                }
                &clip.frames[place]
            }
        };
        if state.mode == Mode::TimestampJump && !self.jumped {
            self.jumped = true;
            self.offset = self.offset.wrapping_sub(HOUR);
        }
        let shown = if state.mode == Mode::Frozen { number } else { number - place as u64 + frame.display as u64 };
        let ticks = (shown as f64 / self.core.clock.fps * CLOCK_RATE) as u64 as u32;
        for _ in 0..if state.mode == Mode::Duplicate { 2 } else { 1 } {
            let packets = self.packetiser.packets(&frame.nals, self.offset.wrapping_add(ticks));
            self.send(state.mode, packets, link, transport)?;
        }
        Ok(())
    }

    /// A live camera goes over to another picture size at a key frame. Another codec needs another connection.
    fn follow(&mut self, mode: Mode, place: usize) {
        let variant = Variant::of(mode);
        if variant == self.variant || variant.codec() != self.clip.codec {
            return;
        }
        if let Ok(clip) = self.core.media.clip(variant)
            && clip.frames[place].key
        {
            (self.variant, self.clip, self.in_step) = (variant, clip, false);
        }
    }

    /// Key frames only, since nothing else can be decoded without the frames between.
    fn is_due_when_slow(&mut self, number: u64, frame: &AccessUnit) -> bool {
        let nearly_a_second = (self.core.clock.fps * 0.9) as u64;
        let due = frame.key && self.last_slow.is_none_or(|last| number - last >= nearly_a_second);
        if due {
            self.last_slow = Some(number);
        }
        due
    }

    fn send(
        &mut self,
        mode: Mode,
        mut packets: Vec<Vec<u8>>,
        link: &mut Link,
        transport: &Transport,
    ) -> Result<(), Gone> {
        for packet in &mut packets {
            match mode {
                Mode::Garbage => self.noise.fill(packet),
                Mode::Bitrot if packet.len() > SMALL => self.noise.flip_bits(packet, HEADER + SPARED),
                _ => {}
            }
        }
        if mode == Mode::Half {
            self.broken = true;
            packets.truncate(packets.len().div_ceil(2));
        } else {
            Counts::add(&self.core.counts.frames);
        }
        match transport {
            Transport::Udp { socket, client } => packets.iter().try_for_each(|packet| {
                socket.send_to(packet, client)?;
                Ok(())
            }),
            Transport::Interleaved(channel) => {
                let mut bytes: Vec<u8> = packets.iter().flat_map(|packet| interleaved(*channel, packet)).collect();
                if mode == Mode::Half {
                    // Not even the last packet is whole.
                    bytes.truncate(bytes.len().saturating_sub(packets.last().map_or(0, |last| last.len() / 2)));
                }
                link.send(&bytes)
            }
        }
    }
}
