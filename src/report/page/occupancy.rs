//! Vehicles inside a lot over time, with what is uncertain, full, adjusted and not observed.

use maud::{Markup, html};

use super::chart::{NumberScale, Size, TimeScale, Words, grouped, hatching, number_axis, px, svg, time_axis};
use crate::report::buckets::Step;
use crate::report::document::ReportDocument;
use crate::report::figures::{BandPoint, Piece};
use crate::report::lots::LotRow;
use crate::store::Gap;
use crate::time::UtcMicros;

const LEFT: f64 = 44.0;
const TOP: f64 = 22.0;
const FOOT: f64 = 26.0;

struct Chart<'a> {
    document: &'a ReportDocument,
    row: &'a LotRow,
    size: Size,
    height: f64,
    times: TimeScale,
    numbers: NumberScale,
    blind: String,
}

/// One lot in the whole period. `step`: of the labels below.
pub fn occupancy_chart(
    id: &str,
    document: &ReportDocument,
    row: &LotRow,
    starts: &[jiff::Zoned],
    step: Step,
) -> Markup {
    let words = Words { id: id.to_owned(), title: "Vehicles inside", description: description(row) };
    html! {
        @for size in Size::BOTH {
            @let height = if size == Size::Wide { 280.0 } else { 230.0 };
            @let (pattern, blind) = hatching(id, size);
            @let chart = Chart::new(document, row, size, height, blind);
            (svg(&words, size, height, html! {
                (pattern)
                (chart.content(starts, step))
            }))
        }
    }
}

fn description(row: &LotRow) -> String {
    let Some(inside) = &row.figures.inside else { return "Nothing is known of this time.".to_owned() };
    let mut text = format!(
        "From {} at the beginning to {} at the end, {:.1} in the mean, at most {} at {}",
        inside.opening,
        inside.closing,
        inside.mean,
        inside.peak,
        inside.peak_at.strftime("%Y-%m-%d %H:%M")
    );
    if let Some(capacity) = row.capacity {
        text.push_str(&format!(", of {capacity} spaces"));
    }
    text.push('.');
    text
}

impl<'a> Chart<'a> {
    fn new(document: &'a ReportDocument, row: &'a LotRow, size: Size, height: f64, blind: String) -> Self {
        let (start, end) = (UtcMicros::from(document.start.timestamp()), UtcMicros::from(document.end.timestamp()));
        let ends = || row.curve.pieces.iter().flat_map(|piece| [piece.start, piece.end]);
        let bands = || row.band.iter().flat_map(|point| [point.low, point.high]);
        let capacity = row.capacity.map(|capacity| capacity as f64);
        let high = ends().chain(bands()).chain(capacity).fold(0.0, f64::max);
        let low = ends().chain(bands()).fold(0.0, f64::min);
        Self {
            document,
            row,
            size,
            height,
            times: TimeScale { start, end, left: LEFT, right: size.width() - 8.0 },
            numbers: NumberScale::new(low, high, TOP, height - FOOT),
            blind,
        }
    }

    fn content(&self, starts: &[jiff::Zoned], step: Step) -> Markup {
        let pieces = thinned(&self.row.curve.pieces, &self.times);
        html! {
            (number_axis(&self.numbers, LEFT, self.times.right, |tick| grouped(tick as i64)))
            (self.unobserved())
            (self.band())
            (self.capacity())
            path class="curve" d=(path(&pieces, &self.times, &self.numbers)) {}
            (self.adjustments())
            (self.peak())
            (time_axis(starts.iter(), &self.times, self.height - FOOT, step, self.size, 0.0))
        }
    }

    /// Gaps of its cameras, and what lies before the first and after the last row.
    fn unobserved(&self) -> Markup {
        let gaps = self.document.gaps.iter().filter(|gap| self.row.cameras.contains(&gap.camera));
        let (first, last) = match (self.row.curve.pieces.first(), self.row.curve.pieces.last()) {
            (Some(first), Some(last)) => (first.from, last.until),
            _ => (self.times.end, self.times.end),
        };
        let words = |gap: &Gap| format!("{} not observed: {}: {}", gap.camera, gap.reason, gap.detail);
        html! {
            @for gap in gaps { (self.shade(gap.from, gap.until, &words(gap))) }
            (self.shade(self.times.start, first, "before the first row"))
            (self.shade(last, self.times.end, "after the last row"))
        }
    }

    fn shade(&self, from: UtcMicros, until: UtcMicros, words: &str) -> Markup {
        if from >= until {
            return html! {};
        }
        // A gap of seconds is seen, too.
        let (x, width) = (self.times.x(from), (self.times.x(until) - self.times.x(from)).max(1.5));
        html! {
            rect fill=(self.blind) x=(px(x)) y=(px(TOP)) width=(px(width)) height=(px(self.height - FOOT - TOP)) {
                title { (words) }
            }
        }
    }

