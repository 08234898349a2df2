//! The threads `inference-N`: all looks of all cameras, so that fifty detector threads do not fight for two cores.

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::vital::Vital;

pub struct InferencePool {
    pool: ThreadPool,
    workers: Vec<Arc<Vital>>,
}

impl InferencePool {
    /// `None`: as many threads as the machine has processors.
    pub fn new(threads: Option<usize>) -> Result<Self, ThreadPoolBuildError> {
        let builder = ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).thread_name(name);
        let pool = builder.build()?;
        let workers = (0..pool.current_num_threads()).map(|_| Arc::default()).collect();
        Ok(Self { pool, workers })
    }

    /// Does it there, when its turn has come.
    pub fn install<T: Send>(&self, look: impl FnOnce() -> T + Send) -> T {
        self.pool.install(|| {
            let worker = rayon::current_thread_index().and_then(|index| self.workers.get(index));
            worker.inspect(|worker| worker.beat());
            let seen = look();
            worker.inspect(|worker| worker.beat());
            seen
        })
    }

    pub fn threads(&self) -> impl Iterator<Item = (String, Arc<Vital>)> + '_ {
        self.workers.iter().enumerate().map(|(index, worker)| (name(index), Arc::clone(worker)))
    }
}

fn name(index: usize) -> String {
    format!("inference-{index}")
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn whoever_looks_gives_a_sign_of_life() {
        let pool = InferencePool::new(Some(1)).unwrap();
        let threads: Vec<_> = pool.threads().collect();
        assert_eq!(threads.len(), 1);
        let (name, worker) = &threads[0];
        let moment = Duration::from_millis(50);
        while worker.age() < moment {
            thread::yield_now();
        }
        let (seen, age) = pool.install(|| (thread::current().name().map(str::to_owned), worker.age()));
        assert_eq!(seen.as_ref(), Some(name));
        assert!(age < moment, "{age:?}");
    }
}
