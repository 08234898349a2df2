//! The line editor of a camera: a page, what it shows, and the trial of what is drawn. Nothing here changes anything; what the
//! editor yields is a text, and `lotcount lines apply` writes it into cameras.toml.

mod answer;
mod page;
mod proposal;
mod trials;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};

use self::proposal::Proposal;
pub use self::trials::Trials;
use super::problem::Problem;
use super::routes::{App, as_json, says_json};
use crate::config::{self, Config, judge};

/// Bytes of a proposal.
const LARGEST_PROPOSAL: usize = 16 << 10;

pub fn routes() -> Router<Arc<App>> {
    let trial = post(trial).layer(DefaultBodyLimit::max(LARGEST_PROPOSAL));
    page::routes()
        .route("/cameras/{camera}/lines.json", get(lines))
        .route("/cameras/{camera}/tracks", get(tracks))
        .route("/cameras/{camera}/trial", trial)
}

/// What anybody may have who reaches this address: the page that asks for the token, and what it is made of.
pub fn is_open(path: &str) -> bool {
    page::is_file(path) || of_camera(path) == Some("lines")
}

/// It answers a question that is too long for an address, and changes nothing.
pub fn is_question(path: &str) -> bool {
    of_camera(path) == Some("trial")
}

/// What is asked of one camera: the end of `/cameras/NAME/...`.
fn of_camera(path: &str) -> Option<&str> {
    let (name, what) = path.strip_prefix("/cameras/")?.split_once('/')?;
    (!name.is_empty() && !what.contains('/')).then_some(what)
}

fn camera<'a>(config: &'a Config, name: &str) -> Result<&'a config::Camera, Problem> {
    let found = config.cameras.iter().find(|camera| camera.name == name);
    found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, format!("there is no camera called `{name}`")))
}

/// `lotcount.lines/1`: a camera's lines as they are configured, and what they may name.
async fn lines(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Response<Body>, Problem> {
    let config = app.site.config();
    let camera = camera(&config, &name)?;
    let remembered = app.site.remembered(&name);
    Ok(as_json(&answer::lines(&config, camera, remembered.as_ref())))
}

/// `lotcount.tracks/1`: what is followed on the picture.
async fn tracks(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Response<Body>, Problem> {
    camera(&app.site.config(), &name)?;
    let followed = app.site.followed(&name);
    Ok(as_json(&answer::tracks(&name, followed.as_ref(), &app.config.site.time_zone)))
}

/// `lotcount.trial/1`: what the proposed lines would have counted, and how to apply them.
async fn trial(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response<Body>, Problem> {
    says_json(&headers)?;
    let body = body.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    let proposal = Proposal::read(&body)?;
    camera(&app.site.config(), &name)?;
    let turn = app.trials.turn()?;
    let asked = Arc::clone(&app);
    let made = app.trials.worker.run(move || {
        let answer = make(&asked, name, proposal);
        drop(turn);
        answer
    });
    let panicked = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it panicked; the log says where");
    Ok(as_json(&made.await.ok_or_else(panicked)?))
}

fn make(app: &App, name: String, proposal: Proposal) -> Value {
    let config = app.site.config();
    let judged = judge(&proposal.of_camera(name.clone()), &config);
    let trial = judged.camera.as_ref().and_then(|camera| app.site.trial(camera));
    let mut answer = answer::judged(&name, &judged);
    answer["counted"] = match (&judged.camera, trial, camera(&config, &name)) {
        (Some(proposed), Some(trial), Ok(configured)) => {
            answer::counted(&trial, proposed, configured, &app.config.site.time_zone)
        }
        _ => json!(null),
    };
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_is_open_and_only_a_trial_is_a_question() {
        for open in ["/cameras/north/lines", "/cameras/north%20gate/lines", "/editor.js", "/editor.css"] {
            assert!(is_open(open) && !is_question(open), "{open}");
        }
        for closed in
            ["/cameras/north/lines.json", "/cameras//lines", "/cameras/a/b/lines", "/cameras/lines", "/status"]
        {
            assert!(!is_open(closed), "{closed}");
        }
        assert!(is_question("/cameras/north/trial") && !is_question("/cameras/a/restart") && !is_question("/trial"));
    }
}
