//! Which lines a car crosses on its way into a lot and out again, and which lots each of them changes.

use std::collections::{BTreeSet, VecDeque};

use crate::config::{Config, Line, Lot};
use crate::count::Direction;

/// One way over one line.
#[derive(Clone, Debug)]
pub struct Leg {
    pub camera: usize,
    /// Of the camera's lines.
    pub line: usize,
    pub direction: Direction,
    /// Lots that it enters and leaves, whatever lies round them included.
    pub enters: Vec<usize>,
    pub leaves: Vec<usize>,
    from: Option<usize>,
    to: Option<usize>,
}

/// A lot in which cars park, and the ways there and back, the shortest of them.
#[derive(Clone, Debug)]
pub struct Destination {
    pub lot: usize,
    /// That lot and those that it lies within.
    pub around: Vec<usize>,
    /// Spaces; where the configuration does not say, a plausible number.
    pub capacity: u64,
    pub ways_in: Vec<Vec<Leg>>,
    pub ways_out: Vec<Vec<Leg>>,
}

/// Of a lot that has no capacity.
const USUAL_CAPACITY: u64 = 100;

/// All lots that can be reached from the street and left again, and in which no other lot lies.
pub fn destinations(config: &Config) -> Vec<Destination> {
    let legs = legs(config);
    let reached = |lot: usize| {
        let destination = Destination {
            lot,
            around: around(&config.lots, lot).into_iter().collect(),
            capacity: config.lots[lot].capacity.map_or(USUAL_CAPACITY, u64::from),
            ways_in: ways(&legs, None, Some(lot)),
            ways_out: ways(&legs, Some(lot), None),
        };
        (!destination.ways_in.is_empty() && !destination.ways_out.is_empty()).then_some(destination)
    };
    let all: Vec<Destination> = (0..config.lots.len()).filter_map(reached).collect();
    let holds_another = |lot: usize| all.iter().any(|other| other.lot != lot && other.around.contains(&lot));
    all.iter().filter(|destination| !holds_another(destination.lot)).cloned().collect()
}

fn legs(config: &Config) -> Vec<Leg> {
    let mut legs = Vec::new();
    for (camera, of_camera) in config.cameras.iter().enumerate() {
        for (line, of_line) in of_camera.lines.iter().enumerate() {
            for direction in Direction::ALL {
                let (from, to) = sides(config, of_line, direction);
                if from != to {
                    let (enters, leaves) = changes(&config.lots, from, to);
                    legs.push(Leg { camera, line, direction, enters, leaves, from, to });
                }
            }
        }
    }
    legs
}

/// Where a crossing comes from and where it leads; `None` is the street.
fn sides(config: &Config, line: &Line, direction: Direction) -> (Option<usize>, Option<usize>) {
    let lot =
        |name: &Option<String>| name.as_ref().and_then(|name| config.lots.iter().position(|lot| lot.name == *name));
    match direction {
        Direction::Entry => (lot(&line.other_side), lot(&line.entry)),
        Direction::Exit => (lot(&line.exit), lot(&line.other_side)),
    }
}

/// Who drives from one lot into another leaves what lies round the first only and enters what lies round the second only.
fn changes(lots: &[Lot], from: Option<usize>, to: Option<usize>) -> (Vec<usize>, Vec<usize>) {
    let all = |lot: Option<usize>| lot.map(|lot| around(lots, lot)).unwrap_or_default();
    let (from, to) = (all(from), all(to));
    (to.difference(&from).copied().collect(), from.difference(&to).copied().collect())
}

/// The lot itself and those that it lies within.
fn around(lots: &[Lot], lot: usize) -> BTreeSet<usize> {
    let outer = |lot: &usize| lots[*lot].within.as_ref().and_then(|name| lots.iter().position(|lot| lot.name == *name));
    std::iter::successors(Some(lot), outer).take(lots.len()).collect()
}

/// The shortest ways from one place to another.
fn ways(legs: &[Leg], from: Option<usize>, to: Option<usize>) -> Vec<Vec<Leg>> {
    let mut found: Vec<Vec<Leg>> = Vec::new();
    let mut open: VecDeque<Vec<&Leg>> = legs.iter().filter(|leg| leg.from == from).map(|leg| vec![leg]).collect();
    while let Some(way) = open.pop_front() {
        if found.first().is_some_and(|shortest| way.len() > shortest.len()) {
            break;
        }
        let reached = way.last().expect("a way has a leg").to;
        if reached == to {
            found.push(way.into_iter().cloned().collect());
            continue;
        }
        // A car neither goes round in circles nor out into the street on its way.
        let been = |place: Option<usize>| place == from || place.is_none() || way.iter().any(|leg| leg.to == place);
        let next = legs.iter().filter(|leg| leg.from == reached && (leg.to == to || !been(leg.to)));
        open.extend(next.map(|leg| way.iter().copied().chain([leg]).collect::<Vec<_>>()));
    }
    found
}
