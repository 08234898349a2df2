//! How much of every minute a camera was really observed. Plain arithmetic on the times of looks.
//!
//! Between two looks that follow each other closely the camera was observed; a longer pause is blind. A picture that only
//! repeats the one before proves nothing until a new one comes.

use std::collections::BTreeMap;

use crate::time::UtcMicros;

/// A longer time between two looks is a gap, s: a camera that sends one frame a second is still observed.
pub const LONGEST_STEP: f64 = 2.5;
/// Fewer looks a second than this are too few for cars at gates (docs/counting.md); a camera that is configured to be
/// looked at less often is measured by that.
const NEEDED_LOOKS_PER_SECOND: f64 = 4.0;
/// Looks do not come like clockwork.
const TOLERANCE: f64 = 1.5;

const MINUTE_US: i64 = 60_000_000;

/// Of one session.
#[derive(Debug)]
pub struct CoverageMeter {
    /// A longer time between two looks is observed, but too sparsely to trust the counts, s.
    longest_sound_step: f64,
    /// Of the step that has begun, which is longer where nothing moves, s.
    sound_step: f64,
    last_look: Option<UtcMicros>,
    /// Observed until then.
    proven: Option<UtcMicros>,
    /// Of the steps since `proven`, one was longer than is sound.
    too_long: bool,
    frames: Frames,
    minutes: BTreeMap<i64, Minute>,
}

/// Frames since the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    pub read: u64,
    pub looked_at: u64,
    pub dropped: u64,
}

/// What was observed of one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// The last moment of it that was observed.
    pub until: UtcMicros,
    pub observed_us: i64,
    pub degraded_us: i64,
    pub frames: Frames,
    /// Something changed since it was last taken.
    changed: bool,
}

impl CoverageMeter {
    pub fn new(looks_per_second: f64) -> Self {
        let longest_sound_step = TOLERANCE / looks_per_second.min(NEEDED_LOOKS_PER_SECOND);
        Self {
            longest_sound_step,
            sound_step: longest_sound_step,
            too_long: false,
            last_look: None,
            proven: None,
            frames: Frames::default(),
            minutes: BTreeMap::new(),
        }
    }

    /// Takes in a look at `at`, and `frames` so far; `shift_us` leads from `at` to the time that rows have. `fresh` is
    /// false for a picture that is the one before again; `rate` looks a second are meant to follow. Says from when on the camera was observed until `at`, if it was.
    pub fn look(&mut self, at: UtcMicros, fresh: bool, rate: f64, frames: Frames, shift_us: i64) -> Option<UtcMicros> {
        self.count_frames(at, frames, shift_us);
        let step = self.last_look.map_or(0.0, |last| at.seconds_since(last));
        if step < 0.0 {
            return None; // not later than the last: the tracker ignores it too
        }
        self.last_look = Some(at);
        if step > LONGEST_STEP {
            self.proven = None;
        }
        self.too_long |= step > self.sound_step;
        self.sound_step = self.longest_sound_step.max(TOLERANCE / rate);
        if !fresh {
            return None;
        }
        let from = self.proven.replace(at).unwrap_or(at);
        let degraded = std::mem::take(&mut self.too_long);
        self.credit(from.0 + shift_us, at.0 + shift_us, degraded);
        Some(from)
    }

    fn count_frames(&mut self, at: UtcMicros, frames: Frames, shift_us: i64) {
        let minute = self.minutes.entry(minute_of(at.0 + shift_us)).or_default();
        minute.frames.read += frames.read.saturating_sub(self.frames.read);
        minute.frames.looked_at += frames.looked_at.saturating_sub(self.frames.looked_at);
        minute.frames.dropped += frames.dropped.saturating_sub(self.frames.dropped);
        minute.changed |= frames != self.frames;
        self.frames = frames;
    }

    fn credit(&mut self, mut from: i64, until: i64, degraded: bool) {
        while from < until {
            let start = minute_of(from);
            let end = until.min(start + MINUTE_US);
            let minute = self.minutes.entry(start).or_default();
            minute.observed_us += end - from;
            minute.degraded_us += if degraded { end - from } else { 0 };
            minute.until = minute.until.max(UtcMicros(end));
            minute.changed = true;
            from = end;
        }
    }

