//! What people see on the pictures: the region, lines with their ENTRY and EXIT arrows, boxes, tracks and counts.

use super::canvas::{Canvas, Colour, DrawError};
use crate::detect::Detection;
use crate::geometry::{Point, Rect, Segment};

const ENTRY: Colour = [80, 220, 60];
const EXIT: Colour = [40, 120, 255];
const LINE: Colour = [0, 215, 255];
const FLASH: Colour = [255, 255, 255];
const REGION: Colour = [190, 160, 60];
const BOX: Colour = [255, 190, 60];
const IGNORED: Colour = [150, 150, 150];

/// Easily told apart on asphalt; a track keeps its colour for life.
const TRACK_COLOURS: [Colour; 6] =
    [[255, 190, 60], [120, 255, 120], [255, 120, 255], [90, 230, 255], [255, 255, 110], [140, 150, 255]];

/// A counting line as drawn.
pub struct LineMark<'a> {
    pub name: &'a str,
    /// pixels
    pub segment: Segment,
    /// a car has just crossed
    pub flashing: bool,
}

/// A track as drawn.
pub struct TrackMark<'a> {
    pub id: u64,
    pub label: &'a str,
    pub rect: Rect,
    /// anchor places, oldest first
    pub path: &'a [Point],
}

pub fn draw_region(canvas: &mut Canvas, region: &Rect) -> Result<(), DrawError> {
    canvas.rectangle(region, REGION, 1.0)?;
    canvas.text("region", Point::new(region.x1 + 3.0, region.y1 + 3.0), REGION)
}

/// The line from A to B with an arrow each way, so that nobody has to know which hand is which.
pub fn draw_line(canvas: &mut Canvas, line: &LineMark) -> Result<(), DrawError> {
    let (a, b) = (line.segment.a, line.segment.b);
    canvas.line(a, b, if line.flashing { FLASH } else { LINE }, if line.flashing { 5.0 } else { 2.0 })?;
    canvas.dot(a, LINE, 3.0)?;
    canvas.dot(b, LINE, 3.0)?;
    canvas.text("A", Point::new(a.x, a.y + 6.0 * canvas.scale()), LINE)?;
    canvas.text(&format!("B  {}", line.name), Point::new(b.x, b.y + 6.0 * canvas.scale()), LINE)?;
    // With y growing down, (-dy, dx) points to the right hand of who looks from A to B: the way of an entry.
    let length = line.segment.length().max(1.0);
    let normal = Point::new(-(b.y - a.y) / length, (b.x - a.x) / length);
    let reach = 34.0 * canvas.scale();
    for (share, sign, name, colour) in [(0.35, 1.0, "ENTRY", ENTRY), (0.65, -1.0, "EXIT", EXIT)] {
        let foot = Point::new(a.x + share * (b.x - a.x), a.y + share * (b.y - a.y));
        let ahead =
            |distance: f64| Point::new(foot.x + sign * distance * normal.x, foot.y + sign * distance * normal.y);
        canvas.arrow(ahead(-0.3 * reach), ahead(reach), colour, 2.0)?;
        let (width, height) = canvas.text_size(name)?;
        let label = ahead(reach + 0.5 * (normal.x.abs() * width + normal.y.abs() * height) + 4.0 * canvas.scale());
        canvas.text(name, Point::new(label.x - width / 2.0, label.y - height / 2.0), colour)?;
    }
    Ok(())
}

/// A detection with its class and score; what is not counted is grey.
pub fn draw_box(canvas: &mut Canvas, detection: &Detection) -> Result<(), DrawError> {
    let colour = if detection.class.is_counted() { BOX } else { IGNORED };
    canvas.rectangle(&detection.rect, colour, 1.0)?;
    let text = format!("{} {:.2}", detection.class, detection.score);
    let (_, height) = canvas.text_size(&text)?;
    canvas.text(&text, Point::new(detection.rect.x1, detection.rect.y1 - height), colour)
}

/// A track's box, name and way so far.
pub fn draw_track(canvas: &mut Canvas, track: &TrackMark) -> Result<(), DrawError> {
    let colour = TRACK_COLOURS[(track.id % TRACK_COLOURS.len() as u64) as usize];
    canvas.rectangle(&track.rect, colour, 2.0)?;
    for step in track.path.windows(2) {
        canvas.line(step[0], step[1], colour, 1.0)?;
    }
    if let Some(&anchor) = track.path.last() {
        canvas.dot(anchor, colour, 2.5)?;
    }
    let (_, height) = canvas.text_size(track.label)?;
    canvas.text(track.label, Point::new(track.rect.x1, track.rect.y1 - height), colour)
}

/// One row of text per line in the upper left corner.
pub fn draw_counts(canvas: &mut Canvas, rows: &[String]) -> Result<(), DrawError> {
    let step = 18.0 * canvas.scale();
    for (index, row) in rows.iter().enumerate() {
        canvas.text(row, Point::new(4.0, 4.0 + step * index as f64), [255, 255, 255])?;
    }
    Ok(())
}
