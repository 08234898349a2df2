//! The variants of a recording.

use super::clip::Codec;
use crate::mode::Mode;

/// All are as long as the recording and have their frames at the same times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// The recording, with a key frame each second.
    Plain,
    /// With three quarters of the width and height.
    Smaller,
    /// HEVC, with half the width and height; there for recordings only that have it in tests/camera/media.
    Hevc,
    Black,
    /// Grey and brighter.
    Infrared,
}

impl Variant {
    pub const ALL: [Self; 5] = [Self::Plain, Self::Smaller, Self::Hevc, Self::Black, Self::Infrared];

    /// What a camera in this mode shows.
    pub fn of(mode: Mode) -> Self {
        match mode {
            Mode::OtherResolution => Self::Smaller,
            Mode::OtherCodec => Self::Hevc,
            Mode::Black => Self::Black,
            Mode::Infrared => Self::Infrared,
            _ => Self::Plain,
        }
    }

    /// Names its folder.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Smaller => "smaller",
            Self::Hevc => "hevc",
            Self::Black => "black",
            Self::Infrared => "infrared",
        }
    }

    pub fn codec(self) -> Codec {
        if self == Self::Hevc { Codec::Hevc } else { Codec::H264 }
    }

    pub(super) fn index(self) -> usize {
        Self::ALL.iter().position(|&variant| variant == self).expect("every variant is listed")
    }
}