    /// Minutes with something new, by their beginning. Older ones than the newest two are forgotten then: nothing
    /// changes them any more.
    pub fn take(&mut self) -> Vec<(UtcMicros, Minute)> {
        let mut taken = Vec::new();
        for (&start, minute) in &mut self.minutes {
            if std::mem::take(&mut minute.changed) && minute.observed_us > 0 {
                taken.push((UtcMicros(start), *minute));
            }
        }
        while self.minutes.len() > KEPT_MINUTES {
            self.minutes.pop_first();
        }
        taken
    }
}

/// A clock that is set back leads into a minute that was there before; its row keeps the larger numbers.
const KEPT_MINUTES: usize = 2;

fn minute_of(us: i64) -> i64 {
    us.div_euclid(MINUTE_US) * MINUTE_US
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at these seconds; `-` before a second: the picture is the one before again.
    fn observed(looks_per_second: f64, looks: &[f64]) -> (f64, f64) {
        let mut meter = CoverageMeter::new(looks_per_second);
        for &second in looks {
            meter.look(UtcMicros((second.abs() * 1e6) as i64), second >= 0.0, looks_per_second, Frames::default(), 0);
        }
        let minutes = meter.take();
        let sum = |of: fn(&Minute) -> i64| minutes.iter().map(|(_, minute)| of(minute)).sum::<i64>() as f64 / 1e6;
        (sum(|minute| minute.observed_us), sum(|minute| minute.degraded_us))
    }

    #[test]
    fn close_looks_observe_and_pauses_do_not() {
        for (looks, expected) in [
            (&[0.0, 0.2, 0.4][..], (0.4, 0.0)),
            (&[0.0, 1.0, 2.0], (2.0, 2.0)),
            (&[0.0, 0.2, 9.0, 9.2], (0.4, 0.0)),
            (&[5.0], (0.0, 0.0)),
            // Repeats between two new pictures.
            (&[0.0, -1.0, -2.0, 3.0], (3.0, 3.0)),
            // Repeats to the end prove nothing, nor do they after a pause.
            (&[0.0, 0.2, -1.0, -2.0, -3.0], (0.2, 0.0)),
            (&[0.0, 0.2, -1.0, -9.0, 9.2, 9.4], (0.4, 0.0)),
        ] {
            assert_eq!(observed(6.0, looks), expected, "{looks:?}");
        }
    }

    #[test]
    fn a_camera_that_is_meant_to_be_looked_at_rarely_is_not_degraded() {
        assert_eq!(observed(1.0, &[0.0, 1.0, 2.0]), (2.0, 0.0));
    }

    #[test]
    fn where_nothing_moves_fewer_looks_are_sound() {
        let mut meter = CoverageMeter::new(6.0);
        // What comes after the third look was meant to come sooner, and after the last one again.
        for (ms, rate) in [(0, 3.0), (480, 3.0), (960, 6.0), (1440, 3.0), (1800, 3.0)] {
            meter.look(UtcMicros(ms * 1000), true, rate, Frames::default(), 0);
        }
        let minute = meter.take()[0].1;
        assert_eq!((minute.observed_us, minute.degraded_us), (1_800_000, 480_000));
    }

    #[test]
    fn a_step_over_the_minute_belongs_to_both() {
        let mut meter = CoverageMeter::new(1.0);
        for second in [59, 61] {
            let frames = Frames { read: second, looked_at: second, dropped: 0 };
            meter.look(UtcMicros(second as i64 * 1_000_000), true, 1.0, frames, 0);
        }
        let minutes = meter.take();
        let told: Vec<_> =
            minutes.iter().map(|(start, m)| (start.0, m.observed_us, m.until.0, m.frames.read)).collect();
        assert_eq!(told, [(0, 1_000_000, 60_000_000, 59), (60_000_000, 1_000_000, 61_000_000, 2)]);
        assert!(meter.take().is_empty(), "nothing new");
    }

    #[test]
    fn rows_have_the_shifted_time() {
        let mut meter = CoverageMeter::new(6.0);
        for at in [0, 100_000] {
            meter.look(UtcMicros(at), true, 6.0, Frames::default(), 120_000_000);
        }
        assert_eq!(meter.take()[0].0, UtcMicros(120_000_000));
    }
}
