//! How RTSP cameras send their frames.

use std::fmt;
use std::str::FromStr;

/// One for the whole program: FFmpeg's options come through one environment variable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RtspTransport {
    /// Within the RTSP connection: nothing is lost, and no other port has to be open.
    #[default]
    Tcp,
    /// Datagrams: what is lost on the way leaves damage in the picture.
    Udp,
}

impl RtspTransport {
    pub const ALL: [RtspTransport; 2] = [RtspTransport::Tcp, RtspTransport::Udp];

    pub const fn name(self) -> &'static str {
        match self {
            RtspTransport::Tcp => "tcp",
            RtspTransport::Udp => "udp",
        }
    }
}

impl fmt::Display for RtspTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no transport.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown transport `{0}`: write `tcp` or `udp`")]
pub struct UnknownTransport(pub String);

impl FromStr for RtspTransport {
    type Err = UnknownTransport;
    fn from_str(name: &str) -> Result<Self, UnknownTransport> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or_else(|| UnknownTransport(name.to_owned()))
    }
}
