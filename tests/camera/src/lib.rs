//! A network camera for tests: it serves a recording for ever over RTSP (H.264 or HEVC in RTP, over TCP or UDP) or over
//! HTTP (MJPEG), and fails on demand in each of the ways of [`Mode`] and [`Cut`].
//!
//! The frame clock is global, as a real camera's is: a client that connects again sees what is there now, not the start
//! of the recording. Everything listens on loopback only. Without the feature `video` there is no camera at all.
#![cfg(feature = "video")]

pub mod media;

mod access;
mod base64;
mod camera;
mod control;
mod core;
mod frame_clock;
mod link;
mod listener;
mod mjpeg;
mod mode;
mod noise;
mod request;
mod rtp;
mod rtp_stream;
mod rtsp;
mod sdp;
mod status;

pub use access::{Access, Scheme};
pub use camera::{Camera, Protocol};
pub use control::Control;
pub use mode::{Cut, Mode};
pub use status::Status;
