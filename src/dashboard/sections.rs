//! The rows of each section, as wide as its column.

use ratatui::style::Style;
use ratatui::text::{Line as Row, Span};

use super::model::{Alert, Camera, Crossing, Dashboard, Lot, Quarter, State};
use super::style::Look;
use super::text::{fit, left, right, widest, width};

pub struct Section {
    pub title: String,
    pub rows: Vec<Row<'static>>,
    /// Fewer rows than this are not worth showing.
    pub least: usize,
    /// Rows that do not fit are not missed, and not told.
    pub endless: bool,
}

/// Narrower than this, numbers that an operator needs less are left out.
const WIDE: usize = 60;

type Word = (String, Style);

/// Words at the left, as far as they have room, and words at the right.
fn row(columns: usize, left_words: Vec<Word>, right_words: Vec<Word>) -> Row<'static> {
    let taken: usize = right_words.iter().map(|(word, _)| width(word)).sum();
    let mut room = if taken == 0 { columns } else { columns.saturating_sub(taken + 1) };
    let mut spans = Vec::new();
    for (word, style) in left_words {
        let word = fit(&word, room);
        room -= width(&word);
        spans.push(Span::styled(word, style));
    }
    if taken > 0 && taken < columns {
        spans.push(Span::raw(" ".repeat(room + 1)));
        spans.extend(right_words.into_iter().map(|(word, style)| Span::styled(word, style)));
    }
    Row::from(spans)
}

fn plain(word: impl Into<String>) -> Word {
    (word.into(), Style::new())
}

/// `rows` are those of the whole terminal: with few of them a lot has one only.
pub fn lots(dashboard: &Dashboard, look: Look, columns: usize, rows: usize) -> Section {
    let name = |lot: &Lot| format!("{}{}", "  ".repeat(lot.depth.min(4)), lot.name);
    let names: Vec<String> = dashboard.lots.iter().map(name).collect();
    let numbers: Vec<String> = dashboard.lots.iter().map(number).collect();
    let widths = (
        widest(names.iter().map(String::as_str), columns / 3),
        widest(numbers.iter().map(String::as_str), columns / 3),
    );
    let single = columns >= WIDE || 2 * dashboard.lots.len() + 10 > rows;
    let mut lines = Vec::new();
    for (lot, (name, number)) in dashboard.lots.iter().zip(names.iter().zip(&numbers)) {
        let mut words =
            vec![plain(left(name, widths.0)), plain("  "), (right(number, widths.1), look.strong()), plain("  ")];
        let share = lot.utilization().map_or("     ".to_owned(), |share| format!("{:>3.0} %", 100.0 * share));
        let note = note(lot, look, if columns >= WIDE { "95 %: " } else { "" });
        let room = columns.saturating_sub(widths.0 + widths.1 + 4);
        let flag = lot.flag.map_or(0, width);
        if single && flag > 0 && room < 7 + 10 + 2 + flag {
            // What cannot be matters more than a bar.
            words.push((fit(&note.0, room), note.1));
            lines.push(row(columns, words, Vec::new()));
        } else if single {
            words.push(plain(share));
            words.push(plain("  "));
            let room = room.saturating_sub(7);
            let noted = if room >= 24 { 22.min(room - 10) } else { 0 };
            words.extend(bar(lot, look, room.saturating_sub(if noted > 0 { noted + 2 } else { 0 })));
            if noted > 0 {
                words.push(plain("  "));
                words.push((fit(&note.0, noted), note.1));
            }
            lines.push(row(columns, words, Vec::new()));
        } else {
            words.pop();
            lines.push(row(columns, words, vec![note]));
            let mut words = bar(lot, look, columns.saturating_sub(6));
            words.push(plain(format!(" {share}")));
            lines.push(row(columns, words, Vec::new()));
        }
    }
    let least = lines.len().min(rows / 2);
    Section { title: "Lots".to_owned(), rows: lines, least, endless: false }
}

/// `82 / 120`
fn number(lot: &Lot) -> String {
    let inside = lot.inside.map_or("?".to_owned(), |inside| inside.to_string());
    match lot.capacity {
        Some(capacity) => format!("{inside} / {capacity}"),
        None => inside,
    }
}

/// What cannot be, or where the true number lies.
fn note(lot: &Lot, look: Look, before: &str) -> Word {
    match (lot.flag, lot.band) {
        (Some(flag), _) => (flag.to_owned(), look.bad()),
        (None, Some((low, high))) => (format!("{before}{low} to {high}"), look.dim()),
        (None, None) if lot.inside.is_some() => ("never told".to_owned(), look.dim()),
        (None, None) => ("not counted yet".to_owned(), look.dim()),
    }
}

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Nothing where there is no capacity.
fn bar(lot: &Lot, look: Look, columns: usize) -> Vec<Word> {
    let Some(share) = lot.utilization() else { return vec![plain(" ".repeat(columns))] };
    let eighths = (share.clamp(0.0, 1.0) * 8.0 * columns as f64).round() as usize;
    let part = EIGHTHS[eighths % 8];
    let full = format!("{}{part}", "█".repeat(eighths / 8));
    let empty = "░".repeat(columns - eighths / 8 - usize::from(!part.is_empty()));
    vec![(full, look.fill(share)), (empty, look.dim())]
}

