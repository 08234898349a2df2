//! Threads that do one thing at a time, after everybody who counts: `http-pictures`, `http-trials`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{io, thread};

use tokio::sync::oneshot;

use super::site::{Thread, ThreadState};

/// How far below the threads of this program it is: the system gives it what others leave. Those who read the database keep
/// their rank: how long they take says for how long their answers are kept.
const NICENESS: libc::c_int = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Ends its thread when it is dropped.
pub struct Worker {
    name: &'static str,
    jobs: Sender<Job>,
    life: Arc<Mutex<Life>>,
}

struct Life {
    last_sign: Instant,
    last_error: Option<String>,
}

impl Worker {
    pub fn start(name: &'static str) -> io::Result<Self> {
        let (jobs, received) = channel();
        let life = Arc::new(Mutex::new(Life { last_sign: Instant::now(), last_error: None }));
        let lives = Arc::clone(&life);
        thread::Builder::new().name(name.to_owned()).spawn(move || work(&received, &lives))?;
        Ok(Self { name, jobs, life })
    }

    /// `None` when it panicked.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move || {
            // Who asked may have gone.
            let _ = done.send(job());
        });
        self.jobs.send(job).ok()?;
        result.await.ok()
    }

    /// How it does. Its last sign of life is the beginning or end of what it did last.
    pub fn thread(&self) -> Thread {
        let life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        Thread {
            name: self.name.to_owned(),
            state: ThreadState::Running,
            quiet_s: (life.last_sign.elapsed().as_secs_f64() * 10.0).round() / 10.0,
            restarts: 0,
            last_error: life.last_error.clone(),
        }
    }
}

fn work(jobs: &Receiver<Job>, life: &Mutex<Life>) {
    // SAFETY: calls with plain numbers. On Linux 0 is the calling thread alone. Refused, it has the rank of all others.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, libc::getpriority(libc::PRIO_PROCESS, 0) + NICENESS) };
    let lives = || life.lock().unwrap_or_else(PoisonError::into_inner);
    for job in jobs {
        lives().last_sign = Instant::now();
        // It is logged where it happened; the next one may be another.
        let panicked = catch_unwind(AssertUnwindSafe(job)).is_err();
        let mut life = lives();
        life.last_sign = Instant::now();
        if panicked {
            life.last_error = Some("it panicked; the log says where".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_after_a_panic_and_gives_way_to_others() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let worker = Worker::start("http-pictures").unwrap();
            assert_eq!(worker.thread().last_error, None);
            assert_eq!(worker.run(|| -> u8 { panic!("as a test") }).await, None);
            let rank = || {
                // SAFETY: as above.
                unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
            };
            // 19 is the lowest there is.
            assert_eq!(worker.run(rank).await, Some((rank() + NICENESS).min(19)));
            let thread = worker.thread();
            assert_eq!((thread.name.as_str(), thread.last_error.is_some()), ("http-pictures", true));
        });
    }
}
