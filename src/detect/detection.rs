//! What a detector says of one picture.

use std::fmt;
use std::str::FromStr;

use crate::geometry::Rect;

/// What a detection shows. Only vehicles are counted ([`Class::is_counted`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Car,
    Van,
    Truck,
    Bus,
    Motorcycle,
    Bicycle,
    Person,
    /// A net with a single class cannot tell which vehicle it is.
    Vehicle,
}

impl Class {
    pub const ALL: [Class; 8] = [
        Class::Car,
        Class::Van,
        Class::Truck,
        Class::Bus,
        Class::Motorcycle,
        Class::Bicycle,
        Class::Person,
        Class::Vehicle,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Class::Car => "car",
            Class::Van => "van",
            Class::Truck => "truck",
            Class::Bus => "bus",
            Class::Motorcycle => "motorcycle",
            Class::Bicycle => "bicycle",
            Class::Person => "person",
            Class::Vehicle => "vehicle",
        }
    }

    /// Whether crossings of this class are counted: what takes a parking space does. Motorcycles, bicycles and people
    /// pass beside barriers and do not.
    pub const fn is_counted(self) -> bool {
        matches!(self, Class::Car | Class::Van | Class::Truck | Class::Bus | Class::Vehicle)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Class {
    type Err = ();
    fn from_str(name: &str) -> Result<Self, ()> {
        Class::ALL.into_iter().find(|class| class.name() == name).ok_or(())
    }
}

/// One box on one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Pixels of the whole picture, whatever part of it was looked at.
    pub rect: Rect,
    /// 0..1
    pub score: f64,
    pub class: Class,
}