pub fn alerts(dashboard: &Dashboard, look: Look, columns: usize) -> Section {
    let of_alert = |alert: &Alert| {
        let began =
            alert.began.strftime(if alert.began.date() == dashboard.at.date() { "%H:%M" } else { "%d %b %H:%M" });
        let mut words = vec![(format!("{} {}", alert.level.word(), alert.kind), look.level(alert.level))];
        words.push(plain(format!(" {}", alert.of)));
        if columns >= 2 * WIDE {
            words.push((format!("  {}", alert.detail), look.dim()));
            return vec![row(columns, words, vec![(began.to_string(), look.dim())])];
        }
        vec![
            row(columns, words, vec![(began.to_string(), look.dim())]),
            row(columns, vec![(format!("  {}", alert.detail), look.dim())], Vec::new()),
        ]
    };
    let mut rows: Vec<Row> = dashboard.alerts.iter().flat_map(of_alert).collect();
    if rows.is_empty() {
        rows.push(row(columns, vec![("none open".to_owned(), look.dim())], Vec::new()));
    }
    let title = match dashboard.alerts.len() {
        0 => "Alerts".to_owned(),
        open => format!("Alerts: {open} open"),
    };
    Section { title, rows, least: 1, endless: true }
}

fn mark(state: State) -> &'static str {
    match state {
        State::Counting => "●",
        State::Connecting => "○",
        State::Troubled => "!",
        State::Failed => "X",
        State::Done => "=",
        State::Unknown => "?",
    }
}

pub fn cameras(dashboard: &Dashboard, look: Look, columns: usize) -> Section {
    let names = widest(dashboard.cameras.iter().map(|camera| camera.name.as_str()), columns / 3);
    let of_camera = |camera: &Camera| {
        let style = look.state(camera.state);
        let mut words =
            vec![(format!("{} ", mark(camera.state)), style), plain(left(&camera.name, names)), plain("  ")];
        // A reason says more than that the state is not known.
        let state = Some(camera.state.word()).filter(|_| camera.state != State::Unknown || camera.reason.is_none());
        let said: Vec<&str> = state.into_iter().chain(camera.reason.as_deref()).collect();
        words.push((said.join(" "), style));
        words.extend(camera.detail.as_ref().map(|detail| (format!("  {detail}"), look.dim())));
        let mut numbers = Vec::new();
        if columns >= WIDE {
            numbers.extend(camera.looks.map(|looks| format!("{looks:.1} looks/s")));
            numbers.extend(camera.dropped.filter(|dropped| *dropped > 0).map(|dropped| format!("{dropped} dropped")));
        }
        numbers.extend(camera.fps.map(|fps| format!("{fps:.1} fps")));
        numbers.extend(camera.coverage.map(|share| format!("{:.0} %", (100.0 * share).floor())));
        row(columns, words, vec![plain(numbers.join("  "))])
    };
    let rows: Vec<Row> = dashboard.cameras.iter().map(of_camera).collect();
    let counting = dashboard.cameras.iter().filter(|camera| camera.state == State::Counting).count();
    let title = format!("Cameras: {counting} of {} counting", dashboard.cameras.len());
    Section { title, least: rows.len().min(3), rows, endless: false }
}

pub fn lines(dashboard: &Dashboard, look: Look, columns: usize) -> Section {
    let digits = |number: u64| number.to_string().len();
    let most = dashboard.lines.iter().map(|line| digits(line.entries.max(line.exits))).max().unwrap_or(1);
    let sum = dashboard.lines.iter().fold((0, 0), |sum, line| (sum.0 + line.entries, sum.1 + line.exits));
    let most = most.max(digits(sum.0.max(sum.1)));
    let numbers = |entries: u64, exits: u64| {
        let (entries, exits) = (format!("{entries:>most$}"), format!("{exits:>most$}"));
        vec![plain("in "), (entries, look.entry()), plain("  out "), (exits, look.exit())]
    };
    let mut rows: Vec<Row> = Vec::new();
    if dashboard.lines.len() > 1 {
        rows.push(row(columns, vec![("all".to_owned(), look.strong())], numbers(sum.0, sum.1)));
    }
    rows.extend(dashboard.lines.iter().map(|line| {
        let name = format!("{}/{}", line.camera, line.line);
        row(columns, vec![plain(name)], numbers(line.entries, line.exits))
    }));
    Section { title: "Today by line".to_owned(), least: rows.len().min(1), rows, endless: false }
}

