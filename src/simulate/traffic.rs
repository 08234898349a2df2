//! Cars that come, pass the gates, stay and go, in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

use jiff::Zoned;
use serde_json::{Value, json};

use super::chance::{Chance, Purpose};
use super::corrections::Operators;
use super::demand::{self, Habit};
use super::failures::{Failures, Sight, Span};
use super::log::Log;
use super::routes::{Destination, Leg};
use super::truth::{Outcome, Truth};
use super::{Plan, Simulated, SimulationError, WriteError};
use crate::config::Config;
use crate::detect::Class;
use crate::time::UtcMicros;

/// A car that finds its lot full tries another one with this probability; otherwise it goes away.
const TRIES_ANOTHER: f64 = 0.5;
/// Between two lines of one way, s.
const BETWEEN_LINES: (f64, f64) = (25.0, 90.0);
/// Share of a lot's spaces that are taken when the period begins.
const INSIDE_AT_START: f64 = 0.08;
/// Every gate misses at least and at most this share of the cars that it sees clearly.
const MISS_RATES: (f64, f64) = (0.002, 0.015);
/// So many times as many while it is looked at too seldom.
const DEGRADED_FACTOR: f64 = 12.0;
/// Of the cars that were missed though seen, how many nearly counted.
const NEAR: f64 = 0.4;

pub struct Traffic<'a> {
    failures: &'a Failures,
    destinations: Vec<Destination>,
    cars_a_day: f64,
    demand: Chance,
    counting: Chance,
    appearance: Chance,
    /// By camera and line.
    miss_rates: Vec<Vec<f64>>,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    /// Of events that happen at the same time, the one that was planned first comes first.
    planned: u64,
    cars: Vec<Car>,
    free: Vec<usize>,
    /// On their way to a destination, or in it.
    taken: Vec<u64>,
    next_car: u64,
    config: &'a Config,
    operators: Operators,
    truth: Truth<'a>,
    log: Log<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A car of a habit (its index) stands before the gates.
    Arrival(usize),
    /// A car, by its place in the list, is on the next line of its way.
    Passage(usize),
}

#[derive(Clone, Debug)]
struct Car {
    number: u64,
    class: Class,
    destination: usize,
    way: Way,
    /// Lines that it has crossed of its way.
    leg: usize,
    came: Option<i64>,
    stay_us: i64,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    In(usize),
    Out(usize),
}

impl<'a> Traffic<'a> {
    #[expect(clippy::too_many_arguments, reason = "what a simulation is made of")]
    pub fn begin(
        config: &'a Config,
        plan: &Plan,
        period: Span,
        cars_a_day: f64,
        destinations: Vec<Destination>,
        failures: &'a Failures,
        log: Log<'a>,
        folder: &Path,
    ) -> Result<Self, SimulationError> {
        let failed = |source| SimulationError::Truth { folder: folder.to_path_buf(), source };
        let mut counting = Chance::new(plan.seed, Purpose::Counting);
        let mut rate = |_| counting.between(MISS_RATES.0, MISS_RATES.1);
        let miss_rates = config.cameras.iter().map(|camera| camera.lines.iter().map(&mut rate).collect()).collect();
        let mut inside = vec![0; config.lots.len()];
        let parked: Vec<u64> = destinations.iter().map(|of| (of.capacity as f64 * INSIDE_AT_START) as u64).collect();
        for (destination, parked) in destinations.iter().zip(&parked) {
            destination.around.iter().for_each(|lot| inside[*lot] += i64::try_from(*parked).unwrap_or(0));
        }
        let mut traffic = Self {
            failures,
            cars_a_day,
            demand: Chance::new(plan.seed, Purpose::Demand),
            counting,
            appearance: Chance::new(plan.seed, Purpose::Appearance),
            miss_rates,
            events: BinaryHeap::new(),
            planned: 0,
            cars: Vec::new(),
            free: Vec::new(),
            taken: vec![0; destinations.len()],
            destinations,
            next_car: 0,
            config,
            operators: Operators::new(config, plan, Chance::new(plan.seed, Purpose::Operators)),
            truth: Truth::begin(config, folder, period.from, &inside, plan.each_car).map_err(failed)?,
            log,
        };
        for (destination, parked) in parked.into_iter().enumerate() {
            (0..parked).for_each(|_| traffic.park(destination, period.from));
        }
        Ok(traffic)
    }

