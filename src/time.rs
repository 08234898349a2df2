//! Time as the program keeps it: UTC microseconds. Only reports know the site's time zone.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A moment: microseconds since 1970-01-01T00:00:00Z. This is what the database stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcMicros(pub i64);

/// ISO 8601's basic format: colons are not allowed in file names everywhere.
const FILE_NAME: &str = "%Y%m%dT%H%M%SZ";

impl UtcMicros {
    pub fn now() -> Self {
        Self::from(jiff::Timestamp::now())
    }

    /// Seconds from `earlier` to `self`; negative when `self` comes first.
    pub fn seconds_since(self, earlier: UtcMicros) -> f64 {
        (self.0 - earlier.0) as f64 / 1e6
    }

    /// Days of 24 hours, likewise.
    pub fn days_since(self, earlier: UtcMicros) -> f64 {
        self.seconds_since(earlier) / 86_400.0
    }

    /// The moment `seconds` after `self`, rounded to the nearest microsecond.
    pub fn plus_seconds(self, seconds: f64) -> Self {
        Self(self.0 + (seconds * 1e6).round() as i64)
    }

    /// For names of files, to the second: `20260615T070000Z`. [`from_file_name`](Self::from_file_name) reads it back.
    pub fn in_file_name(self) -> String {
        self.to_timestamp().unwrap_or_default().strftime(FILE_NAME).to_string()
    }

    pub fn from_file_name(text: &str) -> Option<Self> {
        let time = jiff::civil::DateTime::strptime(FILE_NAME, text).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().into())
    }

    /// `None` outside the years -9999 to 9999, which no clock of ours gives.
    pub fn to_timestamp(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_microsecond(self.0).ok()
    }
}

impl From<jiff::Timestamp> for UtcMicros {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

impl Add<Duration> for UtcMicros {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        Self(self.0 + rhs.as_micros() as i64)
    }
}

impl Sub<Duration> for UtcMicros {
    type Output = Self;
    fn sub(self, rhs: Duration) -> Self {
        Self(self.0 - rhs.as_micros() as i64)
    }
}

/// RFC 3339 in UTC, for logs and JSON: `2026-11-20T08:00:00.25Z`.
impl fmt::Display for UtcMicros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_timestamp() {
            Some(timestamp) => timestamp.fmt(f),
            None => write!(f, "{} us since 1970", self.0),
        }
    }
}

/// Where the time comes from. Live frames are stamped by it; tests set it by hand.
///
/// It has two times. `now` never steps: frames are dated by it, so that no step of the computer's clock reorders them or
/// stretches the distance between two of them. `wall` says what the computer's clock calls such a moment at present:
/// rows are dated by it, so that a clock that was wrong at the start and is set right does not stay wrong for months.
pub trait Clock: Send + Sync {
    fn now(&self) -> UtcMicros;

    fn wall(&self, moment: UtcMicros) -> UtcMicros {
        moment
    }
}

/// The monotonic clock, anchored once to wall time, and the wall clock as it is set now.
#[derive(Debug)]
pub struct SystemClock {
    anchor_wall: UtcMicros,
    anchor_monotonic: Instant,
}

impl SystemClock {
    pub fn start() -> Self {
        Self { anchor_wall: UtcMicros::now(), anchor_monotonic: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UtcMicros {
        self.anchor_wall + self.anchor_monotonic.elapsed()
    }

    fn wall(&self, moment: UtcMicros) -> UtcMicros {
        UtcMicros(moment.0 + UtcMicros::now().0 - self.now().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_signed_and_round_to_the_nearest_microsecond() {
        let start = UtcMicros(1_000_000);
        assert_eq!(start.plus_seconds(-0.000_000_6), UtcMicros(999_999));
        assert_eq!(start.seconds_since(UtcMicros(3_500_000)), -2.5);
    }

    #[test]
    fn a_file_name_tells_the_second() {
        let time = UtcMicros(1_781_506_800_250_000);
        assert_eq!(time.in_file_name(), "20260615T070000Z");
        assert_eq!(UtcMicros::from_file_name("20260615T070000Z"), Some(UtcMicros(1_781_506_800_000_000)));
        assert_eq!(UtcMicros::from_file_name("20261315T070000Z"), None);
        assert_eq!(UtcMicros::from_file_name("20260615T070000"), None);
    }

    #[test]
    fn prints_as_rfc_3339_in_utc() {
        assert_eq!(UtcMicros(1_500_000).to_string(), "1970-01-01T00:00:01.5Z");
        assert_eq!(UtcMicros(i64::MAX).to_string(), "9223372036854775807 us since 1970");
    }
}
