//! What `lotcount watch` shows: occupancy, lines, cameras, crossings and alerts of one site, in a terminal of any size or line by
//! line. The only place that names ratatui.
//!
//! ```text
//! database ─ feed (a thread) ─▶ Dashboard ─ view ─▶ frame ─ terminal
//! status  ─┘                              └ plain ─▶ lines, where there is no terminal
//! ```

mod columns;
mod feed;
mod model;
mod plain;
mod read;
mod sections;
mod style;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod view;

pub use feed::{Feed, StatusSource};
pub use model::{Alert, Camera, Crossing, Dashboard, Line, Lot, Quarter, State};
pub use plain::{changes, lines_of};
pub use style::Look;
pub use terminal::watch;
pub use view::draw;
