//! A line for each change, for pipes, logs and terminals that cannot move their cursor.

use jiff::Zoned;

use super::model::{Camera, Crossing, Dashboard, Lot};

/// All there is at the beginning, short of crossings of the past.
pub fn lines_of(dashboard: &Dashboard) -> Vec<String> {
    let at = &dashboard.at;
    let mut lines: Vec<String> =
        dashboard.trouble.iter().map(|trouble| line(at, &format!("trouble: {trouble}"))).collect();
    if dashboard.is_read {
        lines.push(line(at, &format!("site {}: {}", dashboard.site, dashboard.run)));
        lines.extend(dashboard.lots.iter().map(|lot| line(at, &lot_in_words(lot))));
        lines.extend(dashboard.cameras.iter().map(|camera| line(at, &camera_in_words(camera))));
        lines.extend(dashboard.alerts.iter().map(|alert| {
            line(&alert.began, &format!("alert {} {} {}: {}", alert.level.word(), alert.kind, alert.of, alert.detail))
        }));
    }
    lines
}

/// What is different.
pub fn changes(before: &Dashboard, after: &Dashboard) -> Vec<String> {
    let at = &after.at;
    let mut lines = Vec::new();
    if before.trouble != after.trouble {
        lines.push(line(at, &after.trouble.as_ref().map_or("trouble is over".into(), |why| format!("trouble: {why}"))));
    }
    if !after.is_read {
        return lines;
    }
    if !before.is_read {
        lines.extend(lines_of(&Dashboard { trouble: None, ..after.clone() }));
        return lines;
    }
    if before.run != after.run {
        lines.push(line(at, &format!("site {}: {}", after.site, after.run)));
    }
    lines.extend(new_crossings(before, after).map(crossing_in_words));
    for lot in &after.lots {
        let told = lot_in_words(lot);
        if !before.lots.iter().any(|lot| lot_in_words(lot) == told) {
            lines.push(line(at, &told));
        }
    }
    for camera in &after.cameras {
        let same =
            |other: &Camera| (&other.name, other.state, &other.reason) == (&camera.name, camera.state, &camera.reason);
        if !before.cameras.iter().any(same) {
            lines.push(line(at, &camera_in_words(camera)));
        }
    }
    for alert in after.alerts.iter().filter(|alert| !before.alerts.iter().any(|known| known.id == alert.id)) {
        let words = format!("alert {} {} {}: {}", alert.level.word(), alert.kind, alert.of, alert.detail);
        lines.push(line(&alert.began, &words));
    }
    for alert in before.alerts.iter().filter(|alert| !after.alerts.iter().any(|open| open.id == alert.id)) {
        lines.push(line(at, &format!("alert over {} {}", alert.kind, alert.of)));
    }
    lines
}

fn line(at: &Zoned, words: &str) -> String {
    format!("{} {words}", at.strftime("%Y-%m-%dT%H:%M:%S%:z"))
}

/// The oldest first. What is older than all that was known came to light when something newer went.
fn new_crossings<'a>(before: &'a Dashboard, after: &'a Dashboard) -> impl Iterator<Item = &'a Crossing> {
    let oldest = before.crossings.last().map(|crossing| &crossing.at);
    let is_new = move |crossing: &&Crossing| {
        oldest.is_none_or(|oldest| crossing.at >= *oldest) && !before.crossings.contains(crossing)
    };
    after.crossings.iter().rev().filter(is_new)
}

fn crossing_in_words(crossing: &Crossing) -> String {
    let direction = if crossing.is_entry { "entry" } else { "exit" };
    line(&crossing.at, &format!("{direction} {}/{} {}", crossing.camera, crossing.line, crossing.class))
}

fn lot_in_words(lot: &Lot) -> String {
    let inside = lot.inside.map_or("unknown".to_owned(), |inside| inside.to_string());
    let capacity = lot.capacity.map(|capacity| format!(" of {capacity}")).unwrap_or_default();
    let flag = lot.flag.map(|flag| format!(" {flag}")).unwrap_or_default();
    format!("lot {}: {inside}{capacity}{flag}", lot.name)
}

fn camera_in_words(camera: &Camera) -> String {
    let reason = camera.reason.as_ref().map(|reason| format!(" {reason}")).unwrap_or_default();
    let detail = camera.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!("camera {}: {}{reason}{detail}", camera.name, camera.state.word())
}
