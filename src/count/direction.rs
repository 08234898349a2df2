//! Which way a line was crossed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Standing at A and looking to B, y growing down: left hand to right hand is an entry, the other way an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Entry,
    Exit,
}

impl Direction {
    pub const ALL: [Direction; 2] = [Direction::Entry, Direction::Exit];

    pub const fn name(self) -> &'static str {
        match self {
            Direction::Entry => "entry",
            Direction::Exit => "exit",
        }
    }

    pub const fn opposite(self) -> Self {
        match self {
            Direction::Entry => Direction::Exit,
            Direction::Exit => Direction::Entry,
        }
    }

    /// +1 for an entry, -1 for an exit: the sign of the signed distance on the side that is reached.
    pub(super) const fn sign(self) -> f64 {
        match self {
            Direction::Entry => 1.0,
            Direction::Exit => -1.0,
        }
    }

    /// The direction that leads to the side on which the signed distance from the line is `offset`.
    pub(super) fn towards(offset: f64) -> Self {
        if offset >= 0.0 { Direction::Entry } else { Direction::Exit }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no direction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown direction `{0}`: write `entry` or `exit`")]
pub struct UnknownDirection(pub String);

impl FromStr for Direction {
    type Err = UnknownDirection;
    fn from_str(name: &str) -> Result<Self, UnknownDirection> {
        Direction::ALL
            .into_iter()
            .find(|direction| direction.name() == name)
            .ok_or_else(|| UnknownDirection(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_a_misspelt_one_is_no_default() {
        for direction in Direction::ALL {
            assert_eq!(direction.name().parse(), Ok(direction));
            assert_eq!(direction.opposite().opposite(), direction);
            assert_eq!(Direction::towards(direction.sign()), direction);
        }
        assert_eq!(
            "enrty".parse::<Direction>().unwrap_err().to_string(),
            "unknown direction `enrty`: write `entry` or `exit`"
        );
    }
}
