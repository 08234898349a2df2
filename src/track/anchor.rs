//! The point of a box that stands for the vehicle.

use std::fmt;
use std::str::FromStr;

use crate::geometry::{Point, Rect};

/// Which point of a box crosses counting lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// Where the vehicle stands on the ground, for cameras that look from the side or obliquely.
    #[default]
    BottomCentre,
    /// For cameras that look straight down, where the bottom edge is no more on the ground than any other.
    Centre,
}

impl Anchor {
    pub const ALL: [Anchor; 2] = [Anchor::BottomCentre, Anchor::Centre];

    pub const fn name(self) -> &'static str {
        match self {
            Anchor::BottomCentre => "bottom-centre",
            Anchor::Centre => "centre",
        }
    }

    /// The anchor of a box.
    pub fn of(self, rect: &Rect) -> Point {
        match self {
            Anchor::BottomCentre => rect.bottom_centre(),
            Anchor::Centre => rect.centre(),
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no anchor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown anchor `{0}`: write `bottom-centre` or `centre`")]
pub struct UnknownAnchor(pub String);

impl FromStr for Anchor {
    type Err = UnknownAnchor;
    fn from_str(name: &str) -> Result<Self, UnknownAnchor> {
        Anchor::ALL.into_iter().find(|anchor| anchor.name() == name).ok_or_else(|| UnknownAnchor(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_others_are_refused() {
        for anchor in Anchor::ALL {
            assert_eq!(anchor.name().parse(), Ok(anchor));
        }
        assert_eq!("center".parse::<Anchor>(), Err(UnknownAnchor("center".into())));
    }

    #[test]
    fn each_anchor_is_its_point_of_the_box() {
        let rect = Rect::new(10.0, 20.0, 30.0, 60.0);
        assert_eq!(Anchor::BottomCentre.of(&rect), Point::new(20.0, 60.0));
        assert_eq!(Anchor::Centre.of(&rect), Point::new(20.0, 40.0));
    }
}
