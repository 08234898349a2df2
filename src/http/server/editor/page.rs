//! The files of the page, which are a part of the program.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Response, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::http::server::routes::App;

/// Scripts, styles and answers of this server alone; pictures that the script fetched; nothing inline.
const OWN: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src blob:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, kind and text.
const FILES: [(&str, &str, &str); 6] = [
    ("/editor.css", "text/css; charset=utf-8", include_str!("editor.css")),
    ("/editor.js", SCRIPT, include_str!("editor.js")),
    ("/editor-cards.js", SCRIPT, include_str!("cards.js")),
    ("/editor-lines.js", SCRIPT, include_str!("lines.js")),
    ("/editor-server.js", SCRIPT, include_str!("server.js")),
    ("/editor-stage.js", SCRIPT, include_str!("stage.js")),
];

pub fn is_file(path: &str) -> bool {
    FILES.iter().any(|(file, _, _)| *file == path)
}

pub fn routes() -> Router<Arc<App>> {
    // The same for every camera: the script reads the name from the address.
    let page = async || file("text/html; charset=utf-8", include_str!("editor.html"));
    let router = Router::new().route("/cameras/{camera}/lines", get(page));
    FILES.iter().fold(router, |router, (path, kind, text)| router.route(path, get(async || file(kind, text))))
}

fn file(kind: &'static str, text: &'static str) -> Response<Body> {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, OWN)], text).into_response()
}
