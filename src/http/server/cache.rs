//! Answers that many ask for at the same time are made once, by one of them.

use std::future::Future;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::Mutex;

use super::problem::Problem;

/// Who asks more often than this gets the same again ...
const FRESH_FOR: Duration = Duration::from_secs(1);
/// ... and for so many times the time that it took to make: a database of many years costs no more of the machine.
const FRESH_TIMES: u32 = 20;

/// The last answer of one kind, and until when it is given.
#[derive(Default)]
pub struct Cached(Mutex<Option<(Instant, Result<Bytes, Problem>)>>);

/// How long an answer is given that took so long to make.
fn freshness(took: Duration) -> Duration {
    FRESH_FOR.max(took * FRESH_TIMES)
}

impl Cached {
    pub async fn get<F>(&self, make: impl FnOnce() -> F) -> Result<Bytes, Problem>
    where
        F: Future<Output = Result<Bytes, Problem>>,
    {
        // Held while it is made: the others wait for the same answer.
        let mut last = self.0.lock().await;
        let begun = Instant::now();
        if let Some((_, answer)) = last.as_ref().filter(|(until, _)| begun < *until) {
            return answer.clone();
        }
        let answer = make().await;
        let now = Instant::now();
        *last = Some((now + freshness(now - begun), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn what_takes_long_is_given_for_longer() {
        assert_eq!(freshness(Duration::from_millis(3)), Duration::from_secs(1));
        assert_eq!(freshness(Duration::from_millis(300)), Duration::from_secs(6));
    }

    #[test]
    fn what_many_ask_for_is_made_once() {
        let (cached, made) = (Cached::default(), AtomicU32::new(0));
        let ask = || async {
            cached
                .get(|| async {
                    made.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                    Ok(Bytes::from_static(b"{}"))
                })
                .await
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let answers = runtime.block_on(async { tokio::join!(ask(), ask(), ask()) });
        assert_eq!((answers.0.unwrap(), answers.2.unwrap()), (Bytes::from_static(b"{}"), Bytes::from_static(b"{}")));
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }
}
