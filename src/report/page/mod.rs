//! A report as one page for people: charts, tiles and tables, which needs no network and no script.
//!
//! Each chart is drawn twice, for wide and for narrow screens, because a picture that is scaled down takes its letters with
//! it; the style sheet shows one of them. What a chart shows stands in a table, too.

mod chart;
mod heat_map;
mod occupancy;
mod sections;
mod strip;
mod tables;
mod tiles;
mod volume;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::completeness::duration;
use super::coverage::{Coverage, percent};
use super::document::ReportDocument;
use super::tables::local;

const STYLE: &str = include_str!("style.css");

impl ReportDocument {
    /// The page as HTML.
    pub fn to_page(&self) -> String {
        let title = format!("{}, {}", self.site, self.period);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content="lotcount";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    (self.header())
                    main {
                        @for index in 0..self.lots.len() { (self.lot_section(index)) }
                        (self.pattern_section())
                        (self.observed_section())
                        (self.adjustment_section())
                        (self.alert_section())
                        (self.line_section())
                        (self.step_section())
                    }
                    (footer())
                }
            }
        };
        page.into_string()
    }

    fn header(&self) -> Markup {
        let nearly = self.complete().is_some_and(|share| Coverage::Observed(share).is_nearly_full());
        html! {
            header {
                p.site { (self.site) }
                h1 { (self.period_in_words()) }
                p.span {
                    time datetime=(self.start.timestamp()) { (local(&self.start)) }
                    " to "
                    time datetime=(self.end.timestamp()) { (local(&self.end)) }
                    @if let Some(revision) = self.revision { ", revision " (revision) }
                }
                p.span { "Times in " (self.time_zone) ", " (self.offsets_in_words()) }
                p.completeness.incomplete[!nearly] {
                    strong { @if nearly { "Complete: " } @else { "Not complete: " } }
                    (self.completeness_in_short())
                }
            }
        }
    }

    /// `Monday, 15 June 2026`, `June 2026`, `2026`, `15 to 21 June 2026`
    fn period_in_words(&self) -> String {
        let (start, end) = (self.start.date(), self.end.date());
        let Ok(last) = end.yesterday() else { return self.period.clone() };
        let whole_months = start.day() == 1 && end.day() == 1;
        let pattern = if start == last {
            return start.strftime("%A, %-d %B %Y").to_string();
        } else if whole_months && start.month() == 1 && end.month() == 1 && start.year() == last.year() {
            return start.strftime("%Y").to_string();
        } else if whole_months && start.first_of_month() == last.first_of_month() {
            return start.strftime("%B %Y").to_string();
        } else if start.first_of_month() == last.first_of_month() {
            "%-d"
        } else if start.year() == last.year() {
            "%-d %B"
        } else {
            "%-d %B %Y"
        };
        format!("{} to {}", start.strftime(pattern), last.strftime("%-d %B %Y"))
    }

    /// `observed 93.4 % of the period; least ramp-cam 87.5 %; 41 min 20 s with too few looks; 2 gaps, listed below`
    fn completeness_in_short(&self) -> String {
        let Some(complete) = self.complete() else {
            return "how much of this was observed is not known".to_owned();
        };
        let mut words = vec![format!("observed {} of the period", percent(complete))];
        let known = self.cameras.iter().filter_map(|row| Some((row.coverage.share()?, row)));
        if self.cameras.len() > 1
            && let Some((share, least)) = known.min_by(|one, other| one.0.total_cmp(&other.0))
            && share < 1.0
        {
            words.push(format!("least {} {}", least.camera, least.coverage.in_words()));
        }
        if complete.degraded_us > 0 {
            words.push(format!("{} with too few looks", duration(complete.degraded_us)));
        }
        words.push(match self.gaps.len() {
            0 => "no gaps".to_owned(),
            1 => "1 gap, listed below".to_owned(),
            number => format!("{number} gaps, listed below"),
        });
        words.join("; ")
    }
}

fn footer() -> Markup {
    html! {
        footer {
            p {
                "Opening + entries − exits + adjustments = closing, from rows alone and never clamped. Between the ends of "
                "quarters of an hour the number inside is taken to change evenly. Mean stay is the mean number inside divided "
                "by the rate of entries (Little's law). Turnover is entries divided by capacity. "
                "Coverage of a lot is that of its least observed camera. “Blind” was not observed: it is not 0."
            }
            p { "lotcount" }
        }
    }
}
