//! What can be asked, exactly.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::cache::Cached;
use super::editor::{self, Trials};
use super::events::Events;
use super::guard::guard;
use super::ledger_entry::LedgerEntry;
use super::live::{self, Live};
use super::problem::Problem;
use super::site::{CameraState, NoRestart, Site};
use super::{documents, events, page};
use crate::config::{Config, Http};
use crate::report::{rfc3339, zoned};
use crate::store::{self, StoreError};
use crate::time::UtcMicros;

/// Bytes of a body: a reason is one line.
const LARGEST_BODY: usize = 4096;
const DEFAULT_LIMIT: usize = 100;
const MOST_CROSSINGS: usize = 1000;

/// What every handler has at hand.
pub struct App {
    pub config: Arc<Config>,
    pub http: Http,
    pub site: Arc<dyn Site>,
    pub events: Events,
    pub trials: Trials,
    pub live: Live,
    totals: Cached,
    occupancy: Cached,
    status: Cached,
    today: Cached,
    metrics: Cached,
}

type Shared = State<Arc<App>>;
type Answer = Result<Response<Body>, Problem>;

impl App {
    pub fn new(config: Arc<Config>, http: Http, site: Arc<dyn Site>) -> io::Result<Self> {
        let events = Events::new(http.max_connections / 2);
        let live = Live::start(http.max_viewers, site.snapshot().run)?;
        let (totals, occupancy, status, today, metrics) = Default::default();
        let trials = Trials::start()?;
        Ok(Self { config, http, site, events, live, trials, totals, occupancy, status, today, metrics })
    }
}

pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(page::page))
        .route("/page.css", get(page::style))
        .route("/page.js", get(page::script))
        .route("/cameras.js", get(page::cameras))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/status", get(status))
        .route("/totals", get(totals))
        .route("/today", get(today))
        .route("/occupancy", get(occupancy))
        .route("/occupancy/{lot}", post(tell))
        .route("/crossings", get(crossings))
        .route("/events", get(events::stream))
        .route("/metrics", get(metrics))
        .route("/cameras/{camera}/restart", post(restart_one))
        .route("/cameras/{camera}/snapshot.jpg", get(live::snapshot))
        .route("/cameras/{camera}/stream", get(live::stream))
        .route("/restart", post(restart_all))
        .route("/openapi.json", get(openapi))
        .merge(editor::routes())
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(Arc::clone(&app), guard))
        .with_state(app)
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing here; /openapi.json says what there is")
}

async fn not_so() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "not by this method; /openapi.json says by which")
}

async fn healthz() -> Response<Body> {
    as_json(&json!({ "status": "alive" }))
}

/// Whether it does what it is there for: something is being counted, and kept.
async fn readyz(State(app): Shared) -> Response<Body> {
    let snapshot = app.site.snapshot();
    let cameras = snapshot.cameras.iter().filter(|camera| camera.state == CameraState::Counting).count();
    let ready = cameras > 0 && snapshot.writer_is_alive && snapshot.waiting_changes == 0 && !snapshot.stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let answer = json!({ "ready": ready, "state": documents::state(&snapshot), "counting": cameras });
    (status, as_json(&answer)).into_response()
}

async fn status(State(app): Shared) -> Answer {
    cached(&app, &app.status, documents::status).await
}

async fn totals(State(app): Shared) -> Answer {
    Ok(([(header::CONTENT_TYPE, "application/json")], totals_document(&app).await?).into_response())
}

/// What `/totals` says.
pub async fn totals_document(app: &Arc<App>) -> Result<Bytes, Problem> {
    document(app, &app.totals, documents::totals).await
}

async fn today(State(app): Shared) -> Answer {
    cached(&app, &app.today, super::today::today).await
}

async fn occupancy(State(app): Shared) -> Answer {
    cached(&app, &app.occupancy, documents::occupancy).await
}

