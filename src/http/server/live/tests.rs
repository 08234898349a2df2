use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use super::feed::Still;
use super::*;
use crate::config::{self, Config};
use crate::diagnostics::TomlFile;
use crate::http::{Followed, Jpeg, LivePicture, NoRestart, Overlay, Remembered, Shown, Site, Snapshot, Trial};

/// A camera whose pictures are their numbers.
#[derive(Default)]
struct Camera {
    number: AtomicU64,
    age_ms: AtomicU64,
    looks: AtomicU64,
    made: Mutex<Vec<u64>>,
}

impl LivePicture for Camera {
    fn look(&self) {
        self.looks.fetch_add(1, Ordering::Relaxed);
    }

    fn newest(&self) -> Option<Shown> {
        let age = Duration::from_millis(self.age_ms.load(Ordering::Relaxed));
        let number = self.number.load(Ordering::Relaxed);
        (number > 0).then_some(Shown { number, age })
    }

    fn jpeg(&self, overlay: Overlay) -> Result<Option<Jpeg>, String> {
        let number = self.number.load(Ordering::Relaxed);
        self.made.lock().unwrap().push(number);
        let kind = if matches!(overlay, Overlay::None) { "plain" } else { "drawn" };
        Ok(Some(Jpeg { number, bytes: format!("{kind} {number}").into() }))
    }
}

struct Yard(Arc<Camera>, Arc<Config>);

impl Site for Yard {
    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
    }

    fn restart(&self, _: Option<&str>) -> Result<Vec<String>, NoRestart> {
        Err(NoRestart::Stopping)
    }

    fn live_picture(&self, camera: &str) -> Option<Arc<dyn LivePicture>> {
        (camera == "gate").then(|| Arc::clone(&self.0) as Arc<dyn LivePicture>)
    }

    fn config(&self) -> Arc<Config> {
        Arc::clone(&self.1)
    }

    fn followed(&self, _: &str) -> Option<Followed> {
        None
    }

    fn remembered(&self, _: &str) -> Option<Remembered> {
        None
    }

    fn trial(&self, _: &config::Camera) -> Option<Trial> {
        None
    }
}

fn app(camera: &Arc<Camera>) -> Arc<App> {
    let text = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\n[http]\nlisten = \"127.0.0.1:0\"\nmax_viewers = 1\n\
        [[lot]]\nname = \"l\"\n[[camera]]\nname = \"gate\"\nsource = \"rtsp://192.0.2.1/\"\n\
        [[camera.line]]\nname = \"g\"\na = [0.3, 0.5]\nb = [0.7, 0.5]\nentry = \"l\"\n";
    // There is no database at this place.
    let file = TomlFile { path: PathBuf::from("/nowhere/cameras.toml"), text: text.to_owned() };
    let (config, _) = Config::from_file(file).unwrap_or_else(|report| panic!("{report}"));
    let http = config.http.clone().unwrap();
    let config = Arc::new(config);
    Arc::new(App::new(Arc::clone(&config), http, Arc::new(Yard(Arc::clone(camera), config))).unwrap())
}

fn in_runtime<T>(app: &Arc<App>, test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let following = tokio::spawn(follow(Arc::clone(app)));
        let result = test.await;
        following.abort();
        result
    })
}

async fn next(app: &Arc<App>, after: u64) -> Still {
    let feed = app.live.feed(app, "gate").unwrap();
    app.live.feeds.next(app, &feed, Kind::Annotated, after, Duration::MAX).await.unwrap()
}

