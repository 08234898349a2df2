//! Asks a running lotcount on this machine.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::config::Http;

const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: usize = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens: it does not run, or without [http].
    #[error("nobody answers at {0}")]
    Nobody(SocketAddr, #[source] std::io::Error),
    #[error("{0} does not answer within 10 s")]
    Silent(SocketAddr),
    #[error("{address} answers {status}: {detail}")]
    Refused { address: SocketAddr, status: StatusCode, detail: String },
    #[error("what answers at {0} is no lotcount")]
    Stranger(SocketAddr, #[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The JSON at a path, as in `/status`.
pub fn get(http: &Http, path: &str) -> Result<Value, ClientError> {
    // Whoever listens on every address is asked on this machine.
    let mut address = http.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { [0, 0, 0, 0, 0, 0, 0, 1].into() });
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| ClientError::Nobody(address, error))?;
    let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, ask(http, address, path)).await });
    answer.unwrap_or(Err(ClientError::Silent(address)))
}

async fn ask(http: &Http, address: SocketAddr, path: &str) -> Result<Value, ClientError> {
    let stream = TcpStream::connect(address).await.map_err(|error| ClientError::Nobody(address, error))?;
    let strange = |error: Box<dyn std::error::Error + Send + Sync>| ClientError::Stranger(address, error);
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| strange(error.into()))?;
    tokio::spawn(connection);
    let mut request = Request::get(path).header(header::HOST, address.to_string());
    if let Some(token) = &http.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
    }
    let request = request.body(Body::empty()).map_err(|error| strange(error.into()))?;
    let answer = sender.send_request(request).await.map_err(|error| strange(error.into()))?;
    let status = answer.status();
    let bytes = to_bytes(Body::new(answer.into_body()), LARGEST_ANSWER).await.map_err(|error| strange(error.into()))?;
    let json: Value = serde_json::from_slice(&bytes).map_err(|error| strange(error.into()))?;
    if status.is_success() {
        return Ok(json);
    }
    let detail = json["detail"].as_str().unwrap_or_default().to_owned();
    Err(ClientError::Refused { address, status, detail })
}
