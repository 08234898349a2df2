//! What each camera observed of the period, as a strip.

use maud::{Markup, html};

use super::chart::{Size, TimeScale, Words, hatching, px, svg, time_axis};
use crate::report::buckets::Step;
use crate::report::coverage::{Coverage, Share};
use crate::report::document::ReportDocument;
use crate::report::observations::QUARTER_US;
use crate::store::QuarterCoverage;
use crate::time::UtcMicros;

/// Fields of a strip, at most.
const FIELDS: i64 = 280;
const ROW: f64 = 40.0;
const BAR: f64 = 16.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Blind,
    Partial,
    Degraded,
    Full,
}

/// All cameras below one another.
pub fn coverage_strips(id: &str, document: &ReportDocument, starts: &[jiff::Zoned], step: Step) -> Markup {
    let words = Words { id: id.to_owned(), title: "What each camera observed", description: description(document) };
    html! {
        @for size in Size::BOTH { (drawing(&words, document, starts, step, size)) }
    }
}

fn description(document: &ReportDocument) -> String {
    let camera = |row: &crate::report::CameraRow| format!("{} {}", row.camera, row.coverage.in_words());
    format!("Observed of the period: {}.", document.cameras.iter().map(camera).collect::<Vec<_>>().join(", "))
}

fn drawing(words: &Words, document: &ReportDocument, starts: &[jiff::Zoned], step: Step, size: Size) -> Markup {
    let (start, end) = (UtcMicros::from(document.start.timestamp()), UtcMicros::from(document.end.timestamp()));
    let times = TimeScale { start, end, left: 8.0, right: size.width() - 8.0 };
    let (pattern, blind) = hatching(&words.id, size);
    let foot = ROW * document.cameras.len() as f64;
    let content = html! {
        (pattern)
        @for (index, camera) in document.cameras.iter().enumerate() {
            @let y = ROW * index as f64;
            text class="direct" x="8" y=(px(y + 14.0)) { (camera.camera) }
            text class="direct" x=(px(times.right)) y=(px(y + 14.0)) text-anchor="end" { (camera.coverage.in_words()) }
            @for (from, until, state) in fields(&document.quarters[index], start, end, camera.coverage) {
                (field(from, until, state, &times, y + 20.0, &blind))
            }
        }
        (time_axis(starts.iter(), &times, foot, step, size, 0.0))
    };
    svg(words, size, foot + 24.0, content)
}

fn field(from: UtcMicros, until: UtcMicros, state: State, times: &TimeScale, y: f64, blind: &str) -> Markup {
    let (x, width) = (px(times.x(from)), px(times.x(until) - times.x(from)));
    let (y, height) = (px(y), px(BAR));
    html! {
        @match state {
            State::Blind => rect fill=(blind) x=(x) y=(y) width=(width) height=(height) {},
            State::Partial => rect class="seen-partial" x=(x) y=(y) width=(width) height=(height) {},
            State::Degraded => rect class="seen-degraded" x=(x) y=(y) width=(width) height=(height) {},
            State::Full => rect class="seen" x=(x) y=(y) width=(width) height=(height) {},
        }
    }
}

/// Stretches of the same state.
fn fields(
    quarters: &[QuarterCoverage],
    start: UtcMicros,
    end: UtcMicros,
    coverage: Coverage,
) -> Vec<(UtcMicros, UtcMicros, State)> {
    let length = (end.0 - start.0).max(1) / (QUARTER_US * FIELDS) * QUARTER_US + QUARTER_US;
    let mut fields: Vec<(UtcMicros, UtcMicros, State)> = Vec::new();
    let mut from = start.0;
    while from < end.0 {
        let until = (from + length).min(end.0);
        let state = if coverage == Coverage::Unknown { State::Degraded } else { state(quarters, from, until) };
        match fields.last_mut() {
            Some(last) if last.2 == state => last.1 = UtcMicros(until),
            _ => fields.push((UtcMicros(from), UtcMicros(until), state)),
        }
        from = until;
    }
    fields
}

fn state(quarters: &[QuarterCoverage], from: i64, until: i64) -> State {
    let first = quarters.partition_point(|quarter| quarter.quarter.0 < from);
    let after = quarters.partition_point(|quarter| quarter.quarter.0 < until);
    let within = &quarters[first..after.max(first)];
    let share = Share {
        observed_us: within.iter().map(|quarter| quarter.observed_us).sum(),
        degraded_us: within.iter().map(|quarter| quarter.degraded_us).sum(),
        length_us: u64::try_from(until - from).unwrap_or(0),
    };
    let coverage = Coverage::new(share, false);
    match coverage {
        Coverage::Blind | Coverage::Unknown => State::Blind,
        Coverage::Observed(_) if coverage.is_nearly_full() => State::Full,
        Coverage::Observed(_) if coverage.is_degraded() => State::Degraded,
        Coverage::Observed(_) => State::Partial,
    }
}
