//! The layout at several sizes, from fixed data.

use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::alert::Level;

fn at(hour: i8, minute: i8, second: i8) -> Zoned {
    date(2026, 6, 15).at(hour, minute, second, 0).to_zoned(TimeZone::get("Europe/Berlin").unwrap()).unwrap()
}

fn lot(name: &str, depth: usize, inside: i64, capacity: Option<i64>) -> Lot {
    let flag = capacity.filter(|capacity| inside > *capacity).map(|_| "over-capacity");
    let flag = if inside < 0 { Some("below-zero") } else { flag };
    Lot { name: name.to_owned(), depth, inside: Some(inside), capacity, band: Some((inside - 3, inside + 4)), flag }
}

fn camera(name: &str, state: State, reason: Option<&str>, detail: Option<&str>) -> Camera {
    let counting = state == State::Counting;
    Camera {
        name: name.to_owned(),
        state,
        reason: reason.map(str::to_owned),
        detail: detail.map(str::to_owned),
        fps: counting.then_some(14.96),
        looks: counting.then_some(6.02),
        dropped: counting.then_some(3),
        coverage: counting.then_some(0.998),
    }
}

/// A quarter past two on a busy Monday.
fn dashboard() -> Dashboard {
    let crossing = |index: i8| Crossing {
        at: at(14, 12, 59).checked_sub(jiff::Span::new().seconds(i64::from(index) * 37)).unwrap(),
        camera: ["north-gate", "ramp", "北口駐車場"][usize::from(index.unsigned_abs()) % 3].to_owned(),
        line: "gate".to_owned(),
        is_entry: index % 5 < 3,
        class: ["car", "van", "truck"][usize::from(index.unsigned_abs()) % 3].to_owned(),
    };
    let alert = |id, level, kind, of: &str, detail: &str| Alert {
        id,
        level,
        kind,
        of: of.to_owned(),
        began: at(12, 40, 0),
        detail: detail.to_owned(),
    };
    let quarter = |index: u64| Quarter {
        entries: if index < 24 { 0 } else { (index - 24) % 17 + 2 },
        exits: if index < 30 { 0 } else { (index * 7) % 11 },
        seen: Some(if (4..12).contains(&index) { 0.1 } else { 1.0 }),
    };
    let line = |camera: &str, line: &str, entries, exits| Line {
        camera: camera.to_owned(),
        line: line.to_owned(),
        entries,
        exits,
    };
    Dashboard {
        site: "Sample car park".to_owned(),
        at: at(14, 13, 5),
        is_read: true,
        trouble: None,
        run: "started 2026-06-01 06:00".to_owned(),
        lots: vec![
            lot("main", 0, 82, Some(120)),
            lot("deck", 1, 41, Some(40)),
            lot("garage of the old town hall", 0, -2, Some(300)),
            lot("yard", 0, 7, None),
        ],
        lines: vec![
            line("north-gate", "gate", 311, 229),
            line("ramp", "gate", 40, 8),
            line("北口駐車場", "gate", 0, 0),
        ],
        cameras: vec![
            camera("north-gate", State::Counting, None, None),
            camera("ramp", State::Troubled, Some("stalled"), Some("since 14:11: no new frame for 95 s")),
            camera("北口駐車場", State::Connecting, None, None),
            camera("film", State::Done, None, None),
        ],
        crossings: (0..60).map(crossing).collect(),
        alerts: vec![
            alert(7, Level::Critical, "camera-down", "ramp", "no picture for 95 s: no new frame (stalled)"),
            alert(3, Level::Warning, "over-capacity", "deck", "41 vehicles inside, and 40 spaces"),
        ],
        quarters: (0..57).map(quarter).collect(),
        quarters_today: 96,
    }
}

fn shown(dashboard: &Dashboard, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, dashboard, Look { color: true })).unwrap();
    let cells = terminal.backend().buffer().content().chunks(columns.into());
    cells.map(|row| in_words(row) + "\n").collect()
}

/// What a terminal shows of a row: the cells that a wide character covers are not seen.
fn in_words(row: &[ratatui::buffer::Cell]) -> String {
    let (mut shown, mut covered) = (String::new(), 0);
    for cell in row {
        if covered == 0 {
            shown.push_str(cell.symbol());
            covered = text::width(cell.symbol());
        }
        covered = covered.saturating_sub(1);
    }
    shown
}

