//! A dashboard into a frame of any size. Draws and knows nothing else.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as Row, Span};

use super::columns::{ALERTS, CAMERAS, CROSSINGS, LINES, LOTS, TODAY, columns, share_rows};
use super::model::Dashboard;
use super::sections::{self, Section};
use super::style::Look;
use super::text::{fit, left, width};

/// What is shown first when there is little room.
const RANKS: [usize; 6] = [LOTS, ALERTS, CAMERAS, CROSSINGS, LINES, TODAY];
/// ... when no alert is open.
const QUIET_RANKS: [usize; 6] = [LOTS, CAMERAS, CROSSINGS, LINES, TODAY, ALERTS];

pub fn draw(frame: &mut Frame, dashboard: &Dashboard, look: Look) {
    let area = frame.area();
    if area.width == 0 || area.height == 0 {
        return;
    }
    put(frame, area, 0, head(dashboard, look, area.width.into()));
    if area.height > 2 {
        let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
        for (left, width, sections) in columns(area.width) {
            draw_column(frame, Rect { x: area.x + left, width, ..body }, sections, dashboard, look);
        }
    }
    if area.height > 1 {
        put(frame, area, area.height - 1, foot(dashboard, look, area.width.into()));
    }
}

fn put(frame: &mut Frame, area: Rect, row: u16, line: Row) {
    frame.buffer_mut().set_line(area.x, area.y + row, &line, area.width);
}

fn section(number: usize, dashboard: &Dashboard, look: Look, columns: usize, rows: usize) -> Section {
    match number {
        LOTS => sections::lots(dashboard, look, columns, rows),
        ALERTS => sections::alerts(dashboard, look, columns),
        CAMERAS => sections::cameras(dashboard, look, columns),
        LINES => sections::lines(dashboard, look, columns),
        CROSSINGS => sections::crossings(dashboard, look, columns),
        _ => sections::today(dashboard, look, columns),
    }
}

fn draw_column(frame: &mut Frame, area: Rect, numbers: &[usize], dashboard: &Dashboard, look: Look) {
    let (columns, rows) = (usize::from(area.width), usize::from(area.height));
    let sections: Vec<Section> =
        numbers.iter().map(|number| section(*number, dashboard, look, columns, rows)).collect();
    let needs: Vec<_> = sections.iter().map(|section| section.least + 1..section.rows.len() + 1).collect();
    let place = |rank: &usize| numbers.iter().position(|number| number == rank);
    let ranks = if dashboard.alerts.is_empty() { QUIET_RANKS } else { RANKS };
    let ranks: Vec<usize> = ranks.iter().filter_map(place).collect();
    let mut at = 0;
    for (section, given) in sections.into_iter().zip(share_rows(&needs, &ranks, rows)) {
        if given == 0 {
            continue;
        }
        let (all, shown) = (section.rows.len(), given - 1);
        let title = match section.endless || shown >= all {
            true => section.title,
            false => format!("{} ({} more)", section.title, all - shown),
        };
        put(frame, area, at, rule(&title, look, columns));
        for row in section.rows.into_iter().take(shown) {
            at += 1;
            put(frame, area, at, row);
        }
        at += 1;
    }
}

/// A title and a line to the edge.
fn rule(title: &str, look: Look, columns: usize) -> Row<'static> {
    let title = fit(title, columns);
    let line = "─".repeat(columns.saturating_sub(width(&title) + 1));
    Row::from(vec![Span::styled(title, look.title()), Span::raw(" "), Span::styled(line, look.dim())])
}

fn head(dashboard: &Dashboard, look: Look, columns: usize) -> Row<'static> {
    let at = dashboard.at.strftime(if columns < 60 { " %H:%M " } else { " %a %Y-%m-%d %H:%M %Z " }).to_string();
    let name = left(&format!(" {}", dashboard.site), columns.saturating_sub(width(&at)));
    Row::styled(name + &fit(&at, columns), look.head())
}

fn foot(dashboard: &Dashboard, look: Look, columns: usize) -> Row<'static> {
    let (said, style) = match &dashboard.trouble {
        Some(trouble) => (format!("! {trouble}"), look.warning()),
        None => (dashboard.run.clone(), look.dim()),
    };
    let keys = "q quits";
    if columns < width(keys) + 12 {
        return Row::styled(fit(&said, columns), style);
    }
    let said = left(&said, columns - width(keys) - 1);
    Row::from(vec![Span::styled(said, style), Span::styled(" ", Style::new()), Span::styled(keys, look.dim())])
}
