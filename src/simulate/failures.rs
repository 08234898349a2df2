//! What each camera sees of the period: its sessions, the gaps between them with their reasons, and when it looked too
//! seldom.

use super::chance::Chance;
use crate::source::Reason;
use crate::time::UtcMicros;

/// From a moment until before another, microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub until: i64,
}

impl Span {
    pub fn length(self) -> i64 {
        (self.until - self.from).max(0)
    }

    /// What both have in common; its length is 0 when they have nothing.
    pub fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), until: self.until.min(other.until) }
    }

    pub fn holds(self, at: i64) -> bool {
        (self.from..self.until).contains(&at)
    }
}

/// A stretch of time in which a camera was not observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    pub span: Span,
    /// `None`: the program was not running.
    pub reason: Option<Reason>,
}

/// One camera's part in the period, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    pub sessions: Vec<Span>,
    pub gaps: Vec<Blind>,
    pub degraded: Vec<Span>,
}

/// The whole site.
pub struct Failures {
    /// Lives of the process that counts.
    pub runs: Vec<Span>,
    /// By camera, in the order of the configuration.
    pub cameras: Vec<Timeline>,
}

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// The computer is stopped once in so long, for so long, s.
const STOP_EVERY: f64 = 20.0 * DAY;
/// A camera breaks off once in so long, s.
const BREAK_EVERY: f64 = 2.5 * DAY;
/// A camera is looked at too seldom once in so long, s.
const LATE_EVERY: f64 = 4.0 * DAY;
const REASONS: [Reason; 6] =
    [Reason::Stalled, Reason::BrokeOff, Reason::Refused, Reason::Unreachable, Reason::Frozen, Reason::NoAnswer];

impl Failures {
    pub fn draw(period: Span, cameras: usize, chance: &mut Chance) -> Self {
        let mut runs = Vec::new();
        let stops = stretches(period, STOP_EVERY, chance, |chance| chance.log_normal(8.0 * 60.0, 0.8).min(6.0 * HOUR));
        let mut from = period.from;
        for stop in stops {
            runs.push(Span { from, until: stop.from });
            from = stop.until;
        }
        runs.push(Span { from, until: period.until });
        runs.retain(|run| run.length() > 0);
        let cameras = (0..cameras).map(|_| timeline(&runs, chance)).collect();
        Self { runs, cameras }
    }
}

fn timeline(runs: &[Span], chance: &mut Chance) -> Timeline {
    let mut timeline = Timeline::default();
    for (number, run) in runs.iter().enumerate() {
        if number > 0 {
            let span = Span { from: runs[number - 1].until, until: run.from };
            timeline.gaps.push(Blind { span, reason: None });
        }
        let breaks = stretches(*run, BREAK_EVERY, chance, |chance| chance.log_normal(4.0 * 60.0, 1.3).min(8.0 * HOUR));
        let mut from = run.from;
        for gap in breaks {
            timeline.sessions.push(Span { from, until: gap.from });
            timeline.gaps.push(Blind { span: gap, reason: Some(REASONS[chance.index(REASONS.len())]) });
            from = gap.until;
        }
        timeline.sessions.push(Span { from, until: run.until });
    }
    timeline.sessions.retain(|session| session.length() > 0);
    let period = Span { from: runs[0].from, until: runs[runs.len() - 1].until };
    timeline.degraded = stretches(period, LATE_EVERY, chance, |chance| chance.between(5.0 * 60.0, 45.0 * 60.0));
    timeline
}

/// What lasts for a while now and then, to the millisecond, within a span and never at its beginning.
fn stretches(within: Span, every: f64, chance: &mut Chance, lasts: impl Fn(&mut Chance) -> f64) -> Vec<Span> {
    let mut all = Vec::new();
    let ms = |seconds: f64| (seconds * 1e3).round().max(1.0) as i64 * 1000;
    let mut at = within.from;
    loop {
        let from = at + ms(chance.wait(every));
        let until = from + ms(lasts(chance).max(1.0));
        if from >= within.until {
            return all;
        }
        all.push(Span { from, until: until.min(within.until) });
        at = until;
    }
}

/// How well one moment was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Clear,
    /// Looked at too seldom to trust the counts.
    Degraded,
    Blind,
}

impl Timeline {
    pub fn sight(&self, at: UtcMicros) -> Sight {
        let is_in = |spans: &[Span]| {
            let after = spans.partition_point(|span| span.from <= at.0);
            spans[..after].last().is_some_and(|span| span.holds(at.0))
        };
        match (is_in(&self.sessions), is_in(&self.degraded)) {
            (false, _) => Sight::Blind,
            (true, true) => Sight::Degraded,
            (true, false) => Sight::Clear,
        }
    }

    /// Of a span: observed, and of that degraded, microseconds.
    pub fn observed(&self, span: Span) -> (i64, i64) {
        let sum = |sessions: &[Span]| {
            let parts = touching(sessions, span).iter().map(|session| session.and(span));
            parts.fold((0, 0), |sum, part| {
                let degraded: i64 = touching(&self.degraded, part).iter().map(|late| late.and(part).length()).sum();
                (sum.0 + part.length(), sum.1 + degraded)
            })
        };
        sum(&self.sessions)
    }
}

/// Those of a list in order of time, none of which overlap, that have something in common with a span.
fn touching(spans: &[Span], span: Span) -> &[Span] {
    let first = spans.partition_point(|other| other.until <= span.from);
    let after = spans.partition_point(|other| other.from < span.until);
    &spans[first..after.max(first)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::chance::Purpose;

    #[test]
    fn sessions_and_gaps_make_up_the_whole_period() {
        let period = Span { from: 1_781_506_800_000_000, until: 1_781_506_800_000_000 + 90 * 86_400_000_000 };
        let failures = Failures::draw(period, 3, &mut Chance::new(1, Purpose::Failures));
        assert!(failures.runs.len() > 1);
        for camera in &failures.cameras {
            let observed: i64 = camera.sessions.iter().map(|session| session.length()).sum();
            let blind: i64 = camera.gaps.iter().map(|gap| gap.span.length()).sum();
            assert_eq!(observed + blind, period.length());
            assert!(camera.gaps.len() > 10 && camera.degraded.len() > 5);
            let (all, degraded) = camera.observed(period);
            assert!(all == observed && degraded > 0);
            let gap = &camera.gaps[3].span;
            let sight = |at| camera.sight(UtcMicros(at));
            assert_eq!([sight(gap.from), sight(gap.until - 1)], [Sight::Blind; 2]);
            assert_ne!(sight(gap.until), Sight::Blind);
        }
    }
}
