//! Listens to FFmpeg's log, because OpenCV says no more than that an open or a frame failed. Nothing of it is printed or
//! kept: a line becomes a [`Meaning`] at once, since it may hold a URL with its password.
//!
//! The callback is FFmpeg's own (`av_log_set_callback`), found in the running program, since libavutil came with OpenCV.
//! Its `va_list` is passed on as the pointer that it is: the ABIs of x86-64 (System V) and 64-bit Arm (AAPCS64) pass it by
//! reference, 32-bit ones as one word. Where the symbols are not found, no reason is heard, and the caller's guess stands.
//!
//! Whose line is it? Of the connection that this thread is busy with ([`Listener::during`]). Decoders have threads of their
//! own, which were started by the thread that opened the connection and have from it the one harmless thing that Linux
//! hands on from thread to thread and nobody else uses: the timer slack, here a private number of nanoseconds.

use std::cell::{OnceCell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};

use super::Reason;
use super::native_line::{Meaning, by_format, failure};

/// What was heard of one connection.
#[derive(Debug, Default)]
struct Heard {
    /// Index in [`Reason::ALL`] plus one; 0: nothing.
    reason: AtomicU8,
    answered: AtomicBool,
    damaged: AtomicU32,
    other_size: AtomicBool,
    /// Width and height in pixels, 32 bits each; 0: not heard.
    size: AtomicU64,
}

/// Hears what FFmpeg says of one connection.
#[derive(Debug)]
pub struct Listener {
    heard: Arc<Heard>,
    /// Timer slack of the threads of this connection, ns.
    mark: u64,
}

/// The kernel's own timer slack; marks lie above it by up to [`MARKS`] ns, which no timer notices.
const USUAL_SLACK: u64 = 50_000;
const MARKS: u64 = 20_000;

static CONNECTIONS: Mutex<Vec<(u64, Arc<Heard>)>> = Mutex::new(Vec::new());

impl Listener {
    pub fn new() -> Self {
        install();
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mark = USUAL_SLACK + 1 + NEXT.fetch_add(1, Ordering::Relaxed) % MARKS;
        let heard = Arc::new(Heard::default());
        let mut connections = CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        connections.push((mark, Arc::clone(&heard)));
        Self { heard, mark }
    }

    /// Calls into FFmpeg. What this thread and those started meanwhile say is heard.
    pub fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        let _here = Here::set(Arc::clone(&self.heard), self.mark);
        call()
    }

    /// The last failure that was told.
    pub fn reason(&self) -> Option<Reason> {
        let index = usize::from(self.heard.reason.load(Ordering::Acquire));
        Reason::ALL.get(index.checked_sub(1)?).copied()
    }

    /// A web server answered, whatever it said.
    pub fn answered(&self) -> bool {
        self.heard.answered.load(Ordering::Acquire)
    }

    /// How often a damaged picture was told so far.
    pub fn damaged(&self) -> u32 {
        self.heard.damaged.load(Ordering::Acquire)
    }

    /// The conversion of pictures failed, since they have another size than at first.
    pub fn other_size(&self) -> bool {
        self.heard.other_size.load(Ordering::Acquire)
    }

    /// Width and height of the pictures that the decoder makes now, pixels.
    pub fn size(&self) -> Option<(usize, usize)> {
        let size = self.heard.size.load(Ordering::Acquire);
        (size != 0).then_some(((size >> 32) as usize, (size & 0xFFFF_FFFF) as usize))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut connections = CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        connections.retain(|(_, heard)| !Arc::ptr_eq(heard, &self.heard));
    }
}

thread_local! {
    /// The connection that this thread is busy with.
    static HERE: RefCell<Option<Arc<Heard>>> = const { RefCell::new(None) };
    /// The connection that a decoder's thread works for.
    static DECODED: OnceCell<Option<Arc<Heard>>> = const { OnceCell::new() };
}

/// Sets [`HERE`] and the timer slack, and sets both back.
struct Here {
    slack: Option<u64>,
}

impl Here {
    fn set(heard: Arc<Heard>, mark: u64) -> Self {
        HERE.set(Some(heard));
        let slack = timer_slack();
        if slack.is_some() {
            set_timer_slack(mark);
        }
        Self { slack }
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        HERE.set(None);
        if let Some(slack) = self.slack {
            set_timer_slack(slack);
        }
    }
}

/// Of the calling thread, ns; `None` where there is no such thing.
#[cfg(target_os = "linux")]
fn timer_slack() -> Option<u64> {
    // SAFETY: takes nothing and touches nothing of ours.
    let slack = unsafe { libc::prctl(libc::PR_GET_TIMERSLACK) };
    u64::try_from(slack).ok().filter(|&slack| slack > 0)
}

#[cfg(target_os = "linux")]
fn set_timer_slack(slack: u64) {
    // SAFETY: as above. Failing, decoders are not heard.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, slack as libc::c_ulong) };
}

#[cfg(not(target_os = "linux"))]
fn timer_slack() -> Option<u64> {
    None
}

#[cfg(not(target_os = "linux"))]
fn set_timer_slack(_: u64) {}

/// The connection that a line of this thread is about.
fn with_heard(tell: impl FnOnce(&Heard)) {
    // Threads that are ending have no such values any more: then nobody listens.
    let _ = HERE.try_with(|here| match &*here.borrow() {
        Some(heard) => tell(heard),
        None => {
            let _ = DECODED.try_with(|decoded| {
                if let Some(heard) = decoded.get_or_init(by_slack) {
                    tell(heard);
                }
            });
        }
    });
}

