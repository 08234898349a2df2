//! Why a source gives no picture, or none that is worth a look, as one word.

use std::fmt;

/// One word for rows, status and reports; `Display` is a sentence for people. Holds nothing of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No such file or device.
    Missing,
    /// The file or device is there and may not be read.
    Unreadable,
    /// No service listens at the port, or it takes no more clients.
    Refused,
    /// No way to the host: cable, route, switched off.
    Unreachable,
    /// The name stands for no address.
    UnknownHost,
    Unauthorized,
    /// The camera is there, the path is not.
    NotFound,
    /// It accepts and is mute, or says nothing until the open time-out.
    NoAnswer,
    /// Connected, and no frame within the read time-out.
    Stalled,
    /// The connection was closed or reset, or the stream ended.
    BrokeOff,
    /// The camera began to send another size or codec.
    Changed,
    /// The same picture again and again.
    Frozen,
    /// No light, no structure.
    Black,
    /// What comes cannot be decoded.
    Undecodable,
    /// A codec or format that FFmpeg does not know.
    Unsupported,
    NotAVideo,
    /// A fault of the program or its libraries.
    Internal,
}

impl Reason {
    pub const ALL: [Self; 17] = [
        Self::Missing,
        Self::Unreadable,
        Self::Refused,
        Self::Unreachable,
        Self::UnknownHost,
        Self::Unauthorized,
        Self::NotFound,
        Self::NoAnswer,
        Self::Stalled,
        Self::BrokeOff,
        Self::Changed,
        Self::Frozen,
        Self::Black,
        Self::Undecodable,
        Self::Unsupported,
        Self::NotAVideo,
        Self::Internal,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::UnknownHost => "unknown-host",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not-found",
            Self::NoAnswer => "no-answer",
            Self::Stalled => "stalled",
            Self::BrokeOff => "broke-off",
            Self::Changed => "changed",
            Self::Frozen => "frozen",
            Self::Black => "black",
            Self::Undecodable => "undecodable",
            Self::Unsupported => "unsupported",
            Self::NotAVideo => "not-a-video",
            Self::Internal => "internal",
        }
    }

    /// Cameras lock an account after a few wrong passwords: with these reasons a long wait comes before the next attempt.
    pub fn retry_slowly(self) -> bool {
        self == Self::Unauthorized
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no such file or device",
            Self::Unreadable => "it may not be read",
            Self::Refused => "the host or the camera refuses the connection",
            Self::Unreachable => "there is no way to the host",
            Self::UnknownHost => "the host's name cannot be resolved",
            Self::Unauthorized => "the camera wants another user name or password",
            Self::NotFound => "the camera does not know this path",
            Self::NoAnswer => "the camera does not answer",
            Self::Stalled => "no frame comes any more",
            Self::BrokeOff => "the connection broke off",
            Self::Changed => "the camera changed its picture size or codec",
            Self::Frozen => "the same picture comes again and again",
            Self::Black => "the picture is black",
            Self::Undecodable => "the stream cannot be decoded",
            Self::Unsupported => "its codec or format is not known",
            Self::NotAVideo => "it is not a video",
            Self::Internal => "the program or one of its libraries failed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_a_word_and_a_sentence_of_its_own() {
        for (index, reason) in Reason::ALL.iter().enumerate() {
            let word = reason.word();
            assert!(word.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{word}");
            for other in &Reason::ALL[..index] {
                assert_ne!(other.word(), word);
                assert_ne!(other.to_string(), reason.to_string());
            }
        }
        assert!(Reason::Unauthorized.retry_slowly());
        assert_eq!(Reason::ALL.iter().filter(|reason| reason.retry_slowly()).count(), 1);
    }
}
