//! Compressed packets in, pictures out: FFmpeg's libavcodec, and libswscale for the colours.

use std::ffi::c_int;

use ffmpeg_the_third::codec::{context::Context, decoder, threading};
use ffmpeg_the_third::ffi;
use ffmpeg_the_third::format::Pixel;
use ffmpeg_the_third::format::stream::Stream;
use ffmpeg_the_third::software::scaling;
use ffmpeg_the_third::util::frame;
use ffmpeg_the_third::{Error, Packet};

use super::Picture;
use super::quarter_turns::QuarterTurns;

/// The decoder of one video and the frame that it made last.
pub struct PictureDecoder {
    decoder: decoder::Video,
    frame: frame::Video,
    /// Where the next frame goes: FFmpeg empties it first.
    next: frame::Video,
    converter: Option<Converter>,
    turns: QuarterTurns,
    unturned: Picture,
    decoded: u64,
    failed: u32,
}

/// libswscale for frames of one kind.
struct Converter {
    context: scaling::Context,
    kind: (Pixel, u32, u32),
    /// For widths at which libswscale may write beyond the end of a row.
    padded: Option<frame::Video>,
}

// SAFETY: used by one thread at a time, like everything here; libswscale keeps nothing of a thread.
unsafe impl Send for Converter {}

/// libswscale writes up to so many pixels at once.
const PIXELS_AT_ONCE: u32 = 16;

impl PictureDecoder {
    pub fn new(stream: &Stream<'_>) -> Result<Self, Error> {
        let mut context = Context::from_parameters(stream.parameters())?;
        // One thread, the reader's own: cameras are many, and more threads for each cost 15 % more in all.
        context.set_threading(threading::Config { kind: threading::Type::None, count: 1, ..Default::default() });
        let decoder = context.decoder().video()?;
        Ok(Self {
            decoder,
            frame: frame::Video::empty(),
            next: frame::Video::empty(),
            converter: None,
            turns: QuarterTurns::of(stream),
            unturned: Picture::empty(),
            decoded: 0,
            failed: 0,
        })
    }

    /// Hands over a packet; what is damaged beyond use is left out. All frames have to be taken first.
    pub fn send(&mut self, packet: &Packet) {
        if self.decoder.send_packet(packet).is_err() {
            self.failed += 1;
        }
    }

    /// Nothing more comes: what the decoder held back may be taken.
    pub fn send_end(&mut self) {
        // Fails only when it was told before.
        let _ = self.decoder.send_eof();
    }

    /// Takes the next frame; false when the decoder needs another packet first, or has come to its end.
    pub fn take_frame(&mut self) -> bool {
        let taken = self.decoder.receive_frame(&mut self.next).is_ok();
        if taken {
            std::mem::swap(&mut self.frame, &mut self.next);
            self.decoded += 1;
        }
        taken
    }

    /// After a jump in a recording.
    pub fn forget(&mut self) {
        self.decoder.flush();
    }

    /// Whether frames come in another order than their packets.
    pub fn reorders(&self) -> bool {
        self.decoder.has_b_frames()
    }

    /// Frames that were taken so far.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Packets that could not be decoded at all.
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// Of the frame that was taken last, as the container counts time.
    pub fn timestamp(&self) -> Option<i64> {
        self.frame.timestamp()
    }

    /// Width and height of the frame that was taken last, as it is to be seen; zero before the first.
    pub fn size(&self) -> (usize, usize) {
        self.turns.size((self.frame.width() as usize, self.frame.height() as usize))
    }

    /// Converts the frame that was taken last.
    pub fn convert_into(&mut self, picture: &mut Picture) -> Result<(), Error> {
        if self.turns == QuarterTurns::None {
            return self.convert(picture);
        }
        let mut unturned = std::mem::replace(&mut self.unturned, Picture::empty());
        let converted = self.convert(&mut unturned);
        self.unturned = unturned;
        converted?;
        self.turns.turn(&self.unturned, picture);
        Ok(())
    }

    fn convert(&mut self, picture: &mut Picture) -> Result<(), Error> {
        let frame = &self.frame;
        let kind = (frame.format(), frame.width(), frame.height());
        let converter = match &mut self.converter {
            Some(converter) if converter.kind == kind => converter,
            other => other.insert(Converter::new(kind)?),
        };
        picture.resize(kind.1 as usize, kind.2 as usize);
        converter.run(frame, picture)
    }
}

impl Converter {
    fn new((format, width, height): (Pixel, u32, u32)) -> Result<Self, Error> {
        // As OpenCV converts, so that nets see the same values in every program that reads through it.
        let flags = scaling::Flags::BICUBIC;
        let context = scaling::Context::get(format, width, height, Pixel::BGR24, width, height, flags)?;
        let padded = (width % PIXELS_AT_ONCE != 0).then(frame::Video::empty);
        Ok(Self { context, kind: (format, width, height), padded })
    }

    fn run(&mut self, frame: &frame::Video, picture: &mut Picture) -> Result<(), Error> {
        let row = picture.width() * 3;
        if let Some(padded) = &mut self.padded {
            self.context.run(frame, padded)?;
            let rows = padded.data(0).chunks(padded.stride(0));
            picture.bgr_mut().chunks_exact_mut(row).zip(rows).for_each(|(to, from)| to.copy_from_slice(&from[..row]));
            return Ok(());
        }
        let rows = [picture.bgr_mut().as_mut_ptr(), std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()];
        let strides = [row as c_int, 0, 0, 0];
        // SAFETY: the frame is one of those that the context was made for, and the picture has as many pixels; at such
        // widths nothing is written beyond a row.
        let converted = unsafe {
            let from = &*frame.as_ptr();
            ffi::sws_scale(
                self.context.as_mut_ptr(),
                from.data.as_ptr().cast(),
                from.linesize.as_ptr(),
                0,
                frame.height() as c_int,
                rows.as_ptr(),
                strides.as_ptr(),
            )
        };
        if converted < 0 { Err(Error::from(converted)) } else { Ok(()) }
    }
}
