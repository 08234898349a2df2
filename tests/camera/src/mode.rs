//! The ways in which the camera fails.

use std::fmt;
use std::str::FromStr;

/// What the camera does until it is told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    #[default]
    Ok,
    /// The connection stays open, requests are answered, no frame comes: the encoder hangs.
    Stall,
    /// As `Stall`, and nothing is answered either: the whole camera hangs. New connections are accepted.
    Dead,
    /// Connections are refused.
    Refuse,
    /// Connections are accepted, and nothing is ever answered.
    Mute,
    /// Each connection gets half a frame and then nothing more.
    Half,
    /// Random bytes instead of video.
    Garbage,
    /// Flipped bits in the video.
    Bitrot,
    /// Every frame comes twice, with the same timestamp.
    Duplicate,
    /// The timestamps of the stream go back one hour. Without effect on MJPEG, which has none.
    TimestampJump,
    /// One frame a second.
    Slow,
    /// Status 401 whatever the client says.
    Unauthorized,
    /// Status 404.
    NotFound,
    /// The same pictures with another number of pixels, changed live.
    OtherResolution,
    /// HEVC instead of H.264; connections are closed, as a camera does that restarts its encoder. MJPEG stays MJPEG.
    OtherCodec,
    /// One and the same picture again and again.
    Frozen,
    /// Black pictures: the sensor or its shutter failed.
    Black,
    /// Grey pictures: the night filter is out.
    Infrared,
}

impl Mode {
    pub const ALL: [Self; 18] = [
        Self::Ok,
        Self::Stall,
        Self::Dead,
        Self::Refuse,
        Self::Mute,
        Self::Half,
        Self::Garbage,
        Self::Bitrot,
        Self::Duplicate,
        Self::TimestampJump,
        Self::Slow,
        Self::Unauthorized,
        Self::NotFound,
        Self::OtherResolution,
        Self::OtherCodec,
        Self::Frozen,
        Self::Black,
        Self::Infrared,
    ];

    /// As in the control port's addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Stall => "stall",
            Self::Dead => "dead",
            Self::Refuse => "refuse",
            Self::Mute => "mute",
            Self::Half => "half",
            Self::Garbage => "garbage",
            Self::Bitrot => "bitrot",
            Self::Duplicate => "duplicate",
            Self::TimestampJump => "timestamp-jump",
            Self::Slow => "slow",
            Self::Unauthorized => "401",
            Self::NotFound => "404",
            Self::OtherResolution => "other-resolution",
            Self::OtherCodec => "other-codec",
            Self::Frozen => "frozen",
            Self::Black => "black",
            Self::Infrared => "infrared",
        }
    }

    /// The connection answers what it is asked.
    pub(crate) fn answers(self) -> bool {
        !matches!(self, Self::Dead | Self::Mute)
    }

    /// Frames are due.
    pub(crate) fn sends(self) -> bool {
        !matches!(self, Self::Stall | Self::Dead | Self::Mute)
    }

    /// Entering this mode from another ends the open connections: what it changes is seen at the next connection only.
    pub(crate) fn ends_connections(self, before: Self) -> Option<Cut> {
        match self {
            Self::Refuse => Some(Cut::Reset),
            Self::Mute | Self::Unauthorized | Self::NotFound | Self::OtherCodec => Some(Cut::Close),
            _ if before == Self::OtherCodec => Some(Cut::Close),
            _ => None,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| format!("no mode is called that: {}", known()))
    }
}

/// How connections end, once; the camera is well and takes new ones at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// In order: TCP FIN.
    Close,
    /// TCP RST.
    Reset,
}

impl Cut {
    /// As in the control port's addresses.
    pub(crate) fn named(text: &str) -> Option<Self> {
        match text {
            "drop" => Some(Self::Close),
            "reset" => Some(Self::Reset),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_has_a_name_of_its_own() {
        for mode in Mode::ALL {
            assert_eq!(mode.name().parse(), Ok(mode));
            assert_eq!(Cut::named(mode.name()), None, "{mode} is a mode, not a cut");
        }
        assert!("sulk".parse::<Mode>().unwrap_err().contains("timestamp-jump"));
    }
}
