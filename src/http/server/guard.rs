//! Who may ask, and what every answer says to browsers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::uri::{Authority, Uri};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use subtle::ConstantTimeEq;

use super::door::Place;
use super::editor;
use super::problem::Problem;
use super::routes::App;
use crate::config::Http;

/// From the end of the request's head to the beginning of the answer: reading a body is a part of it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// One connection, as every request on it sees it.
#[derive(Clone)]
pub struct Connection {
    pub place: Arc<Place>,
    pub local: SocketAddr,
}

/// Said with every answer: nothing is to be loaded, framed, guessed or kept.
const SAID: [(header::HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];
/// Answers without an end.
const STREAMS: [&[u8]; 2] = [b"text/event-stream", b"multipart/x-mixed-replace"];
/// Of answers that are no page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub async fn guard(
    State(app): State<Arc<App>>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response<Body> {
    connection.place.asks();
    let mut response = match admit(&app.http, connection.local.ip(), &request) {
        Err(problem) => problem.into_response(),
        Ok(()) => tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await.unwrap_or_else(|_| {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "the request, or its answer, took longer than 10 s")
                .into_response()
        }),
    };
    // A stream is being answered as long as it lasts.
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if !STREAMS.iter().any(|stream| kind.starts_with(stream)) {
        connection.place.rests();
    }
    let headers = response.headers_mut();
    for (name, value) in SAID {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    response
}

fn admit(http: &Http, local: IpAddr, request: &Request) -> Result<(), Problem> {
    check_host(http, local, request.uri(), request.headers())?;
    check_origin(http, local, request.headers())?;
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let changes = !reads && !editor::is_question(path);
    // Whatever anybody may know who reaches this address: that it runs, and the pages that ask for the token.
    let is_open =
        reads && (matches!(path, "/" | "/page.css" | "/page.js" | "/cameras.js" | "/healthz") || editor::is_open(path));
    if is_open || (http.listen.ip().is_loopback() && !changes) {
        return Ok(());
    }
    check_token(http, request.headers(), changes)
}

/// A page of another site that had its name point here (DNS rebinding) asks for that name.
fn check_host(http: &Http, local: IpAddr, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
        _ => None,
    };
    let Some(host) = host else { return Err(Problem::bad("a request has one Host, which is a name or an address")) };
    let named = uri.authority().is_none_or(|authority| is_own(http, local, authority.host()));
    if named && is_own(http, local, host.host()) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        format!("this is not `{}`; names besides the address belong into `hosts` of [http]", host.host()),
    ))
}

fn check_origin(http: &Http, local: IpAddr, headers: &HeaderMap) -> Result<(), Problem> {
    for origin in headers.get_all(header::ORIGIN) {
        let host = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
        let host = host.as_ref().and_then(Uri::host);
        if !host.is_some_and(|host| is_own(http, local, host)) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "pages of other sites may not ask"));
        }
    }
    Ok(())
}

fn is_own(http: &Http, local: IpAddr, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
    http.hosts.contains(&host)
        || (local.is_loopback() && host == "localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address == local)
}

fn check_token(http: &Http, headers: &HeaderMap, changes: bool) -> Result<(), Problem> {
    let Some(token) = &http.token else {
        debug_assert!(changes, "other addresses have one");
        let detail = "nothing can be changed without a `token` in [http]";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    };
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let bearer = given.next().filter(|_| given.next().is_none()).and_then(|value| {
        let (scheme, token) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
    });
    if bearer.is_some_and(|bearer| bearer.ct_eq(token.reveal().as_bytes()).into()) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED, "it needs the token: Authorization: Bearer ..."))
}