    /// A car that was there before the period begins.
    fn park(&mut self, destination: usize, start: i64) {
        let class = demand::class(&mut self.demand);
        let car = self.new_car(class, destination, None, 0);
        self.taken[destination] += 1;
        let wait = self.demand.between(5.0, 10.0) * 3600.0;
        self.send_out(car, UtcMicros(start).plus_seconds(wait).0);
    }

    fn new_car(&mut self, class: Class, destination: usize, came: Option<i64>, stay_us: i64) -> usize {
        self.next_car += 1;
        let car = Car { number: self.next_car, class, destination, way: Way::In(0), leg: 0, came, stay_us };
        match self.free.pop() {
            Some(place) => {
                self.cars[place] = car;
                place
            }
            None => {
                self.cars.push(car);
                self.cars.len() - 1
            }
        }
    }

    fn send_out(&mut self, car: usize, at: i64) {
        let ways = self.destinations[self.cars[car].destination].ways_out.len();
        (self.cars[car].way, self.cars[car].leg) = (Way::Out(self.demand.index(ways)), 0);
        self.plan(at, Event::Passage(car));
    }

    fn plan(&mut self, at: i64, event: Event) {
        self.planned += 1;
        self.events.push(Reverse((at, self.planned, event)));
    }

    /// Everything until before `until`; new cars come as at the local hour `hour`.
    pub fn hour(&mut self, hour: &Zoned, until: i64) -> Result<(), WriteError> {
        let from = hour.timestamp().as_microsecond();
        for (index, habit) in Habit::ALL.into_iter().enumerate() {
            let expected = habit.expected(self.cars_a_day, hour);
            if expected <= 0.0 {
                continue;
            }
            let mut at = UtcMicros(from);
            loop {
                at = at.plus_seconds(self.demand.wait(3600.0 / expected));
                if at.0 >= until {
                    break;
                }
                self.plan(at.0, Event::Arrival(index));
            }
        }
        while let Some(Reverse((at, _, event))) = self.events.peek().copied().filter(|Reverse((at, ..))| *at < until) {
            self.events.pop();
            self.correct(at)?;
            match event {
                Event::Arrival(habit) => self.arrive(at, Habit::ALL[habit]),
                Event::Passage(car) => self.pass(at, car)?,
            }
        }
        self.correct(until)?;
        self.log.advance(until)?;
        self.log.cover(until);
        Ok(())
    }

    /// What operators did until `at`.
    fn correct(&mut self, at: i64) -> Result<(), WriteError> {
        while let Some(correction) = self.operators.next_until(at, |lot| self.truth.inside(lot)) {
            self.truth.corrected(&correction)?;
            self.log.advance(correction.at.0)?;
            self.log.correction(&correction);
        }
        Ok(())
    }

    fn arrive(&mut self, at: i64, habit: Habit) {
        let class = demand::class(&mut self.demand);
        let stay_us = (habit.stay(&mut self.demand) * 1e6) as i64;
        let weights: Vec<f64> = self.destinations.iter().map(|destination| destination.capacity as f64).collect();
        let mut destination = self.demand.weighted(&weights);
        if self.is_full(destination) && self.destinations.len() > 1 && self.demand.happens(TRIES_ANOTHER) {
            destination = (destination + 1 + self.demand.index(self.destinations.len() - 1)) % self.destinations.len();
        }
        if self.is_full(destination) {
            self.truth.turned_away += 1;
            return;
        }
        self.taken[destination] += 1;
        let car = self.new_car(class, destination, None, stay_us);
        self.cars[car].way = Way::In(self.demand.index(self.destinations[destination].ways_in.len()));
        self.plan(at, Event::Passage(car));
    }

