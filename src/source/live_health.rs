//! Judges each grab from a live camera: is it still the stream that was opened? Pure: times and facts come from outside.

use std::time::Duration;

use super::Reason;

/// What one grab brought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grab {
    /// OpenCV's own verdict.
    pub grabbed: bool,
    pub took: Duration,
    /// Since the connection was opened.
    pub at: Duration,
    /// Size of the pictures that the decoder makes now, where it is heard; pixels.
    pub size: Option<(usize, usize)>,
    /// How many damaged pictures the decoder has told of so far.
    pub damaged: u32,
}

/// What is remembered from grab to grab.
#[derive(Debug)]
pub struct LiveHealth {
    read_timeout: Duration,
    size: Option<(usize, usize)>,
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
        Self { read_timeout, size: None, window: Duration::ZERO, damaged: 0, frames: 0 }
    }

    pub fn judge(&mut self, grab: &Grab) -> Result<(), Reason> {
        // Also when OpenCV says that it grabbed one: after a stall the first call may, and hands out the old picture.
        if grab.took >= self.read_timeout {
            return Err(Reason::Stalled);
        }
        let damaged = grab.damaged.saturating_sub(self.damaged);
        if !grab.grabbed {
            return Err(if self.is_undecodable(damaged) { Reason::Undecodable } else { Reason::BrokeOff });
        }
        // Before the picture is converted: OpenCV 4.6 would read it as if it had the old size.
        if let Some(size) = grab.size
            && *self.size.get_or_insert(size) != size
        {
            return Err(Reason::Changed);
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
    const SMALL: Option<(usize, usize)> = Some((640, 360));

    fn good(frame: u64) -> Grab {
        let at = Duration::from_millis(frame * 40);
        Grab { grabbed: true, took: Duration::from_millis(38), at, size: SMALL, damaged: 0 }
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
        let cases: [(&str, Change, Fault); 9] = [
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
            (
                "another size",
                |frame, grab| if frame >= 50 { Grab { size: Some((320, 180)), ..grab } } else { grab },
                Some((50, Reason::Changed)),
            ),
            (
                "a size that is heard late",
                |frame, grab| if frame < 9 { Grab { size: None, ..grab } } else { grab },
                None,
            ),
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
