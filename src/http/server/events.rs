//! `/events`: what changes, as it changes, to whoever listens. One task looks, however many listen; who does not keep up is
//! told so and let go.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::documents;
use super::problem::Problem;
use super::routes::App;
use crate::store::{CrossingRow, Reader, StoreError};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Events that wait for one listener; so many crossings take minutes.
const WAITING: usize = 256;
/// What was missed is told from the database, so much of it.
const MISSED: usize = 500;

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub kind: &'static str,
    /// Of a crossing: what a listener that was cut off goes on from.
    pub id: Option<i64>,
    pub data: Value,
}

pub struct Events {
    changes: broadcast::Sender<Arc<Change>>,
    listeners: Arc<Semaphore>,
}

impl Events {
    /// For so many listeners at a time.
    pub fn new(listeners: usize) -> Self {
        Self { changes: broadcast::Sender::new(WAITING), listeners: Arc::new(Semaphore::new(listeners)) }
    }
}

/// Looks for changes as long as anybody listens.
pub async fn watch(app: Arc<App>) {
    let mut seen = Seen::default();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if app.events.changes.receiver_count() == 0 {
            seen = Seen::default();
            continue;
        }
        let looking = Arc::clone(&app);
        let looked = spawn_blocking(move || {
            let mut changes = Vec::new();
            let failed = seen.look(&looking, &mut changes).err();
            (seen, changes, failed)
        });
        let Ok((after, changes, failed)) = looked.await else { return };
        seen = after;
        if let Some(error) = failed {
            log::debug!("events: {}", crate::diagnostics::in_words(&error));
        }
        for change in changes {
            // Nobody listens any more: nothing is lost.
            let _ = app.events.changes.send(Arc::new(change));
        }
    }
}

/// What was told last.
#[derive(Default)]
struct Seen {
    reader: Option<Reader>,
    version: Option<i64>,
    crossing: Option<i64>,
    lots: Vec<Value>,
    alerts: Vec<Value>,
    cameras: Vec<Value>,
}

impl Seen {
    /// The first look tells nothing: it is what everybody can ask for.
    fn look(&mut self, app: &App, changes: &mut Vec<Change>) -> Result<(), StoreError> {
        let cameras = app.site.snapshot().cameras;
        let cameras = cameras.iter().map(|camera| {
            json!({ "camera": camera.name, "state": camera.state, "reason": camera.reason, "detail": camera.detail })
        });
        differences("camera", &mut self.cameras, cameras.collect(), changes);
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::open(&app.config.site.database)?,
        };
        let version = reader.data_version()?;
        if self.version.replace(version) != Some(version) {
            self.follow(&reader, app, changes)?;
        }
        self.reader = Some(reader);
        Ok(())
    }

    fn follow(&mut self, reader: &Reader, app: &App, changes: &mut Vec<Change>) -> Result<(), StoreError> {
        let Some(last) = self.crossing else {
            self.crossing = Some(reader.crossings_written_last(1)?.last().map_or(-1, |row| row.id));
            (self.lots, self.alerts) = documents::lots_and_alerts(reader, app)?;
            return Ok(());
        };
        for row in reader.crossings_after(last, MISSED)? {
            self.crossing = Some(row.id);
            changes.push(Change { kind: "crossing", id: Some(row.id), data: documents::crossing(&row, app) });
        }
        let (lots, alerts) = documents::lots_and_alerts(reader, app)?;
        differences("occupancy", &mut self.lots, lots, changes);
        differences("alert", &mut self.alerts, alerts, changes);
        Ok(())
    }
}

/// Tells what is new or other than before.
fn differences(kind: &'static str, before: &mut Vec<Value>, now: Vec<Value>, changes: &mut Vec<Change>) {
    let others = now.iter().filter(|value| !before.contains(value));
    changes.extend(others.map(|value| Change { kind, id: None, data: value.clone() }));
    *before = now;
}

/// `GET /events`. Who comes back with a `Last-Event-ID` gets the crossings in between first.
pub async fn stream(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response<Body>, Problem> {
    let full = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many listen already");
    let place = Arc::clone(&app.events.listeners).try_acquire_owned().map_err(full)?;
    // Before what was missed is read, so that nothing falls between.
    let changes = app.events.changes.subscribe();
    let since = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<i64>().ok());
    let missed = match since {
        Some(id) => missed(&app, id).await?,
        None => Vec::new(),
    };
    let told = missed.last().and_then(|change| change.id);
    let listener = Listener { missed: missed.into_iter(), told, changes, is_over: false, _place: place };
    let stream = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()).into_response())
}

async fn missed(app: &Arc<App>, id: i64) -> Result<Vec<Change>, Problem> {
    let app = Arc::clone(app);
    let read = spawn_blocking(move || -> Result<Vec<Change>, StoreError> {
        let rows = Reader::open(&app.config.site.database)?.crossings_after(id, MISSED)?;
        let change =
            |row: &CrossingRow| Change { kind: "crossing", id: Some(row.id), data: documents::crossing(row, &app) };
        Ok(rows.iter().map(change).collect())
    });
    let panicked = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it panicked; the log says where");
    Ok(read.await.map_err(panicked)??)
}

struct Listener {
    missed: std::vec::IntoIter<Change>,
    /// The last crossing that was told as missed.
    told: Option<i64>,
    changes: Receiver<Arc<Change>>,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if self.is_over {
            return None;
        }
        if let Some(change) = self.missed.next() {
            return Some(event(&change));
        }
        loop {
            match self.changes.recv().await {
                Ok(change) if change.id.is_some() && change.id <= self.told => {}
                Ok(change) => return Some(event(&change)),
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(missed)) => {
                    self.is_over = true;
                    return Some(Event::default().event("lagged").data(json!({ "missed": missed }).to_string()));
                }
            }
        }
    }
}

fn event(change: &Change) -> Event {
    let event = Event::default().event(change.kind).data(change.data.to_string());
    match change.id {
        Some(id) => event.id(id.to_string()),
        None => event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let (mut before, mut changes) = (vec![json!({"lot": "a", "inside": 1}), json!({"lot": "b"})], Vec::new());
        let now = vec![json!({"lot": "a", "inside": 2}), json!({"lot": "b"})];
        differences("occupancy", &mut before, now.clone(), &mut changes);
        assert_eq!(changes, [Change { kind: "occupancy", id: None, data: now[0].clone() }]);
        differences("occupancy", &mut before, now, &mut changes);
        assert_eq!(changes.len(), 1);
    }
}
