//! Undecoded video as plain data.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    H264,
    Hevc,
}

impl Codec {
    /// Whether a NAL unit is a parameter set, which a decoder must have before anything else.
    pub fn is_parameter_set(self, nal: &[u8]) -> bool {
        match self {
            Self::H264 => matches!(nal[0] & 31, 7 | 8),
            Self::Hevc => matches!(nal[0] >> 1 & 63, 32..=34),
        }
    }
}

/// One coded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    pub nals: Vec<Vec<u8>>,
    /// A decoder can begin here.
    pub key: bool,
    /// Its place in the order of display; the order of decoding is the order of the frames.
    pub display: usize,
}

/// A recording as undecoded pictures in the order of decoding.
#[derive(Clone, Debug)]
pub struct Clip {
    pub codec: Codec,
    pub frames: Vec<AccessUnit>,
}

impl Clip {
    /// The parameter sets, from the first key frame.
    pub fn parameter_sets(&self) -> Vec<&[u8]> {
        let first = self.frames.iter().find(|frame| frame.key);
        let nals = first.into_iter().flat_map(|frame| &frame.nals).map(Vec::as_slice);
        nals.filter(|nal| self.codec.is_parameter_set(nal)).collect()
    }

    /// The newest key frame at or before `index`.
    pub fn key_frame_before(&self, index: usize) -> &AccessUnit {
        let before = self.frames[..=index].iter().rev().find(|frame| frame.key);
        before.unwrap_or(&self.frames[0])
    }
}
