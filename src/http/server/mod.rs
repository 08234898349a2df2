//! The server itself, and a client for those who ask it on the same machine. The only place that names axum, hyper, tokio,
//! socket2 and subtle.

mod cache;
mod client;
mod documents;
mod door;
mod editor;
mod events;
mod guard;
mod ledger_entry;
mod listener;
mod live;
mod metrics;
mod page;
mod problem;
mod routes;
mod today;
mod worker;

use super::site;

pub use client::{ClientError, get};
pub use listener::{HttpError, Server, bind};
