//! The few figures of a lot that one looks at first.

use maud::{Markup, html};

use super::chart::grouped;
use crate::report::completeness::duration;
use crate::report::coverage::Coverage;
use crate::report::document::ReportDocument;
use crate::report::lots::LotRow;

struct Tile {
    what: &'static str,
    figure: String,
    beside: String,
}

impl ReportDocument {
    pub(super) fn tiles(&self, row: &LotRow) -> Markup {
        let mut tiles = self.volume_tiles(row);
        tiles.extend(self.occupancy_tiles(row));
        html! {
            dl.tiles {
                @for tile in tiles {
                    div.tile {
                        dt { (tile.what) }
                        dd.figure { (tile.figure.replace(" %", "\u{a0}%")) }
                        dd.beside { (tile.beside.replace(" %", "\u{a0}%")) }
                    }
                }
            }
        }
    }

    fn volume_tiles(&self, row: &LotRow) -> Vec<Tile> {
        let coverage = &row.figures.coverage;
        let count = |count: u64| coverage.count(count).map_or("blind".to_owned(), |count| grouped(count as i64));
        let mut tiles = vec![
            Tile { what: "Entries", figure: count(row.figures.entries), beside: observed(coverage) },
            Tile { what: "Exits", figure: count(row.figures.exits), beside: observed(coverage) },
        ];
        if let Some(busiest) = &row.busiest {
            let time = if self.is_one_day() { "%H:%M" } else { "%a %-d %b, %H:%M" };
            let crossings = grouped(busiest.volume as i64);
            tiles.push(Tile {
                what: "Busiest hour",
                figure: busiest.hour.start.strftime(time).to_string(),
                beside: format!("{crossings} entries and exits; {}", observed(&busiest.coverage)),
            });
        }
        if let Some(turnover) = row.turnover {
            let (figure, beside) = (format!("{turnover:.2}"), "vehicles for each space".to_owned());
            tiles.push(Tile { what: "Turnover", figure, beside });
        }
        tiles
    }

    fn occupancy_tiles(&self, row: &LotRow) -> Vec<Tile> {
        let Some(inside) = &row.figures.inside else { return Vec::new() };
        let time = if self.is_one_day() { "at %H:%M" } else { "%a %-d %b, %H:%M" };
        let percent = |share: Option<f64>| share.map(|share| format!("{:.0} %", share * 100.0).replace('-', "−"));
        let of_capacity = |share: Option<f64>| percent(share).map_or(String::new(), |share| format!("; {share} full"));
        let mut tiles = vec![Tile {
            what: "Peak inside",
            figure: grouped(inside.peak),
            beside: format!("{}{}", inside.peak_at.strftime(time), of_capacity(inside.peak_utilization)),
        }];
        let mean = format!("{:.1}", inside.mean).replace('-', "−");
        tiles.push(Tile {
            what: "Mean inside",
            figure: mean,
            beside: match (percent(inside.utilization), row.capacity) {
                (Some(share), Some(capacity)) => format!("{share} of {} spaces", grouped(capacity)),
                _ => "capacity is not given".to_owned(),
            },
        });
        tiles.push(match row.stay {
            Ok(us) => Tile {
                what: "Mean stay",
                figure: duration(us.unsigned_abs()),
                beside: "mean inside / rate of entries".to_owned(),
            },
            Err(why) => Tile { what: "Mean stay", figure: "–".to_owned(), beside: why.to_string() },
        });
        let band = row.band.last().map(|band| {
            let words =
                format!("; the true number with 95 %: {} to {}", band.low.ceil() as i64, band.high.floor() as i64);
            words.replace('-', "−")
        });
        let adjusted = if inside.adjusted == 0 { "0".to_owned() } else { format!("{:+}", inside.adjusted) };
        let adjusted = adjusted.replace('-', "−");
        tiles.push(Tile {
            what: "Inside at the end",
            figure: grouped(inside.closing),
            beside: format!("opened with {}; adjusted {adjusted}{}", grouped(inside.opening), band.unwrap_or_default()),
        });
        tiles
    }
}

fn observed(coverage: &Coverage) -> String {
    match coverage {
        Coverage::Blind => "not observed".to_owned(),
        Coverage::Unknown => "coverage is not known".to_owned(),
        Coverage::Observed(_) => format!("observed {}", coverage.in_words()),
    }
}