    fn is_full(&self, destination: usize) -> bool {
        self.taken[destination] >= self.destinations[destination].capacity
    }

    fn pass(&mut self, at: i64, place: usize) -> Result<(), WriteError> {
        let car = self.cars[place].clone();
        let destination = &self.destinations[car.destination];
        let way = match car.way {
            Way::In(way) => &destination.ways_in[way],
            Way::Out(way) => &destination.ways_out[way],
        };
        let (leg, is_last, lot) = (way[car.leg].clone(), car.leg + 1 == way.len(), destination.lot);
        self.cross(at, &car, &leg)?;
        self.cars[place].leg += 1;
        match (car.way, is_last) {
            (Way::In(_), true) => {
                self.cars[place].came = Some(at);
                self.send_out(place, at + car.stay_us);
            }
            (Way::Out(_), true) => {
                self.taken[car.destination] -= 1;
                self.truth.car(car.number, car.class, lot, car.came, Some(at))?;
                self.free.push(place);
            }
            (_, false) => {
                let wait = self.demand.between(BETWEEN_LINES.0, BETWEEN_LINES.1);
                self.plan(UtcMicros(at).plus_seconds(wait).0, Event::Passage(place));
            }
        }
        Ok(())
    }

    fn cross(&mut self, at: i64, car: &Car, leg: &Leg) -> Result<(), WriteError> {
        let rate = self.miss_rates[leg.camera][leg.line] * demand::difficulty(car.class);
        // Drawn in any case, so that what one camera sees changes nothing for another.
        let (luck, near) = (self.counting.share(), self.counting.happens(NEAR));
        let outcome = match self.failures.cameras[leg.camera].sight(UtcMicros(at)) {
            Sight::Blind => Outcome::Blind,
            Sight::Degraded if luck < rate * DEGRADED_FACTOR => Outcome::Missed,
            Sight::Clear if luck < rate => Outcome::Missed,
            _ => Outcome::Counted,
        };
        self.truth.passage(car.number, at, leg, car.class, outcome)?;
        self.log.advance(at)?;
        match outcome {
            Outcome::Counted => self.log.crossing(at, leg, car.class, &mut self.appearance),
            Outcome::Missed if near => self.log.near_crossing(at, leg, car.class, &mut self.appearance),
            Outcome::Missed | Outcome::Blind => {}
        }
        Ok(())
    }

    pub fn miss_rates(&self) -> Value {
        let lines = |(camera, rates): (usize, &Vec<f64>)| {
            let of = &self.config.cameras[camera];
            let name = move |(line, rate): (usize, &f64)| json!({ "camera": of.name, "line": of.lines[line].name, "rate": rate });
            rates.iter().enumerate().map(name).collect::<Vec<_>>()
        };
        self.miss_rates.iter().enumerate().flat_map(lines).collect()
    }

    /// Those who are still inside are cars, too.
    pub fn finish(mut self, period: Span) -> Result<(Value, Simulated), WriteError> {
        let mut inside: Vec<usize> = self
            .events
            .iter()
            .filter_map(|Reverse((_, _, event))| match event {
                Event::Passage(car) => Some(*car),
                Event::Arrival(_) => None,
            })
            .collect();
        inside.sort_by_key(|car| self.cars[*car].number);
        for place in inside {
            let car = &self.cars[place];
            self.truth.car(car.number, car.class, self.destinations[car.destination].lot, car.came, None)?;
        }
        let (crossings, near_crossings, cars) = (self.log.crossings, self.log.near_crossings, self.truth.cars);
        self.log.finish()?;
        let summary = self.truth.finish(period, self.failures)?;
        Ok((summary, Simulated { cars, crossings, near_crossings }))
    }
}