/// The files are reviewed by eye when the layout changes: `INSTA_UPDATE=always cargo test dashboard`.
fn assert_looks(name: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/dashboard");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn it_looks_as_it_was_approved() {
    let dashboard = dashboard();
    for (columns, rows) in [(40, 10), (40, 40), (80, 24), (120, 30), (200, 50), (300, 20)] {
        assert_looks(&format!("{columns}x{rows}"), &shown(&dashboard, columns, rows));
    }
    let trouble = Some("as of 14:13: the database is busy".to_owned());
    assert_looks("trouble", &shown(&Dashboard { trouble, ..dashboard.clone() }, 80, 12));
    let empty = Dashboard {
        is_read: false,
        trouble: Some("there is no database /var/lib/lotcount.db yet: `lotcount run` makes it".to_owned()),
        run: String::new(),
        lots: vec![Lot { inside: None, band: None, ..lot("main", 0, 0, Some(120)) }],
        lines: Vec::new(),
        cameras: vec![camera("north-gate", State::Unknown, None, None)],
        crossings: Vec::new(),
        alerts: Vec::new(),
        quarters: Vec::new(),
        ..dashboard
    };
    assert_looks("nothing", &shown(&empty, 80, 24));
}

#[test]
fn without_colour_nothing_is_coloured_and_everything_is_said() {
    let draw_with = |color| {
        let mut terminal = Terminal::new(TestBackend::new(80, 40)).unwrap();
        terminal.draw(|frame| draw(frame, &dashboard(), Look { color })).unwrap();
        terminal.backend().buffer().clone()
    };
    let (colored, plain) = (draw_with(true), draw_with(false));
    let symbols =
        |buffer: &ratatui::buffer::Buffer| buffer.content().iter().map(|cell| cell.symbol().to_owned()).collect();
    let (with, without): (Vec<String>, Vec<String>) = (symbols(&colored), symbols(&plain));
    assert_eq!(with, without);
    let reset = ratatui::style::Color::Reset;
    assert!(plain.content().iter().all(|cell| (cell.fg, cell.bg) == (reset, reset)));
    assert!(colored.content().iter().any(|cell| cell.fg != reset));
}

#[test]
fn a_pipe_gets_a_line_for_each_change() {
    let before = dashboard();
    assert_eq!(changes(&before, &before), Vec::<String>::new());
    assert_eq!(lines_of(&before).len(), 1 + 4 + 4 + 2);
    let mut after = before.clone();
    after.at = at(14, 13, 9);
    let new = Crossing { at: at(14, 13, 8), is_entry: false, ..before.crossings[0].clone() };
    after.crossings.insert(0, new);
    after.crossings.pop();
    after.lots[0] = lot("main", 0, 81, Some(120));
    after.cameras[2].state = State::Counting;
    // Numbers that change all the time are no change.
    after.cameras[0].fps = Some(15.0);
    after.alerts.remove(0);
    after.trouble = Some("as of 14:13: the database is busy".to_owned());
    let told = "\
2026-06-15T14:13:09+02:00 trouble: as of 14:13: the database is busy
2026-06-15T14:13:08+02:00 exit north-gate/gate car
2026-06-15T14:13:09+02:00 lot main: 81 of 120
2026-06-15T14:13:09+02:00 camera 北口駐車場: counting
2026-06-15T14:13:09+02:00 alert over camera-down ramp";
    assert_eq!(changes(&before, &after).join("\n"), told);
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,64}", "\\PC{1,20}", any::<String>(), "[北口👩\u{200d}\u{301}\u{202e}\x1b]{1,30}"]
}

proptest! {
    #[test]
    fn no_size_and_no_name_breaks_it(
        columns in 1..320u16, rows in 1..90u16, names in prop::collection::vec(name(), 4), inside in any::<i64>(),
        many in 0..9usize, quarters in 0..=100usize,
    ) {
        let mut dashboard = dashboard();
        dashboard.site.clone_from(&names[0]);
        dashboard.lots[0].name.clone_from(&names[1]);
        dashboard.lots[1].inside = Some(inside);
        dashboard.cameras[1].name.clone_from(&names[2]);
        dashboard.alerts[0].detail.clone_from(&names[3]);
        dashboard.lots = dashboard.lots.iter().cloned().cycle().take(many * 3).collect();
        dashboard.cameras = dashboard.cameras.iter().cloned().cycle().take(many * 7).collect();
        dashboard.quarters = vec![Quarter { entries: 5, exits: 0, seen: None }; quarters];
        dashboard.quarters_today = 100;
        let shown = shown(&dashboard, columns, rows);
        prop_assert_eq!(shown.lines().count(), usize::from(rows));
        prop_assert!(!shown.chars().any(|letter| letter.is_control() && letter != '\n'));
    }

    #[test]
    fn how_full_the_lots_are_is_shown_wherever_there_is_room(columns in 40..=300u16, rows in 10..=90u16) {
        let shown = shown(&dashboard(), columns, rows);
        for part in ["82 / 120", "41 / 40", "over-capacity"] {
            prop_assert!(shown.contains(part), "no {} in\n{}", part, shown);
        }
        prop_assert!(shown.contains("camera-down"), "{shown}");
    }
}
