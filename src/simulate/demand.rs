//! Who comes when, and for how long: daily and weekly profiles of people who park.

use jiff::Zoned;
use jiff::civil::Weekday;

use super::chance::Chance;
use crate::detect::Class;

/// People who park alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Comes in the morning of a working day and goes in the evening.
    Worker,
    /// Comes at any time of the day for an errand.
    Visitor,
    /// Comes in the evening and goes in the morning.
    Overnight,
}

impl Habit {
    pub const ALL: [Self; 3] = [Self::Worker, Self::Visitor, Self::Overnight];

    /// Share of all who come in a week.
    fn share(self) -> f64 {
        match self {
            Self::Worker => 0.12,
            Self::Visitor => 0.84,
            Self::Overnight => 0.04,
        }
    }

    /// Weights of the local hours 0 to 23.
    fn hours(self) -> [f64; 24] {
        let mut hours = [0.0; 24];
        let filled: &[(usize, f64)] = match self {
            Self::Worker => &[(5, 2.0), (6, 14.0), (7, 34.0), (8, 32.0), (9, 12.0), (12, 4.0), (13, 2.0)],
            Self::Visitor => &[
                (0, 0.3),
                (1, 0.2),
                (2, 0.1),
                (3, 0.1),
                (4, 0.2),
                (5, 0.5),
                (6, 1.5),
                (7, 3.5),
                (8, 5.5),
                (9, 7.5),
                (10, 9.0),
                (11, 9.0),
                (12, 8.0),
                (13, 8.0),
                (14, 9.0),
                (15, 9.0),
                (16, 9.0),
                (17, 8.0),
                (18, 5.5),
                (19, 3.0),
                (20, 1.5),
                (21, 1.0),
                (22, 0.7),
                (23, 0.5),
            ],
            Self::Overnight => &[(16, 1.0), (17, 3.0), (18, 5.0), (19, 4.0), (20, 3.0), (21, 2.0), (22, 1.0)],
        };
        filled.iter().for_each(|(hour, weight)| hours[*hour] = *weight);
        hours
    }

    /// Weights of the days from Monday, 1 on average.
    fn days(self) -> [f64; 7] {
        match self {
            Self::Worker => [1.4, 1.4, 1.4, 1.4, 1.25, 0.1, 0.05],
            Self::Visitor => [0.95, 0.95, 0.95, 1.0, 1.15, 1.5, 0.5],
            Self::Overnight => [0.9, 0.9, 0.9, 0.9, 1.1, 1.3, 1.0],
        }
    }

    /// How long one of them stays, seconds.
    pub fn stay(self, chance: &mut Chance) -> f64 {
        let hours = match self {
            Self::Worker => chance.normal(8.4, 1.0).clamp(1.0, 14.0),
            Self::Visitor => chance.log_normal(1.1, 0.7).clamp(0.05, 14.0),
            Self::Overnight => chance.normal(13.0, 1.5).clamp(6.0, 20.0),
        };
        hours * 3600.0
    }

    /// Cars of this habit that want to come in the hour that begins at `hour`, on average, where `cars_a_day` come in all.
    pub fn expected(self, cars_a_day: f64, hour: &Zoned) -> f64 {
        let (hours, day) = (self.hours(), self.days()[weekday(hour.weekday())]);
        let share = hours[usize::try_from(hour.hour()).unwrap_or(0)] / hours.iter().sum::<f64>();
        cars_a_day * self.share() * day * share
    }
}

fn weekday(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}

/// What drives in.
pub fn class(chance: &mut Chance) -> Class {
    [Class::Car, Class::Van, Class::Truck, Class::Bus][chance.weighted(&[0.84, 0.12, 0.03, 0.01])]
}

/// How much easier than a car one of them is missed.
pub fn difficulty(class: Class) -> f64 {
    match class {
        Class::Truck | Class::Bus => 0.5,
        Class::Van => 0.9,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_has_seven_days_of_cars() {
        for habit in Habit::ALL {
            let mean = habit.days().iter().sum::<f64>() / 7.0;
            assert!((mean - 1.0).abs() < 0.01, "{habit:?}: {mean}");
        }
        let monday: Zoned = "2026-06-15T00:00[Europe/Berlin]".parse().unwrap();
        let hours = |habit: Habit| {
            let at = |hour: i64| monday.checked_add(jiff::SignedDuration::from_hours(hour)).unwrap();
            (0..7 * 24).map(|hour| habit.expected(100.0, &at(hour))).sum::<f64>()
        };
        let week: f64 = Habit::ALL.into_iter().map(hours).sum();
        assert!((week - 700.0).abs() < 5.0, "{week}");
    }
}
