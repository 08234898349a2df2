//! Listens to FFmpeg's log, because its errors say no more than that an open or a frame failed. Nothing of it is printed or
//! kept: a line becomes a [`Meaning`] at once, since it may hold a URL with its password.
//!
//! The callback is FFmpeg's own (`av_log_set_callback`), found in the running program, of whose two parts only one has
//! FFmpeg. Its `va_list` is passed on as the pointer that it is: the ABIs of x86-64 (System V) and 64-bit Arm (AAPCS64) pass it by
//! reference, 32-bit ones as one word. Where the symbols are not found, no reason is heard, and the caller's guess stands.
//!
//! Whose line is it? Of the connection that this thread is busy with ([`Listener::during`]): decoders have no other threads.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Once, OnceLock};

use super::Reason;
use super::native_line::{Meaning, by_format, failure};

/// What was heard of one connection.
#[derive(Debug, Default)]
struct Heard {
    /// Index in [`Reason::ALL`] plus one; 0: nothing.
    reason: AtomicU8,
    answered: AtomicBool,
    damaged: AtomicU32,
}

/// Hears what FFmpeg says of one connection.
#[derive(Debug)]
pub struct Listener {
    heard: Arc<Heard>,
}

impl Listener {
    pub fn new() -> Self {
        install();
        Self { heard: Arc::default() }
    }

    /// Calls into FFmpeg. What it says meanwhile is heard.
    pub fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        let _here = Here::set(Arc::clone(&self.heard));
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
}

thread_local! {
    /// The connection that this thread is busy with.
    static HERE: RefCell<Option<Arc<Heard>>> = const { RefCell::new(None) };
}

/// Sets [`HERE`], and sets it back.
struct Here;

impl Here {
    fn set(heard: Arc<Heard>) -> Self {
        HERE.set(Some(heard));
        Self
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// The connection that a line of this thread is about.
fn with_heard(tell: impl FnOnce(&Heard)) {
    // A thread that is ending has no such value any more: then nobody listens.
    let _ = HERE.try_with(|here| {
        if let Some(heard) = &*here.borrow() {
            tell(heard);
        }
    });
}

type Callback = unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *mut c_void);
type SetCallback = unsafe extern "C" fn(Option<Callback>);
type FormatLine =
    unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *mut c_void, *mut c_char, c_int, *mut c_int) -> c_int;

static FORMAT_LINE: OnceLock<FormatLine> = OnceLock::new();

/// Takes FFmpeg's log. From then on it writes nothing to stderr, unless OpenCV puts its own callback in place again: see
/// [`silence_native_logs`](super::silence_native_logs).
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the names are those of functions of these types since FFmpeg 3.1 (av_log_format_line2).
        let found = unsafe {
            let symbol = |name: &CStr| Some(libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr())).filter(|at| !at.is_null());
            (symbol(c"av_log_set_callback"), symbol(c"av_log_format_line2"))
        };
        let (Some(set_callback), Some(format_line)) = found else { return };
        // SAFETY: as above; the callback lives as long as the program.
        unsafe {
            let _ = FORMAT_LINE.set(std::mem::transmute::<*mut c_void, FormatLine>(format_line));
            std::mem::transmute::<*mut c_void, SetCallback>(set_callback)(Some(hear));
        }
    });
}

/// `AV_LOG_WARNING`: such lines may tell why something failed.
const WARNING: c_int = 24;

/// FFmpeg's callback, on any thread. It must not unwind: nothing here panics.
unsafe extern "C" fn hear(context: *mut c_void, level: c_int, format: *const c_char, arguments: *mut c_void) {
    let Some(format_line) = FORMAT_LINE.get().filter(|_| !format.is_null()) else { return };
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
                format_line(context, level, format, arguments, line.as_mut_ptr().cast(), length, &mut prefix);
            }
            let text = CStr::from_bytes_until_nul(&line).unwrap_or_default().to_string_lossy();
            match failure(&text) {
                Some(reason) => Meaning::Failure(reason),
                None => return,
            }
        }
    };
    with_heard(|heard| heard.note(meaning));
}

impl Heard {
    fn note(&self, meaning: Meaning) {
        match meaning {
            Meaning::Failure(reason) => {
                let index = Reason::ALL.iter().position(|&known| known == reason).map_or(0, |index| index + 1);
                self.reason.store(index as u8, Ordering::Release);
            }
            Meaning::Answer => self.answered.store(true, Ordering::Release),
            Meaning::Damage => {
                self.damaged.fetch_add(1, Ordering::AcqRel);
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
