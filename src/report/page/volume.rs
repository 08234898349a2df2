//! Entries above and exits below a line, step by step.

use maud::{Markup, html};

use super::chart::{NumberScale, Size, TimeScale, Words, grouped, hatching, number_axis, px, svg, time_axis};
use crate::report::buckets::Step;
use crate::report::coverage::Coverage;
use crate::report::lots::LotFigures;
use crate::time::UtcMicros;

const LEFT: f64 = 44.0;
const TOP: f64 = 18.0;
const FOOT: f64 = 26.0;

/// `steps` of one lot, in order of time.
pub fn volume_chart(id: &str, steps: &[&LotFigures], step: Step) -> Markup {
    let words = Words { id: id.to_owned(), title: "Entries and exits", description: description(steps) };
    html! {
        @for size in Size::BOTH { (drawing(&words, steps, step, size)) }
    }
}

fn description(steps: &[&LotFigures]) -> String {
    let most = |of: fn(&LotFigures) -> u64| {
        let most =
            steps.iter().map(|row| (*row, of(row))).reduce(|best, next| if next.1 > best.1 { next } else { best });
        most.and_then(|(row, number)| Some((row.bucket.as_ref()?.start.strftime("%Y-%m-%d %H:%M").to_string(), number)))
    };
    let words = |what: &str, most: Option<(String, u64)>| match most {
        Some((start, number)) if number > 0 => format!("most {what} from {start}: {number}"),
        _ => format!("no {what}"),
    };
    let blind = steps.iter().filter(|row| row.coverage == Coverage::Blind).count();
    let mut text = format!(
        "Bars step by step, entries upwards and exits downwards; {}; {}.",
        words("entries", most(|row| row.entries)),
        words("exits", most(|row| row.exits))
    );
    if blind > 0 {
        text.push_str(&format!(" {blind} of {} steps were not observed.", steps.len()));
    }
    text
}

fn drawing(words: &Words, steps: &[&LotFigures], step: Step, size: Size) -> Markup {
    let height = if size == Size::Wide { 260.0 } else { 220.0 };
    let moment = |of: fn(&crate::report::Bucket) -> &jiff::Zoned, row: Option<&&LotFigures>| {
        row.and_then(|row| row.bucket.as_ref()).map_or(UtcMicros(0), |bucket| UtcMicros::from(of(bucket).timestamp()))
    };
    let (start, end) = (moment(|bucket| &bucket.start, steps.first()), moment(|bucket| &bucket.end, steps.last()));
    let times = TimeScale { start, end, left: LEFT, right: size.width() - 8.0 };
    let most = |of: fn(&LotFigures) -> u64| steps.iter().map(|row| of(row)).max().unwrap_or(0) as f64;
    let (entries, exits) = (most(|row| row.entries), most(|row| row.exits));
    let numbers = NumberScale::new(-exits, entries, TOP, height - FOOT);
    let (pattern, blind) = hatching(&words.id, size);
    let starts = steps.iter().filter_map(|row| row.bucket.as_ref()).map(|bucket| &bucket.start);
    // Days and longer are named below their middle, hours at their beginning.
    let shift = if step >= Step::Day { (times.right - times.left) / steps.len().max(1) as f64 / 2.0 } else { 0.0 };
    let content = html! {
        (pattern)
        (number_axis(&numbers, LEFT, times.right, |tick| grouped(tick.abs() as i64)))
        @for row in steps { (bars(row, &times, &numbers, &blind, height)) }
        (time_axis(starts, &times, height - FOOT, step, size, shift))
        text class="direct halo entries" x=(px(LEFT + 4.0)) y=(px(TOP - 6.0)) { "▲ entries" }
        text class="direct halo exits" x=(px(times.right)) y=(px(height - FOOT - 5.0)) text-anchor="end" { "▼ exits" }
    };
    svg(words, size, height, content)
}

fn bars(row: &LotFigures, times: &TimeScale, numbers: &NumberScale, blind: &str, height: f64) -> Markup {
    let Some(bucket) = &row.bucket else { return html! {} };
    let (from, until) =
        (times.x(UtcMicros::from(bucket.start.timestamp())), times.x(UtcMicros::from(bucket.end.timestamp())));
    let margin = ((until - from) * 0.12).min(24.0);
    let (x, width) = (px(from + margin), px(until - from - 2.0 * margin));
    let zero = numbers.y(0.0);
    let what = format!(
        "{} {}: {} entries, {} exits, observed {}",
        bucket.start.strftime("%Y-%m-%d %H:%M %:z"),
        bucket.end.strftime("to %H:%M"),
        row.coverage.count_in_words(row.entries),
        row.coverage.count_in_words(row.exits),
        row.coverage.in_words()
    );
    let whole = px(height - FOOT - TOP);
    html! {
        g {
            title { (what) }
            @if row.coverage == Coverage::Blind {
                rect fill=(blind) x=(px(from)) y=(px(TOP)) width=(px(until - from)) height=(whole) {}
            } @else {
                @if !row.coverage.is_nearly_full() {
                    rect class="partial" x=(px(from)) y=(px(TOP)) width=(px(until - from)) height=(whole) {}
                }
                @if row.entries > 0 {
                    @let top = numbers.y(row.entries as f64);
                    rect class="entries" x=(x) y=(px(top)) width=(width) height=(px(zero - top)) {}
                }
                @if row.exits > 0 {
                    @let bottom = numbers.y(-(row.exits as f64));
                    rect class="exits" x=(x) y=(px(zero)) width=(width) height=(px(bottom - zero)) {}
                }
            }
        }
    }
}
