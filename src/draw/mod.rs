//! Drawing on pictures, for people: a snapshot on which to place a line, the annotated video of a run, the live picture.

mod canvas;
mod overlay;
mod scene;

pub use canvas::{Canvas, DrawError, encode_jpeg, encode_png, enlarged, no_wider};
pub use overlay::{LineMark, TrackMark, draw_box, draw_counts, draw_line, draw_region, draw_track};
pub use scene::{Scene, SceneLine, SceneTrack};