    fn band(&self) -> Markup {
        let points = spread_out(&self.row.band, &self.times);
        let corner =
            |point: &BandPoint, number: f64| format!("{},{}", px(self.times.x(point.at)), px(self.numbers.y(number)));
        let above = points.iter().map(|point| corner(point, point.high));
        let below = points.iter().rev().map(|point| corner(point, point.low));
        let corners: Vec<String> = above.chain(below).collect();
        html! {
            @if !corners.is_empty() { polygon class="band" points=(corners.join(" ")) {} }
        }
    }

    fn capacity(&self) -> Markup {
        let Some(capacity) = self.row.capacity else { return html! {} };
        let y = self.numbers.y(capacity as f64);
        html! {
            line class="capacity" x1=(px(LEFT)) x2=(px(self.times.right)) y1=(px(y)) y2=(px(y)) {}
            text class="direct halo" x=(px(self.times.right)) y=(px(y - 5.0)) text-anchor="end" { "capacity " (capacity) }
        }
    }

    fn adjustments(&self) -> Markup {
        let of_lot = self.document.adjustments.iter().filter(|adjustment| adjustment.lot == self.row.figures.lot);
        html! {
            @for adjustment in of_lot {
                @let x = px(self.times.x(adjustment.at));
                g {
                    title {
                        (adjustment.kind.name()) " " (format!("{:+}", adjustment.effect)) " by " (adjustment.who) ": "
                        (adjustment.why)
                    }
                    line class="adjustment" x1=(x) x2=(x) y1=(px(TOP)) y2=(px(self.height - FOOT)) {}
                    circle class="adjustment" cx=(x) cy=(px(TOP)) r="4" {}
                }
            }
        }
    }

    fn peak(&self) -> Markup {
        let Some(inside) = &self.row.figures.inside else { return html! {} };
        let (x, y) = (self.times.x(UtcMicros::from(inside.peak_at.timestamp())), self.numbers.y(inside.peak as f64));
        let time = if self.document.is_one_day() { "%H:%M" } else { "%-d %b %H:%M" };
        // Words beside the edge would be cut.
        let (anchor, aside) = if x > (LEFT + self.times.right) / 2.0 { ("end", -7.0) } else { ("start", 7.0) };
        // Above the curve, and below it where that would be outside, or on the line of the capacity or its word.
        let limit = self.row.capacity.map_or(f64::NEG_INFINITY, |capacity| self.numbers.y(capacity as f64));
        let above = y - 9.0;
        let on_limit = (above - 12.0..=above + 17.0).contains(&limit);
        let below = above < TOP + 10.0 || on_limit;
        html! {
            circle class="peak" cx=(px(x)) cy=(px(y)) r="4" {}
            text class="direct halo" x=(px(x + aside)) y=(px(if below { y + 18.0 } else { above })) text-anchor=(anchor) {
                "peak " (inside.peak) " at " (inside.peak_at.strftime(time))
            }
        }
    }
}

/// What can be told apart on the picture: of each column of pixels the first, the least, the most and the last.
fn thinned(pieces: &[Piece], times: &TimeScale) -> Vec<Piece> {
    let columns = times.right - times.left;
    if (pieces.len() as f64) < 2.0 * columns {
        return pieces.to_vec();
    }
    let column = |piece: &Piece| times.x(piece.from).floor() as i64;
    let mut thinned = Vec::new();
    for group in pieces.chunk_by(|one, next| column(one) == column(next)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let low = group.iter().map(|piece| piece.start.min(piece.end)).fold(f64::INFINITY, f64::min);
        let high = group.iter().map(|piece| piece.start.max(piece.end)).fold(f64::NEG_INFINITY, f64::max);
        let middle = UtcMicros((first.from.0 + last.until.0) / 2);
        thinned.push(Piece { from: first.from, until: middle, start: first.start, end: low });
        thinned.push(Piece { from: middle, until: last.until, start: high, end: last.end });
    }
    thinned
}

fn path(pieces: &[Piece], times: &TimeScale, numbers: &NumberScale) -> String {
    let mut words = String::new();
    let mut at = None;
    for piece in pieces {
        let (start, end) = (
            (px(times.x(piece.from)), px(numbers.y(piece.start))),
            (px(times.x(piece.until)), px(numbers.y(piece.end))),
        );
        if at.as_ref() != Some(&start) {
            let step = if at.is_none() { 'M' } else { 'L' };
            words.push_str(&format!("{step}{} {}", start.0, start.1));
        }
        words.push_str(&format!("L{} {}", end.0, end.1));
        at = Some(end);
    }
    words
}

/// At most two points in each column of pixels.
fn spread_out(band: &[BandPoint], times: &TimeScale) -> Vec<BandPoint> {
    let every = band.len() / (2 * (times.right - times.left) as usize).max(1) + 1;
    let last = band.last().filter(|_| every > 1).copied();
    band.iter().step_by(every).copied().chain(last).collect()
}