fn by_slack() -> Option<Arc<Heard>> {
    let slack = timer_slack()?;
    let connections = CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    connections.iter().find(|(mark, _)| *mark == slack).map(|(_, heard)| Arc::clone(heard))
}

type Callback = unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *mut c_void);
type SetCallback = unsafe extern "C" fn(Option<Callback>);
type FormatLine =
    unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *mut c_void, *mut c_char, c_int, *mut c_int) -> c_int;
type ImageSize = unsafe extern "C" fn(*mut c_void, *const c_char, c_int, *mut c_int, *mut c_int) -> c_int;

/// What is called of libavutil.
struct Libavutil {
    format_line: FormatLine,
    image_size: ImageSize,
}

static LIBAVUTIL: OnceLock<Libavutil> = OnceLock::new();

/// Takes FFmpeg's log. From then on it writes nothing to stderr, unless OpenCV puts its own callback in place again: see
/// [`silence_native_logs`](super::silence_native_logs).
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the names are those of functions of these types since FFmpeg 3.1 (av_log_format_line2).
        let found = unsafe {
            let symbol = |name: &CStr| Some(libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr())).filter(|at| !at.is_null());
            (symbol(c"av_log_set_callback"), symbol(c"av_log_format_line2"), symbol(c"av_opt_get_image_size"))
        };
        let (Some(set_callback), Some(format_line), Some(image_size)) = found else { return };
        // SAFETY: as above; the callback lives as long as the program.
        unsafe {
            let _ = LIBAVUTIL.set(Libavutil {
                format_line: std::mem::transmute::<*mut c_void, FormatLine>(format_line),
                image_size: std::mem::transmute::<*mut c_void, ImageSize>(image_size),
            });
            std::mem::transmute::<*mut c_void, SetCallback>(set_callback)(Some(hear));
        }
    });
}

/// `AV_LOG_WARNING`: such lines may tell why something failed.
const WARNING: c_int = 24;

/// FFmpeg's callback, on any thread. It must not unwind: nothing here panics.
unsafe extern "C" fn hear(context: *mut c_void, level: c_int, format: *const c_char, arguments: *mut c_void) {
    let Some(libavutil) = LIBAVUTIL.get().filter(|_| !format.is_null()) else { return };
    // SAFETY: FFmpeg's formats end with a zero.
    let meaning = match by_format(unsafe { CStr::from_ptr(format) }.to_bytes()) {
        Some(meaning) => meaning,
        None if level > WARNING || is_codec(context) => return,
        None => {
            let mut line = [0_u8; 1024];
            let mut prefix = 1;
            // SAFETY: the arguments are FFmpeg's own for this format, and the line ends within its bytes.
            unsafe {
                let length = line.len() as c_int;
                (libavutil.format_line)(
                    context,
                    level,
                    format,
                    arguments,
                    line.as_mut_ptr().cast(),
                    length,
                    &mut prefix,
                );
            }
            let text = CStr::from_bytes_until_nul(&line).unwrap_or_default().to_string_lossy();
            match failure(&text) {
                Some(reason) => Meaning::Failure(reason),
                None => return,
            }
        }
    };
    with_heard(|heard| heard.note(meaning, || picture_size(libavutil, context)));
}

impl Heard {
    fn note(&self, meaning: Meaning, size: impl FnOnce() -> Option<(u32, u32)>) {
        match meaning {
            Meaning::Failure(reason) => {
                let index = Reason::ALL.iter().position(|&known| known == reason).map_or(0, |index| index + 1);
                self.reason.store(index as u8, Ordering::Release);
            }
            Meaning::Answer => self.answered.store(true, Ordering::Release),
            Meaning::Damage => {
                self.damaged.fetch_add(1, Ordering::AcqRel);
            }
            Meaning::OtherSize => self.other_size.store(true, Ordering::Release),
            Meaning::Size => {
                if let Some((width, height)) = size() {
                    self.size.store(u64::from(width) << 32 | u64::from(height), Ordering::Release);
                }
            }
        }
    }
}

/// Decoders' lines are about pictures, not about the connection.
fn is_codec(context: *mut c_void) -> bool {
    if context.is_null() {
        return false;
    }
    // SAFETY: what FFmpeg gives as the context of a line begins with a pointer to its AVClass, which begins with its name.
    unsafe {
        let class = *context.cast::<*const *const c_char>();
        !class.is_null() && !(*class).is_null() && CStr::from_ptr(*class).to_bytes() == b"AVCodecContext"
    }
}

/// The size of the pictures that this decoder makes.
fn picture_size(libavutil: &Libavutil, context: *mut c_void) -> Option<(u32, u32)> {
    if !is_codec(context) {
        return None;
    }
    let (mut width, mut height) = (0, 0);
    // SAFETY: an AVCodecContext has this option; it is alive while it logs.
    let failed = unsafe { (libavutil.image_size)(context, c"video_size".as_ptr(), 0, &mut width, &mut height) };
    let [width, height] = [width, height].map(|pixels| u32::try_from(pixels).ok().filter(|&pixels| pixels > 0));
    if failed < 0 { None } else { Some((width?, height?)) }
}
