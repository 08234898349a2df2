//! The live pictures of all cameras: each is made into a file once, when somebody waits for it, however many look.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::sync::{Notify, watch};

use super::{caption, multipart};
use crate::http::server::problem::Problem;
use crate::http::server::routes::App;
use crate::http::server::site::{Jpeg, LivePicture, Overlay, Thread};
use crate::http::server::worker::Worker;
use crate::time::UtcMicros;

/// How often it is asked whether there is a newer picture. Whoever puts them down wakes nobody.
const ASK_EVERY: Duration = Duration::from_millis(40);
/// Who waits says so again this often, so that pictures go on to come.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// One picture as a file, shared by all who look.
#[derive(Clone, Debug)]
pub struct Still {
    /// Of the picture, from 1.
    pub number: u64,
    /// A part of a stream, whose beginning is its head.
    part: Bytes,
    head: usize,
    tail: usize,
}

impl Still {
    fn new(Jpeg { number, bytes }: &Jpeg) -> Self {
        let (part, head, tail) = multipart::part(bytes);
        Self { number: *number, part, head, tail }
    }

    /// For a stream.
    pub fn part(&self) -> Bytes {
        self.part.clone()
    }

    /// The file alone.
    pub fn jpeg(&self) -> Bytes {
        self.part.slice(self.head..self.tail)
    }
}

/// What is seen of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As the camera sent it.
    Plain,
    /// With what is known of it drawn over it, and not too large.
    Annotated,
}

/// Gives the rows of text for a picture of this time.
pub type Caption = Box<dyn Fn(UtcMicros) -> Vec<String> + Send>;

pub struct Feeds {
    feeds: Mutex<HashMap<String, Arc<Feed>>>,
    /// Somebody begins to wait.
    awaited: Notify,
    worker: Arc<Worker>,
}

pub struct Feed {
    pub camera: String,
    picture: Arc<dyn LivePicture>,
    /// Number of the newest; those who wait listen to it.
    newest: watch::Sender<u64>,
    plain: tokio::sync::Mutex<Option<Still>>,
    annotated: tokio::sync::Mutex<Option<Still>>,
}

impl Feeds {
    pub fn start() -> io::Result<Self> {
        let worker = Arc::new(Worker::start("http-pictures")?);
        Ok(Self { feeds: Mutex::default(), awaited: Notify::new(), worker })
    }

    /// Who makes the files.
    pub fn thread(&self) -> Thread {
        self.worker.thread()
    }

    /// Of a camera that there is.
    pub fn of(&self, camera: &str, picture: Arc<dyn LivePicture>) -> Arc<Feed> {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        let feed = feeds.entry(camera.to_owned()).or_insert_with(|| Arc::new(Feed::new(camera, picture)));
        Arc::clone(feed)
    }

    /// Tells those who wait of newer pictures, for ever.
    pub async fn follow(&self) {
        loop {
            let awaited: Vec<Arc<Feed>> = {
                let feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
                feeds.values().filter(|feed| feed.newest.receiver_count() > 0).map(Arc::clone).collect()
            };
            if awaited.is_empty() {
                self.awaited.notified().await;
                continue;
            }
            awaited.iter().for_each(|feed| feed.ask());
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// A picture after this one, of those that are put down from now on or are no older than `age`. Waits until there is one.
    pub async fn next(
        &self,
        app: &Arc<App>,
        feed: &Arc<Feed>,
        kind: Kind,
        after: u64,
        age: Duration,
    ) -> Result<Still, Problem> {
        let mut after = match feed.picture.newest() {
            Some(shown) if shown.age > age => after.max(shown.number),
            _ => after,
        };
        let mut newest = feed.newest.subscribe();
        feed.ask();
        self.awaited.notify_one();
        loop {
            feed.picture.look();
            let Ok(seen) = tokio::time::timeout(LOOK_EVERY, newest.wait_for(|number| *number > after)).await else {
                continue;
            };
            // The sender lives as long as the feed does.
            after = seen.map_or(after, |number| *number);
            if let Some(still) = self.still(app, feed, kind, after).await? {
                return Ok(still);
            }
        }
    }

    /// The file of this picture or a newer one; `None` when it has been taken away.
    async fn still(&self, app: &Arc<App>, feed: &Arc<Feed>, kind: Kind, least: u64) -> Result<Option<Still>, Problem> {
        let (app, feed, worker) = (Arc::clone(app), Arc::clone(feed), Arc::clone(&self.worker));
        // On its own: whoever asked may go meanwhile, and the next would make the same file again.
        let made = tokio::spawn(async move {
            let mut last = feed.last(kind).lock().await;
            if let Some(still) = last.as_ref().filter(|still| still.number >= least) {
                return Ok(Some(still.clone()));
            }
            let caption = caption(&app, &feed.camera, kind).await;
            let picture = Arc::clone(&feed.picture);
            let made = worker.run(move || make(picture.as_ref(), kind, &caption)).await;
            let Some(still) = made.ok_or_else(panicked)?? else { return Ok(None) };
            *last = Some(still.clone());
            Ok(Some(still))
        });
        made.await.map_err(|_| panicked())?
    }
}

impl Feed {
    fn new(camera: &str, picture: Arc<dyn LivePicture>) -> Self {
        let (plain, annotated) = Default::default();
        Self { camera: camera.to_owned(), picture, newest: watch::Sender::new(0), plain, annotated }
    }

    fn last(&self, kind: Kind) -> &tokio::sync::Mutex<Option<Still>> {
        match kind {
            Kind::Plain => &self.plain,
            Kind::Annotated => &self.annotated,
        }
    }

    fn ask(&self) {
        let number = self.picture.newest().map_or(0, |shown| shown.number);
        self.newest.send_if_modified(|newest| std::mem::replace(newest, number) != number);
    }

    /// The file that was made last, however old its picture is.
    pub async fn last_annotated(&self) -> Option<Still> {
        self.annotated.lock().await.clone()
    }
}

fn make(picture: &dyn LivePicture, kind: Kind, caption: &Caption) -> Result<Option<Still>, Problem> {
    let jpeg = match kind {
        Kind::Plain => picture.jpeg(Overlay::None),
        Kind::Annotated => picture.jpeg(Overlay::Scene(caption)),
    };
    let failed = |sentence| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, sentence);
    Ok(jpeg.map_err(failed)?.as_ref().map(Still::new))
}

fn panicked() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it panicked; the log says where")
}
