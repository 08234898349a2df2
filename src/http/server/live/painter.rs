//! The thread `http-pictures`: makes one file at a time, after everybody who counts. `http-trials` is another of its kind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::{io, thread};

use tokio::sync::oneshot;

/// How far below the threads of this program it is: the system gives it what others leave. Those who read the database keep their rank: how long they take says how long their
/// answers are given.
const NICENESS: libc::c_int = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Ends its thread when it is dropped.
pub struct Painter(Sender<Job>);

impl Painter {
    pub fn start(name: &str) -> io::Result<Self> {
        let (jobs, received) = channel();
        thread::Builder::new().name(name.to_owned()).spawn(move || work(&received))?;
        Ok(Self(jobs))
    }

    /// `None` when it panicked.
    pub async fn paint<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move || {
            // Who asked may have gone.
            let _ = done.send(job());
        });
        self.0.send(job).ok()?;
        result.await.ok()
    }
}

fn work(jobs: &Receiver<Job>) {
    // SAFETY: calls with plain numbers. On Linux 0 is the calling thread alone. Refused, it has the rank of all others.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, libc::getpriority(libc::PRIO_PROCESS, 0) + NICENESS) };
    for job in jobs {
        // It is logged where it happened; the next picture may be another.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_after_a_panic_and_gives_way_to_others() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let painter = Painter::start("http-pictures").unwrap();
            assert_eq!(painter.paint(|| -> u8 { panic!("as a test") }).await, None);
            let rank = || {
                // SAFETY: as above.
                unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
            };
            // 19 is the lowest there is.
            assert_eq!(painter.paint(rank).await, Some((rank() + NICENESS).min(19)));
        });
    }
}
