//! What the process and its threads have used so far, as Linux tells.

use std::fs;
use std::mem::MaybeUninit;
use std::time::Duration;

/// Processor time of all threads together, those that have ended included.
pub fn process_cpu() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// Processor time of the calling thread.
pub fn thread_cpu() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the pointer is valid for the call, which fills in what it points to; zero is a valid time if it fails.
    let time = unsafe {
        libc::clock_gettime(id, time.as_mut_ptr());
        time.assume_init()
    };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Processor time that `work` takes on the calling thread.
pub fn on_thread<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = thread_cpu();
    let done = work();
    (done, thread_cpu().saturating_sub(before))
}

/// How often the threads gave the processor away since the process began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// They had nothing to do, or waited for each other.
    pub voluntary: u64,
    /// Others wanted the processor.
    pub involuntary: u64,
}

/// Of all threads, those that have ended included.
pub fn switches() -> Switches {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: as above.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    Switches { voluntary: usage.ru_nvcsw as u64, involuntary: usage.ru_nivcsw as u64 }
}

/// Memory that the process has in RAM, bytes; 0 where /proc does not tell.
pub fn resident_bytes() -> u64 {
    status("VmRSS:") * 1024
}

/// Threads that live; 0 where /proc does not tell.
pub fn threads() -> u64 {
    status("Threads:")
}

/// The number in a row of /proc/self/status.
fn status(row: &str) -> u64 {
    fs::read_to_string("/proc/self/status").map_or(0, |status| number(&status, row))
}

fn number(status: &str, row: &str) -> u64 {
    let value = status.lines().find_map(|line| line.strip_prefix(row)?.split_whitespace().next());
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_status_are_found_by_name() {
        let status = "Name:\tlotcount\nVmRSS:\t  123456 kB\nThreads:\t42\n";
        assert_eq!((number(status, "VmRSS:"), number(status, "Threads:"), number(status, "VmHWM:")), (123_456, 42, 0));
    }

    #[test]
    fn work_takes_processor_time_and_memory() {
        let (sum, took) = on_thread(|| (0..3_000_000_u64).fold(1, |sum: u64, i| sum.wrapping_mul(31) ^ i));
        assert!(sum != 0 && took > Duration::ZERO);
        assert!(process_cpu() >= took && resident_bytes() > 1 << 20 && threads() >= 1);
        assert!(switches().voluntary + switches().involuntary > 0);
    }
}
