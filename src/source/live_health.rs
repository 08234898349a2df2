//! Judges each grab from a live camera: is it still the stream that was opened? Pure: times and facts come from outside.

use std::time::Duration;

use super::Reason;

/// What one grab brought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grab {
    /// Whether a frame came.
    pub grabbed: bool,
    pub took: Duration,
    /// Since the connection was opened.
    pub at: Duration,
    /// How many pictures were damaged so far.
    pub damaged: u32,
}

/// What is remembered from grab to grab.
#[derive(Debug)]
pub struct LiveHealth {
    read_timeout: Duration,
    /// Of the time in which damage is counted: when it began, and the counts by then.
    window: Duration,
    damaged: u32,
    /// Frames grabbed since then.
    frames: u32,
}

/// Damage is judged over so long.
const WINDOW: Duration = Duration::from_secs(2);
/// The stream cannot be decoded when at least so many pictures were damaged in that time ...
const DAMAGED: u32 = 6;
/// ... and at least one of so many. A lost packet damages one picture and is told once.
const ONE_OF: u32 = 4;

impl LiveHealth {
    pub fn new(read_timeout: Duration) -> Self {
        Self { read_timeout, window: Duration::ZERO, damaged: 0, frames: 0 }
    }

    pub fn judge(&mut self, grab: &Grab) -> Result<(), Reason> {
        // Also when one came after all: after a stall OpenCV may hand out the old picture.
        if grab.took >= self.read_timeout {
            return Err(Reason::Stalled);
        }
        let damaged = grab.damaged.saturating_sub(self.damaged);
        if !grab.grabbed {
            return Err(if self.is_undecodable(damaged) { Reason::Undecodable } else { Reason::BrokeOff });
        }
        self.frames += 1;
        if grab.at.saturating_sub(self.window) < WINDOW {
            return Ok(());
        }
        let undecodable = self.is_undecodable(damaged);
        (self.window, self.damaged, self.frames) = (grab.at, grab.damaged, 0);
        if undecodable { Err(Reason::Undecodable) } else { Ok(()) }
    }

    fn is_undecodable(&self, damaged: u32) -> bool {
        damaged >= DAMAGED && damaged >= self.frames / ONE_OF
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn good(frame: u64) -> Grab {
        let at = Duration::from_millis(frame * 40);
        Grab { grabbed: true, took: Duration::from_millis(38), at, damaged: 0 }
    }

    type Change = fn(u64, Grab) -> Grab;
    type Fault = Option<(usize, Reason)>;

    /// The first verdict that is none of health, and at which grab.
    fn first_fault(grabs: impl Iterator<Item = Grab>) -> Fault {
        let mut health = LiveHealth::new(TIMEOUT);
        grabs.enumerate().find_map(|(index, grab)| health.judge(&grab).err().map(|reason| (index, reason)))
    }

    #[test]
    fn a_table_of_faults() {
        let cases: [(&str, Change, Fault); 7] = [
            ("health", |_, grab| grab, None),
            ("one frame a second", |_, grab| Grab { took: Duration::from_millis(1000), ..grab }, None),
            (
                "a stall that ends in `true`",
                |frame, grab| if frame == 50 { Grab { took: TIMEOUT, ..grab } } else { grab },
                Some((50, Reason::Stalled)),
            ),
            (
                "a stall that ends in `false`",
                |frame, grab| if frame == 50 { Grab { took: TIMEOUT, grabbed: false, ..grab } } else { grab },
                Some((50, Reason::Stalled)),
            ),
            ("an end", |frame, grab| Grab { grabbed: frame < 50, ..grab }, Some((50, Reason::BrokeOff))),
            ("a damaged picture a second", |frame, grab| Grab { damaged: (frame / 25) as u32, ..grab }, None),
            (
                "every second picture damaged",
                |frame, grab| Grab { damaged: (frame / 2) as u32, ..grab },
                Some((50, Reason::Undecodable)),
            ),
        ];
        for (name, change, expected) in cases {
            assert_eq!(first_fault((0..1000).map(|frame| change(frame, good(frame)))), expected, "{name}");
        }
    }

    #[test]
    fn a_stream_that_ends_in_damage_is_undecodable() {
        let ends = |frame| Grab { grabbed: frame < 30, damaged: frame as u32, ..good(frame) };
        assert_eq!(first_fault((0..100).map(ends)), Some((30, Reason::Undecodable)));
    }
}
