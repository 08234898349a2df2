//! How much goes on at which hour of which day of the week.

use maud::{Markup, html};

use super::chart::{Size, Words, grouped, hatching, px, svg};
use crate::report::document::HourRow;

pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Hours that were observed for less than this are left out of the means.
const ENOUGH: f64 = 0.9;
/// Strengths of the colour: in each of them letters can be read.
const SHADES: usize = 5;

/// Mean crossings in an hour by day of the week (Monday first) and hour; `None`: none was observed well enough.
pub struct Week {
    means: [[Option<f64>; 24]; 7],
}

impl Week {
    pub fn new(hours: &[HourRow]) -> Self {
        let mut sums = [[(0u64, 0u64); 24]; 7];
        for row in hours {
            // Rows from before coverage was kept are counted as seen.
            if row.coverage.share().is_none_or(|share| share >= ENOUGH) {
                let start = &row.hour.start;
                let day = usize::from(start.weekday().to_monday_zero_offset().unsigned_abs());
                let sum = &mut sums[day][usize::from(start.hour().unsigned_abs())];
                *sum = (sum.0 + row.entries + row.exits, sum.1 + 1);
            }
        }
        Self { means: sums.map(|day| day.map(|(sum, hours)| (hours > 0).then(|| sum as f64 / hours as f64))) }
    }

    fn largest(&self) -> f64 {
        self.means.iter().flatten().flatten().copied().fold(0.0, f64::max)
    }

    /// From 0, nothing, to the strongest.
    fn shade(&self, mean: f64) -> usize {
        if mean == 0.0 {
            return 0;
        }
        ((mean / self.largest() * SHADES as f64).ceil() as usize).clamp(1, SHADES)
    }

    pub fn chart(&self, id: &str) -> Markup {
        let words = Words {
            id: id.to_owned(),
            title: "Crossings by hour and day of the week",
            description: self.description(),
        };
        html! {
            @for size in Size::BOTH { (self.drawing(&words, size)) }
        }
    }

    fn description(&self) -> String {
        let all = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
        let known = all.filter_map(|(day, hour)| Some((day, hour, self.means[day][hour]?)));
        match known.reduce(|best, next| if next.2 > best.2 { next } else { best }) {
            Some((day, hour, mean)) if mean > 0.0 => {
                format!("The busiest is {} from {hour}:00 with {mean:.1} crossings in a mean hour.", DAYS[day])
            }
            _ => "Nothing crossed in any hour that was observed.".to_owned(),
        }
    }

    fn drawing(&self, words: &Words, size: Size) -> Markup {
        let (left, row, head) = (36.0, if size == Size::Wide { 28.0 } else { 26.0 }, 20.0);
        let column = (size.width() - left - 4.0) / 24.0;
        let (pattern, blind) = hatching(&words.id, size);
        let every = if size == Size::Wide { 1 } else { 6 };
        let content = html! {
            (pattern)
            @for hour in (0..24).step_by(every) {
                text class="tick" x=(px(left + column * (hour as f64 + 0.5))) y="14" text-anchor="middle" { (hour) }
            }
            @for (day, name) in DAYS.iter().enumerate() {
                @let y = head + row * day as f64;
                text class="tick" x=(px(left - 6.0)) y=(px(y + row / 2.0 + 4.0)) text-anchor="end" { (name) }
                @for (hour, mean) in self.means[day].iter().enumerate() {
                    @let x = left + column * hour as f64;
                    (self.cell(day, hour, *mean, (x, y, column, row), size, &blind))
                }
            }
        };
        svg(words, size, head + 7.0 * row + 4.0, content)
    }

    fn cell(
        &self,
        day: usize,
        hour: usize,
        mean: Option<f64>,
        (x, y, width, height): (f64, f64, f64, f64),
        size: Size,
        blind: &str,
    ) -> Markup {
        let (w, h) = (px(width - 1.5), px(height - 1.5));
        html! {
            g {
                title { (DAYS[day]) " " (hour) ":00: " (mean.map_or("not observed".to_owned(), |mean| format!("{mean:.1}"))) }
                @match mean {
                    None => { rect fill=(blind) x=(px(x)) y=(px(y)) width=(w) height=(h) {} }
                    Some(mean) => {
                        rect class=(format!("heat s{}", self.shade(mean))) x=(px(x)) y=(px(y)) width=(w) height=(h) {}
                        @if size == Size::Wide {
                            text class=(if self.shade(mean) > 3 { "on-strong" } else { "on-weak" })
                                x=(px(x + width / 2.0)) y=(px(y + height / 2.0 + 4.0)) text-anchor="middle" {
                                (grouped(mean.round() as i64))
                            }
                        }
                    }
                }
            }
        }
    }

    /// The same as a table.
    pub fn table(&self) -> Markup {
        html! {
            table {
                caption { "Mean crossings in an hour, by local hour and day of the week" }
                thead { tr { th scope="col" { "Hour" } @for day in DAYS { th.number scope="col" { (day) } } } }
                tbody {
                    @for hour in 0..24 {
                        tr {
                            th scope="row" { (format!("{hour:02}:00")) }
                            @for day in &self.means {
                                td.number { (day[hour].map_or("blind".to_owned(), |mean| format!("{mean:.1}"))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
