//! Decodes what is looked at, and what that is made of: a frame nobody looks at is decoded only if a later one needs it.

use ffmpeg_the_third::{Error, Packet};

use super::picture_decoder::PictureDecoder;
use super::{Compressed, Picture};

/// A decoder and the packets that wait for it: those since the last that was decoded, or since the last key frame if that
/// is later, since nothing needs what came before a key frame.
pub struct DeferredDecoder {
    decoder: PictureDecoder,
    waiting: Vec<Packet>,
    bytes: usize,
    mode: Mode,
    last: Option<Compressed>,
    /// Not every packet is a key frame.
    is_predicted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Nothing was decoded yet: it has to be seen whether anything can be.
    First,
    /// Frames come as their packets do, one for one.
    Deferred,
    /// Frames come later than their packets and in another order, so that all must be decoded to know which comes next.
    InOrder,
}

/// More is not kept waiting: 4 MB are 10 s of a camera that sends 3 Mbit/s.
const MOST_BYTES: usize = 4 << 20;
const MOST_PACKETS: usize = 300;

impl DeferredDecoder {
    pub fn new(decoder: PictureDecoder) -> Self {
        Self { decoder, waiting: Vec::new(), bytes: 0, mode: Mode::First, last: None, is_predicted: false }
    }

    /// Takes a packet and says whether it brought a frame: its timestamp, if it has one.
    pub fn take(&mut self, packet: Packet) -> Option<Option<i64>> {
        if self.mode != Mode::Deferred {
            self.decoder.send(&packet);
            return self.next_in_order();
        }
        if packet.is_key() {
            self.waiting.clear();
            self.bytes = 0;
        } else if self.waiting.len() >= MOST_PACKETS || self.bytes + packet.size() > MOST_BYTES {
            self.catch_up();
        }
        let timestamp = packet.pts().or(packet.dts());
        self.last = Some(Compressed { bytes: packet.size(), is_key: packet.is_key() });
        self.is_predicted |= !packet.is_key();
        self.bytes += packet.size();
        self.waiting.push(packet);
        Some(timestamp)
    }

    /// A frame that is there without another packet.
    pub fn next_in_order(&mut self) -> Option<Option<i64>> {
        if self.mode == Mode::Deferred || !self.decoder.take_frame() {
            return None;
        }
        if self.mode == Mode::First {
            self.mode = if self.decoder.reorders() { Mode::InOrder } else { Mode::Deferred };
        }
        Some(self.decoder.timestamp())
    }

    /// The recording is over: the frames that the decoder holds back are there now.
    pub fn end(&mut self) {
        if self.mode != Mode::Deferred {
            self.decoder.send_end();
        }
    }

    /// After a jump in a recording.
    pub fn forget(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
        self.decoder.forget();
    }

    /// What the last frame was sent as; `None` where all are decoded as they come, or each is a picture of its own.
    pub fn compressed(&self) -> Option<Compressed> {
        self.last.filter(|_| self.mode == Mode::Deferred && self.is_predicted)
    }

    /// Packets that could not be decoded at all, so far.
    pub fn failed(&self) -> u32 {
        self.decoder.failed()
    }

    /// Frames that were decoded so far.
    pub fn decoded(&self) -> u64 {
        self.decoder.decoded()
    }

    /// Decodes all that waits. Of a packet that is damaged the frame before it is left.
    pub fn catch_up(&mut self) {
        let decoder = &mut self.decoder;
        let mut last_came = true;
        for packet in self.waiting.drain(..) {
            decoder.send(&packet);
            last_came = decoder.take_frame();
        }
        self.bytes = 0;
        if !last_came && decoder.reorders() {
            self.mode = Mode::InOrder;
        }
    }

    /// Width and height of the frame that was decoded last, pixels.
    pub fn size(&self) -> (usize, usize) {
        self.decoder.size()
    }

    /// The picture of the frame that was decoded last.
    pub fn convert_into(&mut self, picture: &mut Picture) -> Result<(), Error> {
        self.decoder.convert_into(picture)
    }
}
