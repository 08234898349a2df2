//! Everything that is drawn over one picture of a camera while it is counted, as plain data.

use super::canvas::{Canvas, DrawError};
use super::overlay::{LineMark, TrackMark, draw_counts, draw_line, draw_region, draw_track};
use crate::geometry::{Point, Rect, Segment};
use crate::source::Picture;

/// What is known of one picture. Places are in pixels of the picture as the camera sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Size of the camera's picture, pixels.
    pub width: usize,
    pub height: usize,
    /// `None`: the whole picture is looked at.
    pub region: Option<Rect>,
    pub lines: Vec<SceneLine>,
    pub tracks: Vec<SceneTrack>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SceneLine {
    pub name: String,
    pub segment: Segment,
    /// A vehicle has just crossed.
    pub flashing: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SceneTrack {
    pub id: u64,
    pub label: String,
    pub rect: Rect,
    /// Anchor places, oldest first.
    pub path: Vec<Point>,
}

impl Scene {
    /// Draws it, and rows of text, on the picture, which may be smaller than the camera sent it.
    pub fn draw(&self, picture: &mut Picture, rows: &[String]) -> Result<(), DrawError> {
        let (x, y) =
            (picture.width() as f64 / self.width.max(1) as f64, picture.height() as f64 / self.height.max(1) as f64);
        let mut canvas = Canvas::on(picture)?;
        if let Some(region) = &self.region {
            draw_region(&mut canvas, &region.scaled(x, y))?;
        }
        for line in &self.lines {
            let segment = line.segment.scaled(x, y);
            draw_line(&mut canvas, &LineMark { name: &line.name, segment, flashing: line.flashing })?;
        }
        for track in &self.tracks {
            let path: Vec<Point> = track.path.iter().map(|place| Point::new(place.x * x, place.y * y)).collect();
            let rect = track.rect.scaled(x, y);
            draw_track(&mut canvas, &TrackMark { id: track.id, label: &track.label, rect, path: &path })?;
        }
        draw_counts(&mut canvas, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_shrinks_with_the_picture() {
        let segment = Segment::new(Point::new(0.0, 200.0), Point::new(800.0, 200.0));
        let line = SceneLine { name: "gate".to_owned(), segment, flashing: true };
        let scene = Scene { width: 800, height: 400, region: None, lines: vec![line], tracks: Vec::new() };
        let is_drawn = |picture: &Picture, x: usize, y: usize| {
            let at = (y * picture.width() + x) * 3;
            picture.bgr()[at..at + 3] == [255, 255, 255]
        };
        for (width, height) in [(800, 400), (400, 200)] {
            let mut picture = Picture::filled(width, height, [0; 3]);
            scene.draw(&mut picture, &[]).unwrap();
            // Between the arrows, which stand at 0.35 and 0.65 of the line.
            assert!(is_drawn(&picture, width / 2, height / 2), "{width}");
            assert!(!is_drawn(&picture, width / 2, height / 4), "{width}");
        }
    }
}