async fn metrics(State(app): Shared) -> Answer {
    let make = || async { from_database(&app, |app| documents::metrics(app).map(Bytes::from)).await };
    let text = app.metrics.get(make).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

async fn crossings(State(app): Shared, RawQuery(query): RawQuery) -> Answer {
    let (since, limit) = page(query.as_deref().unwrap_or_default())?;
    let rows = from_database(&app, move |app| documents::crossings(app, since, limit)).await?;
    Ok(as_json(&rows))
}

/// `since` and `limit` of a query.
fn page(query: &str) -> Result<(Option<i64>, usize), Problem> {
    let (mut since, mut limit) = (None, DEFAULT_LIMIT);
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "since" => {
                let id = value.parse::<i64>().ok().filter(|id| *id >= 0);
                since = Some(id.ok_or_else(|| Problem::bad("`since` is the `id` of a crossing"))?);
            }
            "limit" => {
                let number = value.parse().ok().filter(|number| (1..=MOST_CROSSINGS).contains(number));
                let wrong = || Problem::bad(format!("`limit` lies between 1 and {MOST_CROSSINGS}"));
                limit = number.ok_or_else(wrong)?;
            }
            _ => return Err(Problem::bad(format!("`{key}` is unknown; there are `since` and `limit`"))),
        }
    }
    Ok((since, limit))
}

async fn tell(
    State(app): Shared,
    Path(lot): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    says_json(&headers)?;
    let body = body.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    // As the command line: a lot that is not configured any more is not to be told of.
    if !app.config.lots.iter().any(|known| known.name == lot) {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("there is no lot `{lot}`")));
    }
    let told = LedgerEntry::read(&body)?.of_lot(lot, UtcMicros::now())?;
    let row = from_database(&app, move |app| store::adjust(&app.config.site.database, &told)).await?;
    let at = rfc3339(&zoned(row.at, &app.config.site.time_zone));
    log::info!("{}: {} inside at {at} as {} says over HTTP: {}", row.lot, row.after, row.who, row.why);
    Ok(as_json(&json!({
        "lot": row.lot, "kind": row.kind.name(), "at": at, "before": row.before, "after": row.after,
        "amount": row.amount, "who": row.who, "why": row.why,
    })))
}

async fn restart_one(State(app): Shared, Path(camera): Path<String>) -> Answer {
    restart(&app, Some(&camera))
}

async fn restart_all(State(app): Shared) -> Answer {
    restart(&app, None)
}

fn restart(app: &App, camera: Option<&str>) -> Answer {
    let names = app.site.restart(camera).map_err(|refusal| {
        let status = match refusal {
            NoRestart::Unknown(_) => StatusCode::NOT_FOUND,
            NoRestart::Recording(_) => StatusCode::CONFLICT,
            NoRestart::Stopping | NoRestart::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        Problem::new(status, refusal.to_string())
    })?;
    Ok((StatusCode::ACCEPTED, as_json(&json!({ "restarting": names }))).into_response())
}

async fn openapi() -> Response<Body> {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("../../../docs/openapi.json")).into_response()
}

/// A page of another site cannot say so without being asked for its name.
pub fn says_json(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        return Ok(());
    }
    let detail = "the body is JSON, and says so: Content-Type: application/json";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

pub fn as_json(value: &Value) -> Response<Body> {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn cached(app: &Arc<App>, last: &Cached, make: fn(&App) -> Result<Value, StoreError>) -> Answer {
    Ok(([(header::CONTENT_TYPE, "application/json")], document(app, last, make).await?).into_response())
}

async fn document(
    app: &Arc<App>,
    last: &Cached,
    make: fn(&App) -> Result<Value, StoreError>,
) -> Result<Bytes, Problem> {
    let make = || async { from_database(app, move |app| make(app).map(|json| Bytes::from(json.to_string()))).await };
    last.get(make).await
}

/// On a thread that may wait for the disk.
async fn from_database<T: Send + 'static>(
    app: &Arc<App>,
    read: impl FnOnce(&App) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    let app = Arc::clone(app);
    let panicked = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it panicked; the log says where");
    Ok(spawn_blocking(move || read(&app)).await.map_err(panicked)??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_taken_literally() {
        assert_eq!(page(""), Ok((None, 100)));
        assert_eq!(page("since=7&limit=1"), Ok((Some(7), 1)));
        for wrong in ["since=-1", "since=x", "limit=0", "limit=1001", "limit=", "sinc=1"] {
            assert_eq!(page(wrong).unwrap_err().status, StatusCode::BAD_REQUEST, "{wrong}");
        }
    }
}