#[test]
fn one_file_is_made_however_many_look() {
    let camera = Arc::new(Camera::default());
    let app = app(&camera);
    in_runtime(&app, async {
        let waiting: Vec<_> = (0..50)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { next(&app, 0).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(camera.made.lock().unwrap().is_empty(), "there is no picture yet");
        camera.number.store(7, Ordering::Relaxed);
        for viewer in waiting {
            assert_eq!(viewer.await.unwrap().jpeg(), "drawn 7");
        }
        assert_eq!(*camera.made.lock().unwrap(), [7]);
        // Who was slow gets the newest.
        camera.number.store(12, Ordering::Relaxed);
        assert_eq!(next(&app, 7).await.number, 12);
        assert_eq!(*camera.made.lock().unwrap(), [7, 12]);
    });
}

#[test]
fn a_file_that_nobody_waits_for_any_more_is_not_made_again() {
    let camera = Arc::new(Camera::default());
    camera.number.store(3, Ordering::Relaxed);
    let app = app(&camera);
    in_runtime(&app, async {
        // Goes while his picture is being made.
        let mut gone = Box::pin(next(&app, 0));
        let is_pending = std::future::poll_fn(|context| Poll::Ready(gone.as_mut().poll(context).is_pending())).await;
        assert!(is_pending && camera.looks.load(Ordering::Relaxed) == 1);
        drop(gone);
        assert_eq!(next(&app, 0).await.jpeg(), "drawn 3");
        assert_eq!(*camera.made.lock().unwrap(), [3]);
    });
}

#[test]
fn a_snapshot_is_fresh_or_there_is_none() {
    let camera = Arc::new(Camera::default());
    camera.number.store(3, Ordering::Relaxed);
    camera.age_ms.store(4_000, Ordering::Relaxed);
    let app = app(&camera);
    let ask = |query: Option<&str>, headers: HeaderMap| {
        let (path, query) = (Path("gate".to_owned()), RawQuery(query.map(str::to_owned)));
        snapshot(State(Arc::clone(&app)), path, query, headers)
    };
    in_runtime(&app, async {
        let problem = ask(None, HeaderMap::new()).await.unwrap_err();
        assert!(problem.status == StatusCode::SERVICE_UNAVAILABLE && problem.detail.contains("within 3 s"));
        camera.age_ms.store(0, Ordering::Relaxed);
        let answer = ask(Some("plain"), HeaderMap::new()).await.unwrap();
        let tag = answer.headers()[header::ETAG].clone();
        let body = axum::body::to_bytes(answer.into_body(), 1000).await.unwrap();
        assert_eq!(body, "plain 3");
        let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        assert_eq!(ask(Some("plain"), known.clone()).await.unwrap().status(), StatusCode::NOT_MODIFIED);
        camera.number.store(4, Ordering::Relaxed);
        assert_eq!(ask(Some("plain"), known).await.unwrap().status(), StatusCode::OK);
        for wrong in ["plain=1", "plain&plain", "x", "plain="] {
            assert_eq!(
                ask(Some(wrong), HeaderMap::new()).await.unwrap_err().status,
                StatusCode::BAD_REQUEST,
                "{wrong}"
            );
        }
        let unknown = Path("nobody".to_owned());
        let answer = snapshot(State(Arc::clone(&app)), unknown, RawQuery(None), HeaderMap::new()).await;
        assert_eq!(answer.unwrap_err().status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn parts_follow_one_another_and_each_ends_with_a_boundary() {
    let camera = Arc::new(Camera::default());
    camera.number.store(3, Ordering::Relaxed);
    let app = app(&camera);
    in_runtime(&app, async {
        let feed = app.live.feed(&app, "gate").unwrap();
        let place = Arc::clone(&app.live.viewers).try_acquire_owned().unwrap();
        let mut viewer = Viewer { app: Arc::clone(&app), feed, last: 0, has_begun: false, _place: place };
        let part =
            |number| format!("Content-Type: image/jpeg\r\nContent-Length: 7\r\n\r\ndrawn {number}\r\n--lotcount\r\n");
        assert_eq!(viewer.next().await.unwrap(), format!("--lotcount\r\n{}", part(3)));
        camera.number.store(4, Ordering::Relaxed);
        assert_eq!(viewer.next().await.unwrap(), part(4));
        // One more than there may be.
        let refused = stream(State(Arc::clone(&app)), Path("gate".to_owned())).await.unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "10");
        drop(viewer);
        assert_eq!(stream(State(Arc::clone(&app)), Path("gate".to_owned())).await.unwrap().status(), StatusCode::OK);
    });
}
