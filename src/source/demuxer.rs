//! A camera's stream or a recording, taken apart by FFmpeg's libavformat into the compressed packets of its video.

use std::ffi::{CString, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ffmpeg_the_third::ffi;
use ffmpeg_the_third::format::context::Input;
use ffmpeg_the_third::format::stream::Stream;
use ffmpeg_the_third::{Dictionary, Error, Packet, media};

use super::SourceInfo;

/// An open stream or recording.
pub struct Demuxer {
    /// Closed before the deadline goes that it asks about.
    input: Input,
    deadline: Box<Deadline>,
    /// Which of its streams is the video.
    video: usize,
}

/// Until when a call may last. FFmpeg asks from the thread that it was called on, every 100 ms or so while it waits.
struct Deadline {
    zero: Instant,
    /// Microseconds after `zero`.
    at: AtomicU64,
}

impl Deadline {
    fn new() -> Self {
        Self { zero: Instant::now(), at: AtomicU64::new(u64::MAX) }
    }

    fn set(&self, patience: Option<Duration>) {
        let at = patience.map(|patience| (self.zero.elapsed() + patience).as_micros());
        self.at.store(at.and_then(|at| u64::try_from(at).ok()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn has_passed(&self) -> bool {
        self.zero.elapsed().as_micros() >= u128::from(self.at.load(Ordering::Relaxed))
    }
}

unsafe extern "C" fn has_passed(deadline: *mut c_void) -> c_int {
    // SAFETY: it is the deadline that was given along with this function, and outlives the input.
    c_int::from(unsafe { &*deadline.cast::<Deadline>() }.has_passed())
}

impl Demuxer {
    /// Opens what FFmpeg finds at `address`, within `patience` if there is such. Of the options FFmpeg takes those that it
    /// knows. The address may hold a password; FFmpeg's error does not.
    pub fn open<'a>(
        address: &str,
        options: impl IntoIterator<Item = (&'a str, &'a str)>,
        patience: Option<Duration>,
    ) -> Result<Self, Error> {
        let address = CString::new(address).map_err(|_| Error::Other { errno: libc::EINVAL })?;
        let deadline = Box::new(Deadline::new());
        deadline.set(patience);
        let mut dictionary = Dictionary::new();
        for (name, value) in options {
            dictionary.set(name, value);
        }
        // SAFETY: a context that does not open is freed by FFmpeg, one that does is closed by `Input`; the dictionary is
        // given away and what is left of it taken back.
        let input = unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(Error::Other { errno: libc::ENOMEM });
            }
            let opaque = ptr::from_ref(deadline.as_ref()).cast_mut().cast();
            (*context).interrupt_callback = ffi::AVIOInterruptCB { callback: Some(has_passed), opaque };
            let mut options = dictionary.into_raw();
            let opened = ffi::avformat_open_input(&mut context, address.as_ptr(), ptr::null_mut(), &mut options);
            drop(Dictionary::from_raw(options));
            if opened < 0 {
                return Err(Error::from(opened));
            }
            let mut input = Input::wrap(context);
            let known = ffi::avformat_find_stream_info(input.as_mut_ptr(), ptr::null_mut());
            if known < 0 {
                return Err(Error::from(known));
            }
            input
        };
        let video = input.streams().best(media::Type::Video).ok_or(Error::StreamNotFound)?.index();
        Ok(Self { input, deadline, video })
    }

    pub fn video(&self) -> Stream<'_> {
        self.input.stream(self.video).expect("a stream stays where it was found")
    }

    /// The next packet of the video; `None` at the end. Waits for no longer than `patience`, if there is such.
    pub fn next_packet(&mut self, patience: Option<Duration>) -> Result<Option<Packet>, Error> {
        self.deadline.set(patience);
        // FFmpeg asks only while it waits: sound may come without end.
        while !self.deadline.has_passed() {
            // A fresh one each time: FFmpeg does not release what was in it.
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() == self.video => return Ok(Some(packet)),
                Ok(()) | Err(Error::Other { errno: libc::EAGAIN }) => {}
                Err(Error::Eof) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Exit)
    }

    /// Back to the beginning of a recording.
    pub fn rewind(&mut self) -> Result<(), Error> {
        // SAFETY: reads a number of an open context.
        let start = unsafe { (*self.input.as_ptr()).start_time };
        let start = if start == ffi::AV_NOPTS_VALUE { 0 } else { start };
        self.input.seek(start, ..=start)
    }

    /// Width and height of the video as its container says, pixels; zero when nothing is known.
    pub fn size(&self) -> (usize, usize) {
        let stream = self.video();
        let parameters = stream.parameters();
        // SAFETY: plain numbers of an open stream.
        let (width, height) = unsafe { ((*parameters.as_ptr()).width, (*parameters.as_ptr()).height) };
        (usize::try_from(width).unwrap_or(0), usize::try_from(height).unwrap_or(0))
    }

    /// What the container says of the video.
    pub fn describe(&self, is_recording: bool) -> SourceInfo {
        let stream = self.video();
        // SAFETY: it reads numbers of an open stream and changes nothing.
        let fps = unsafe {
            let (context, stream) = (self.input.as_ptr().cast_mut(), stream.as_ptr().cast_mut());
            ffi::av_guess_frame_rate(context, stream, ptr::null_mut())
        };
        let fps = f64::from(fps.num) / f64::from(fps.den);
        // Above 240 a container means its clock's tick, not frames.
        let fps = (fps.is_finite() && fps > 0.0 && fps <= 240.0).then_some(fps);
        let seconds = (self.input.duration() > 0).then(|| self.input.duration() as f64 / f64::from(ffi::AV_TIME_BASE));
        let counted = u64::try_from(stream.frames()).ok().filter(|&frames| frames > 0);
        let estimated = || Some((fps? * seconds?).round() as u64).filter(|&frames| frames > 0);
        let (width, height) = self.size();
        let codec = stream.parameters().id().name().to_owned();
        let frames = if is_recording { counted.or_else(estimated) } else { None };
        SourceInfo { width, height, fps, codec, frames }
    }
}
