//! The parts of the page.

use jiff::Zoned;
use maud::{Markup, html};

use super::heat_map::Week;
use super::occupancy::occupancy_chart;
use super::strip::coverage_strips;
use super::tables::{table, turned_table};
use super::volume::volume_chart;
use crate::report::document::ReportDocument;
use crate::report::lots::LotFigures;
use crate::report::sheets::SheetName;

/// Tables of more rows are left to the other formats: nobody reads them on a page.
const MOST_ROWS: usize = 1500;
/// From so many days on a day of the week is more than one day.
const DAYS_OF_A_PATTERN: i32 = 7;

impl ReportDocument {
    /// Tiles and charts of one lot.
    pub(super) fn lot_section(&self, index: usize) -> Markup {
        let row = &self.lots[index];
        let (volume, occupancy) = (format!("volume-{index}"), format!("occupancy-{index}"));
        let steps: Vec<&LotFigures> = self.chart_steps.iter().filter(|step| step.lot == row.figures.lot).collect();
        html! {
            section aria-labelledby=(format!("lot-{index}")) {
                h2 id=(format!("lot-{index}")) {
                    (row.figures.lot)
                    @if let Some(within) = &row.within { small { " within " (within) } }
                }
                @for remark in row.remarks() { p.remark.bad[!remark.starts_with("never")] { (remark) } }
                (self.tiles(row))
                figure {
                    figcaption { "Entries and exits by " (self.chart_step.in_words()) }
                    (volume_chart(&volume, &steps, self.chart_step))
                    (volume_key())
                }
                @if row.figures.inside.is_some() {
                    figure {
                        figcaption { "Vehicles inside" }
                        (occupancy_chart(&occupancy, self, row, &self.chart_starts(), self.chart_step))
                        (occupancy_key(!row.band.is_empty(), row.capacity.is_some()))
                    }
                }
            }
        }
    }

    /// The beginnings of the steps of the charts.
    fn chart_starts(&self) -> Vec<Zoned> {
        let Some(first) = self.lots.first() else { return Vec::new() };
        let of_first = self.chart_steps.iter().filter(|step| step.lot == first.figures.lot);
        of_first.filter_map(|step| Some(step.bucket.as_ref()?.start.clone())).collect()
    }

    /// Hours and days of the week, where there are enough of them.
    pub(super) fn pattern_section(&self) -> Markup {
        let days = self.start.date().until(self.end.date()).map_or(0, |span| span.get_days());
        if days < DAYS_OF_A_PATTERN || self.lines.is_empty() {
            return html! {};
        }
        let week = Week::new(&self.hours);
        html! {
            section aria-labelledby="pattern" {
                h2 id="pattern" { "The week" }
                figure {
                    figcaption { "Mean entries and exits in an hour, over all lines" }
                    (week.chart("week"))
                    p.key {
                        span.item { @for shade in 1..=5 { span.swatch.(format!("shade{shade}")) {} } " few to many" }
                        (item("hatched", "not observed"))
                        "Hours that were observed for less than 90\u{a0}% are left out."
                    }
                    details { summary { "As a table" } div.scroll tabindex="0" { (week.table()) } }
                }
            }
        }
    }

    pub(super) fn observed_section(&self) -> Markup {
        html! {
            section aria-labelledby="observed" {
                h2 id="observed" { "What was observed" }
                @if !self.cameras.is_empty() {
                    figure {
                        figcaption { "Coverage of each camera" }
                        (coverage_strips("coverage", self, &self.chart_starts(), self.chart_step))
                        p.key {
                            (item("seen", "observed"))
                            (item("seen-partial", "in part"))
                            (item("seen-degraded", "with too few looks"))
                            (item("hatched", "not observed"))
                        }
                    }
                }
                @if self.gaps.is_empty() {
                    p { "No gaps." }
                } @else {
                    (table(&self.sheet(SheetName::Gaps), false))
                }
                p.sentence { (self.completeness()) "." }
            }
        }
    }

    pub(super) fn adjustment_section(&self) -> Markup {
        if self.adjustments.is_empty() {
            return html! {};
        }
        html! {
            section aria-labelledby="adjustments" {
                h2 id="adjustments" { "Adjustments" }
                (table(&self.sheet(SheetName::Adjustments), self.is_one_day()))
            }
        }
    }

    pub(super) fn alert_section(&self) -> Markup {
        if self.alerts.is_empty() {
            return html! {};
        }
        html! {
            section aria-labelledby="alerts" {
                h2 id="alerts" { "Alerts" }
                (table(&self.sheet(SheetName::Alerts), self.is_one_day()))
            }
        }
    }

    pub(super) fn line_section(&self) -> Markup {
        let one_day = self.is_one_day();
        let degraded = self.lines.iter().any(|row| row.counts.coverage.is_degraded());
        html! {
            section aria-labelledby="figures" {
                h2 id="figures" { "All figures" }
                (turned_table(&self.sheet(SheetName::Lots), one_day))
                (table(&self.sheet(SheetName::Lines), one_day))
                (table(&self.sheet(SheetName::Cameras), one_day))
                @if !self.classes.is_empty() { (table(&self.sheet(SheetName::Classes), one_day)) }
                @if degraded { p { "*: for a part of it there were too few looks to trust the counts" } }
            }
        }
    }

    pub(super) fn step_section(&self) -> Markup {
        let one_day = self.is_one_day();
        html! {
            section aria-labelledby="steps" {
                h2 id="steps" { "By " (self.step.in_words()) }
                @for name in [SheetName::LotSteps, SheetName::Steps] {
                    @let sheet = self.sheet(name);
                    @if sheet.rows.len() <= MOST_ROWS {
                        details { summary { (sheet.caption) ", as a table" } (table(&sheet, one_day)) }
                    } @else {
                        p { (sheet.caption) ": " (sheet.rows.len()) " rows, in the formats csv, json and xlsx." }
                    }
                }
            }
        }
    }
}

fn volume_key() -> Markup {
    html! {
        p.key {
            (item("entries", "entries, upwards"))
            (item("exits", "exits, downwards"))
            (item("partial", "observed in part"))
            (item("hatched", "not observed"))
        }
    }
}

fn occupancy_key(band: bool, capacity: bool) -> Markup {
    html! {
        p.key {
            (item("curve", "inside"))
            @if band { (item("band", "where the true number lies (95\u{a0}%)")) }
            @if capacity { (item("capacity", "capacity")) }
            (item("adjustment", "adjustment"))
            (item("hatched", "a camera was blind"))
        }
    }
}

/// A colour and what it means, never torn apart.
fn item(class: &str, words: &str) -> Markup {
    html! { span.item { span.swatch.(class) {} " " (words) } " " }
}