pub fn crossings(dashboard: &Dashboard, look: Look, columns: usize) -> Section {
    let of_crossing = |crossing: &Crossing| {
        let is_today = crossing.at.date() == dashboard.at.date();
        let at = crossing.at.strftime(if is_today { "%H:%M:%S" } else { "%d %b %H:%M" }).to_string();
        let (direction, style) =
            if crossing.is_entry { ("→ entry", look.entry()) } else { ("← exit ", look.exit()) };
        let words = vec![
            (left(&at, 8.max(width(&at))), look.dim()),
            plain(" "),
            (direction.to_owned(), style),
            plain(format!("  {}/{}", crossing.camera, crossing.line)),
        ];
        row(columns, words, vec![(crossing.class.clone(), look.dim())])
    };
    let mut rows: Vec<Row> = dashboard.crossings.iter().map(of_crossing).collect();
    if rows.is_empty() {
        rows.push(row(columns, vec![("none yet".to_owned(), look.dim())], Vec::new()));
    }
    Section { title: "Recent crossings".to_owned(), rows, least: 1, endless: true }
}

const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// Columns before a curve.
const LABEL: usize = 4;

/// What is counted of a quarter of an hour.
type Part = fn(&Quarter) -> u64;

/// Entries and exits in the course of the day, each column a quarter of an hour or several.
pub fn today(dashboard: &Dashboard, look: Look, columns: usize) -> Section {
    let room = columns.saturating_sub(LABEL).max(1);
    // Quarters of an hour in a column, and columns of a quarter where there is room for several.
    let step = [1, 2, 3, 4, 6, 8, 12, 16, 24].into_iter().find(|step| dashboard.quarters_today.div_ceil(*step) <= room);
    let step = step.unwrap_or(dashboard.quarters_today.div_ceil(room).max(1));
    let bars = dashboard.quarters_today.div_ceil(step);
    let wide = (room / bars).max(1);
    let buckets: Vec<&[Quarter]> = dashboard.quarters.chunks(step).collect();
    let count = |bucket: &[Quarter], of: Part| bucket.iter().map(of).sum::<u64>();
    let of: [(&str, Part, Style); 2] =
        [("in", |quarter| quarter.entries, look.entry()), ("out", |quarter| quarter.exits, look.exit())];
    let peak = buckets.iter().flat_map(|bucket| of.map(|(_, of, _)| count(bucket, of))).max().unwrap_or(0);
    let mut rows: Vec<Row> = Vec::new();
    for (label, of, style) in of {
        let mut spans = vec![Span::raw(left(label, LABEL))];
        for bucket in &buckets {
            let (letter, style) = match count(bucket, of) {
                0 if is_blind(bucket) => ("×", look.dim()),
                0 => ("·", look.dim()),
                number => (LEVELS[((number * 8).div_ceil(peak) as usize).clamp(1, 8) - 1], style),
            };
            spans.push(Span::styled(letter.repeat(wide), style));
        }
        rows.push(Row::from(spans));
    }
    rows.push(row(columns, vec![(hours(dashboard.quarters_today, step, wide, bars), look.dim())], Vec::new()));
    let each = match step {
        1 => "15 min".to_owned(),
        2 | 3 => format!("{} min", 15 * step),
        step => format!("{} h", step as f64 / 4.0),
    };
    let title = if peak == 0 { "Today".to_owned() } else { format!("Today by {each}, most {peak}") };
    let has_blind = buckets.iter().any(|bucket| is_blind(bucket) && bucket.iter().all(|quarter| quarter.entries == 0));
    let title = if has_blind { format!("{title}; × not seen") } else { title };
    Section { title, least: rows.len(), rows, endless: false }
}

/// Less than half of it was seen.
fn is_blind(bucket: &[Quarter]) -> bool {
    let seen: Vec<f64> = bucket.iter().filter_map(|quarter| quarter.seen).collect();
    !seen.is_empty() && seen.iter().sum::<f64>() < 0.5 * seen.len() as f64
}

/// The hours below the columns, every third or sixth one as there is room.
fn hours(quarters: usize, step: usize, wide: usize, bars: usize) -> String {
    let column = |hour: usize| LABEL + hour * 4 / step * wide;
    let every = [1, 2, 3, 6, 12].into_iter().find(|every| column(*every) - LABEL >= 4).unwrap_or(12);
    let mut text = String::new();
    for hour in (0..quarters / 4).step_by(every) {
        let at = column(hour);
        if at >= width(&text) && at + 2 <= LABEL + bars * wide {
            text = left(&text, at) + &hour.to_string();
        }
    }
    text
}
