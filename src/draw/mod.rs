//! Drawing on pictures, for people: a snapshot on which to place a line, and the annotated video of a run.

mod canvas;
mod overlay;

pub use canvas::{Canvas, DrawError, encode_png};
pub use overlay::{LineMark, TrackMark, draw_box, draw_counts, draw_line, draw_region, draw_track};
