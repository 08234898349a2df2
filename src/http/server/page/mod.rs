//! The page at `/`, for people: four files that are a part of the program.

use axum::body::Body;
use axum::http::{Response, header};
use axum::response::IntoResponse;

/// Scripts, styles and answers of this server alone; nothing inline. Pictures are answers, too, that the page shows.
const OWN: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src blob:; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'none'";

fn file(kind: &'static str, text: &'static str) -> Response<Body> {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, OWN)], text).into_response()
}

pub async fn page() -> Response<Body> {
    file("text/html; charset=utf-8", include_str!("page.html"))
}

pub async fn style() -> Response<Body> {
    file("text/css; charset=utf-8", include_str!("page.css"))
}

pub async fn script() -> Response<Body> {
    file("text/javascript; charset=utf-8", include_str!("page.js"))
}

pub async fn cameras() -> Response<Body> {
    file("text/javascript; charset=utf-8", include_str!("cameras.js"))
}
