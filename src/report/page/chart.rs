//! What all charts have in common: their two sizes, scales, axes and hatching.

use jiff::Zoned;
use maud::{Markup, html};

use crate::report::buckets::Step;
use crate::time::UtcMicros;

/// One of the two drawings of a chart, in pixels of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Wide,
    Narrow,
}

impl Size {
    pub const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    pub fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    pub fn width(self) -> f64 {
        match self {
            Self::Wide => 1040.0,
            Self::Narrow => 358.0,
        }
    }

    /// So many words below an axis can be read.
    fn labels(self) -> usize {
        match self {
            Self::Wide => 13,
            Self::Narrow => 5,
        }
    }
}

/// What a chart is called and what somebody is told who cannot see it.
pub struct Words<'a> {
    /// Unique on the page.
    pub id: String,
    pub title: &'a str,
    pub description: String,
}

/// The picture with its accessible name.
pub fn svg(words: &Words, size: Size, height: f64, content: Markup) -> Markup {
    let (id, size_name) = (&words.id, size.name());
    let (title, description) = (format!("{id}-{size_name}-title"), format!("{id}-{size_name}-description"));
    html! {
        svg class=(size_name) role="img" viewBox=(format!("0 0 {} {height}", size.width()))
            aria-labelledby=(format!("{title} {description}")) {
            title id=(title) { (words.title) }
            desc id=(description) { (words.description) }
            (content)
        }
    }
}

/// The hatching of what was not observed. Its name is that of the drawing: one that is not shown lends no patterns.
pub fn hatching(id: &str, size: Size) -> (Markup, String) {
    let name = format!("{id}-{}-blind", size.name());
    let pattern = html! {
        defs {
            pattern id=(name) width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect class="hatch-ground" width="6" height="6" {}
                line class="hatch" x1="0" y1="0" x2="0" y2="6" {}
            }
        }
    };
    (pattern, format!("url(#{name})"))
}

/// Where on the picture a time is.
#[derive(Clone, Copy, Debug)]
pub struct TimeScale {
    pub start: UtcMicros,
    pub end: UtcMicros,
    pub left: f64,
    pub right: f64,
}

impl TimeScale {
    pub fn x(&self, at: UtcMicros) -> f64 {
        let share = (at.0 - self.start.0) as f64 / (self.end.0 - self.start.0).max(1) as f64;
        self.left + (self.right - self.left) * share.clamp(0.0, 1.0)
    }
}

/// Where on the picture a number is.
#[derive(Clone, Debug)]
pub struct NumberScale {
    low: f64,
    high: f64,
    top: f64,
    bottom: f64,
    pub ticks: Vec<f64>,
}

impl NumberScale {
    /// From `low` to `high` at least, between round numbers.
    pub fn new(low: f64, high: f64, top: f64, bottom: f64) -> Self {
        let step = round_step((high - low).max(1.0) / 4.0);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let ticks: Vec<f64> = (first..=last.max(first + 1)).map(|tick| tick as f64 * step).collect();
        Self { low: ticks[0], high: ticks[ticks.len() - 1], top, bottom, ticks }
    }

    pub fn y(&self, number: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * (number - self.low) / (self.high - self.low)
    }
}

/// 1, 2 or 5 times a power of ten; at least 1, because cars are whole.
fn round_step(about: f64) -> f64 {
    let power = 10f64.powf(about.max(1.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| step * power >= about).unwrap_or(10.0);
    step * power
}

/// Lines with their numbers at the left.
pub fn number_axis(scale: &NumberScale, left: f64, right: f64, word: impl Fn(f64) -> String) -> Markup {
    html! {
        @for tick in &scale.ticks {
            @let y = px(scale.y(*tick));
            line class=(if *tick == 0.0 { "axis" } else { "grid" }) x1=(px(left)) x2=(px(right)) y1=(y) y2=(y) {}
            text class="tick" x=(px(left - 6.0)) y=(px(scale.y(*tick) + 4.0)) text-anchor="end" { (word(*tick)) }
        }
    }
}

/// Words below the picture at the beginnings of steps, or so many pixels to the right of them.
pub fn time_axis<'a>(
    starts: impl Iterator<Item = &'a Zoned>,
    scale: &TimeScale,
    y: f64,
    step: Step,
    size: Size,
    shift: f64,
) -> Markup {
    let starts: Vec<&Zoned> = starts.collect();
    let one_day = starts.first().zip(starts.last()).is_some_and(|(first, last)| first.date() == last.date());
    let labelled = labelled(&starts, step, one_day, size);
    html! {
        @for moment in labelled {
            @let x = px(scale.x(UtcMicros::from(moment.timestamp())));
            line class="grid" x1=(x) x2=(x) y1=(px(y)) y2=(px(y + 5.0)) {}
            text class="tick" x=(px(scale.x(UtcMicros::from(moment.timestamp())) + shift)) y=(px(y + 17.0))
                text-anchor="middle" { (label(moment, step, one_day)) }
        }
    }
}

fn labelled<'a>(starts: &[&'a Zoned], step: Step, one_day: bool, size: Size) -> Vec<&'a Zoned> {
    // Hours of one day at hours that divide it; of several days their midnights.
    let candidates: Vec<&Zoned> = match step {
        Step::Quarter | Step::Hour if one_day => {
            let hours = if size == Size::Wide { 2 } else { 6 };
            starts.iter().filter(|start| start.minute() == 0 && start.hour() % hours == 0).copied().collect()
        }
        Step::Quarter | Step::Hour => {
            starts.iter().filter(|start| start.hour() == 0 && start.minute() == 0).copied().collect()
        }
        _ => starts.to_vec(),
    };
    if one_day {
        return candidates;
    }
    let every = candidates.len().div_ceil(size.labels()).max(1);
    candidates.into_iter().step_by(every).collect()
}

fn label(moment: &Zoned, step: Step, one_day: bool) -> String {
    let pattern = match step {
        Step::Quarter | Step::Hour if one_day => "%H:%M",
        Step::Month => "%b",
        _ => "%-d %b",
    };
    moment.strftime(pattern).to_string()
}

/// A coordinate with one decimal: more would only make the page longer.
pub fn px(number: f64) -> String {
    let rounded = (number * 10.0).round() / 10.0;
    format!("{rounded}")
}

/// `1234`, `12 345`: digits in threes from five on.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "−" } else { "" };
    if digits.len() < 5 {
        return format!("{sign}{digits}");
    }
    let mut words = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            words.push('\u{202f}');
        }
        words.push(digit);
    }
    format!("{sign}{words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_all() {
        for (low, high, ticks) in [
            (0.0, 93.0, vec![0.0, 50.0, 100.0]),
            (0.0, 3.0, vec![0.0, 1.0, 2.0, 3.0]),
            (0.0, 0.0, vec![0.0, 1.0]),
            (-7.0, 13.0, vec![-10.0, -5.0, 0.0, 5.0, 10.0, 15.0]),
        ] {
            let scale = NumberScale::new(low, high, 10.0, 110.0);
            assert_eq!(scale.ticks, ticks, "{low} {high}");
            assert!(scale.y(high) >= 10.0 - 1e-9 && scale.y(low) <= 110.0 + 1e-9);
        }
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        let written = [0, 1234, 12345, -1234567].map(grouped);
        assert_eq!(written, ["0", "1234", "12\u{202f}345", "−1\u{202f}234\u{202f}567"]);
    }
}
