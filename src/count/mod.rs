//! Stage 4: tracks and counting lines in, crossings out.
//!
//! A counting line is crossed by a vehicle whose anchor was clearly on one side and then is clearly on the other, with
//! enough boxes to believe in the vehicle ([`passage`]); or that was first seen just beyond the line and moves away
//! from it ([`birth`]). A second track on a vehicle that was counted already does not count again ([`exclusion`]).
//! Whatever nearly counted is reported too, with its reason, once. Why each rule is as it is: docs/counting.md.
//!
//! How far a count drifts from the true number, and how far that may have gone by now, is [`drift`].

mod birth;
mod camera_counter;
mod direction;
mod drift;
mod event;
mod exclusion;
mod explanation;
mod leap;
mod line;
mod line_counter;
mod outcome;
mod passage;

pub use camera_counter::CameraCounter;
pub use direction::{Direction, UnknownDirection};
pub use drift::{Band, Drift, Observation};
pub use explanation::Explanation;
pub use line::CountingLine;
pub use line_counter::LineCounter;
pub use outcome::{Crossing, Outcome, Reason, Rejected, Rule};
