//! `/cameras/NAME/stream` and `/cameras/NAME/snapshot.jpg`: what a camera sees now. Each viewer gets the newest picture when he
//! has taken the one before, and never one that waited for him.

mod feed;
mod multipart;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use futures_util::stream;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::Problem;
use super::routes::{self, App};
use super::site::Thread;
use crate::report::zoned;
use crate::time::UtcMicros;
use feed::{Caption, Feed, Feeds, Kind};

/// A snapshot is no older than this, or is waited for this long.
const FRESH: Duration = Duration::from_secs(3);
/// A viewer without a newer picture gets the last one again this often: his connection is seen to live.
const AGAIN_EVERY: Duration = Duration::from_secs(10);
/// When one more may try again, s.
const RETRY_AFTER_S: &str = "10";

pub struct Live {
    feeds: Feeds,
    viewers: Arc<Semaphore>,
    run: String,
}

impl Live {
    /// For so many viewers of streams at a time.
    pub fn start(viewers: usize, run: String) -> io::Result<Self> {
        Ok(Self { feeds: Feeds::start()?, viewers: Arc::new(Semaphore::new(viewers)), run })
    }

    /// Who makes its files.
    pub fn thread(&self) -> Thread {
        self.feeds.thread()
    }

    fn feed(&self, app: &App, camera: &str) -> Option<Arc<Feed>> {
        Some(self.feeds.of(camera, app.site.live_picture(camera)?))
    }
}

/// Tells viewers of newer pictures, for ever.
pub async fn follow(app: Arc<App>) {
    app.live.feeds.follow().await;
}

fn unknown(camera: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is no camera called `{camera}`"))
}

/// `GET /cameras/NAME/snapshot.jpg`; with `?plain` as the camera sent it.
pub async fn snapshot(
    State(app): State<Arc<App>>,
    Path(camera): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let kind = kind(query.as_deref())?;
    let feed = app.live.feed(&app, &camera).ok_or_else(|| unknown(&camera))?;
    let Ok(still) = timeout(FRESH, app.live.feeds.next(&app, &feed, kind, 0, FRESH)).await else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, why_none(&app, &camera)));
    };
    let still = still?;
    // Of this run: numbers begin anew with each.
    let tag = format!("\"{}-{}\"", app.live.run, still.number);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, "image/jpeg")], still.jpeg()).into_response(),
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn kind(query: Option<&str>) -> Result<Kind, Problem> {
    match query {
        None | Some("") => Ok(Kind::Annotated),
        Some("plain") => Ok(Kind::Plain),
        Some(_) => Err(Problem::bad("a snapshot has no query but `plain`")),
    }
}

/// Why there is no picture, in a sentence.
fn why_none(app: &App, camera: &str) -> String {
    let cameras = app.site.snapshot().cameras;
    let detail = cameras.into_iter().find(|known| known.name == camera).and_then(|known| known.detail);
    let why = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("no picture of `{camera}` came within {} s{why}", FRESH.as_secs())
}

/// `GET /cameras/NAME/stream`.
pub async fn stream(State(app): State<Arc<App>>, Path(camera): Path<String>) -> Result<Response<Body>, Problem> {
    let feed = app.live.feed(&app, &camera).ok_or_else(|| unknown(&camera))?;
    let Ok(place) = Arc::clone(&app.live.viewers).try_acquire_owned() else {
        let detail = format!("{} look already, which are all that `max_viewers` allows", app.http.max_viewers);
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        return Ok(([(header::RETRY_AFTER, RETRY_AFTER_S)], problem).into_response());
    };
    let viewer = Viewer { app, feed, last: 0, has_begun: false, _place: place };
    let parts = stream::unfold(viewer, |mut viewer| async move {
        let bytes = viewer.next().await?;
        Some((Ok::<_, Infallible>(bytes), viewer))
    });
    Ok(([(header::CONTENT_TYPE, multipart::KIND)], Body::from_stream(parts)).into_response())
}

/// One who looks at a stream. Asked for more only when what he got has been sent.
struct Viewer {
    app: Arc<App>,
    feed: Arc<Feed>,
    /// Number of the picture that he got last.
    last: u64,
    has_begun: bool,
    _place: OwnedSemaphorePermit,
}

impl Viewer {
    /// `None`: there is no such camera any more, or its pictures cannot be shown.
    async fn next(&mut self) -> Option<Bytes> {
        self.app.site.live_picture(&self.feed.camera)?;
        let next = self.app.live.feeds.next(&self.app, &self.feed, Kind::Annotated, self.last, Duration::MAX);
        let still = match timeout(AGAIN_EVERY, next).await {
            Ok(still) => Some(still.ok()?),
            Err(_) => self.feed.last_annotated().await,
        };
        let Some(still) = still else { return Some(Bytes::from_static(multipart::NOTHING_YET)) };
        self.last = still.number;
        if std::mem::replace(&mut self.has_begun, true) {
            return Some(still.part());
        }
        Some([multipart::BEGIN, &still.part()].concat().into())
    }
}

/// The picture's time and what was counted over each line of the camera today, which is read back from the database as
/// everywhere else.
async fn caption(app: &Arc<App>, camera: &str, kind: Kind) -> Caption {
    let totals = match kind {
        Kind::Annotated => routes::totals_document(app).await.ok(),
        Kind::Plain => None,
    };
    let (app, camera) = (Arc::clone(app), camera.to_owned());
    Box::new(move |at| {
        let totals = totals.as_deref().and_then(|text| serde_json::from_slice::<Value>(text).ok()).unwrap_or_default();
        rows(&app, &camera, &totals, at)
    })
}

fn rows(app: &App, camera: &str, totals: &Value, at: UtcMicros) -> Vec<String> {
    let time = zoned(at, &app.config.site.time_zone).strftime("%F %T").to_string();
    let lines = totals["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let counted = lines.iter().filter(|line| line["camera"] == camera).map(|line| {
        let name = line["line"].as_str().unwrap_or_default();
        match (line["entries_today"].as_u64(), line["exits_today"].as_u64()) {
            (Some(entries), Some(exits)) => format!("{name}: {entries} entries, {exits} exits today"),
            _ => format!("{name}: blind today"),
        }
    });
    std::iter::once(time).chain(counted).collect()
}

#[cfg(test)]
mod tests;
