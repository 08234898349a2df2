//! The site over HTTP: how it does, what it counted, and the few things that can be asked of it. One thread, which never touches
//! the way of a frame: it reads the database like everybody else and asks the service through [`Site`]. The only place
//! that names axum, hyper, tokio and subtle. docs/http.md describes it, docs/openapi.json every answer.

#[cfg(feature = "http")]
mod cache;
#[cfg(feature = "http")]
mod client;
#[cfg(feature = "http")]
mod documents;
#[cfg(feature = "http")]
mod door;
#[cfg(feature = "http")]
mod events;
#[cfg(feature = "http")]
mod guard;
#[cfg(feature = "http")]
mod ledger_entry;
#[cfg(feature = "http")]
mod metrics;
#[cfg(feature = "http")]
mod page;
#[cfg(feature = "http")]
mod problem;
#[cfg(feature = "http")]
mod routes;
#[cfg(feature = "http")]
mod server;
mod site;
#[cfg(feature = "http")]
mod today;

#[cfg(feature = "http")]
pub use client::{ClientError, get};
#[cfg(feature = "http")]
pub use server::{HttpError, Server, bind};
pub use site::{Camera, CameraState, NoRestart, Queues, Site, Snapshot, Thread, ThreadState};
