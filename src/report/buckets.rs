//! Local quarters of an hour, hours, days, weeks and months as spans of absolute time.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::time::UtcMicros;

/// The length of a bucket, as the clock on the wall counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Quarter,
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
}

impl Step {
    /// In which a period of so many days is told unless somebody asks for another: some thirty rows, so that a person can
    /// read them.
    pub fn for_days(days: i64) -> Self {
        match days {
            ..=2 => Self::Hour,
            3..=35 => Self::Day,
            36..=200 => Self::Week,
            _ => Self::Month,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Quarter => "15min",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// For `by ...`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Quarter => "quarter of an hour",
            other => other.name(),
        }
    }

    /// What moments of the same local step have in common, and no moments of neighbouring ones.
    fn key(self, moment: &Zoned) -> (Date, i8, i8, i32) {
        let (date, offset) = (moment.date(), moment.offset().seconds());
        match self {
            Self::Quarter => (date, moment.hour(), moment.minute() / 15, offset),
            Self::Hour => (date, moment.hour(), 0, offset),
            Self::Day => (date, 0, 0, 0),
            Self::Week => (monday(date), 0, 0, 0),
            Self::Month => (date.first_of_month(), 0, 0, 0),
        }
    }
}

/// Of the week that holds the day.
fn monday(date: Date) -> Date {
    if date.weekday() == Weekday::Monday { date } else { date.nth_weekday(-1, Weekday::Monday).unwrap_or(date) }
}

/// A local hour, day or other step: from `start` until before `end`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    pub start: Zoned,
    pub end: Zoned,
}

impl Bucket {
    pub fn holds(&self, moment: UtcMicros) -> bool {
        moment >= UtcMicros::from(self.start.timestamp()) && moment < UtcMicros::from(self.end.timestamp())
    }

    pub fn is_within(&self, from: UtcMicros, until: UtcMicros) -> bool {
        from <= UtcMicros::from(self.start.timestamp()) && UtcMicros::from(self.end.timestamp()) <= until
    }
}

/// Every time zone is offset from UTC by whole quarters of an hour, and clocks are changed on whole quarters.
const QUARTER_S: i64 = 900;

/// The local steps that cover `start` to `end`, none missing, none doubled. An hour that the clocks repeat is two
/// buckets, told apart by their offset from UTC; an hour that they skip is none; the first and last bucket are cut to
/// the span.
pub fn buckets(start: Timestamp, end: Timestamp, zone: &TimeZone, step: Step) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    let mut key = None;
    let mut at = start;
    while at < end {
        // On to the next whole quarter, in case the span does not begin on one.
        let next = (at.as_second().div_euclid(QUARTER_S) + 1) * QUARTER_S;
        let next = Timestamp::from_second(next).unwrap_or(end).min(end);
        let (from, to) = (at.to_zoned(zone.clone()), next.to_zoned(zone.clone()));
        let (before, now) = (key, Some(step.key(&from)));
        key = now;
        match buckets.last_mut() {
            Some(last) if before == now => last.end = to,
            _ => buckets.push(Bucket { start: from, end: to }),
        }
        at = next;
    }
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zone, local day, its length in hours as buckets, and in minutes.
    const DAYS: [(&str, &str, usize, i64); 9] = [
        ("Europe/Berlin", "2026-03-29", 23, 23 * 60),
        ("Europe/Berlin", "2026-10-25", 25, 25 * 60),
        ("Europe/Berlin", "2026-06-15", 24, 24 * 60),
        ("America/New_York", "2026-03-08", 23, 23 * 60),
        ("America/New_York", "2026-11-01", 25, 25 * 60),
        // Lord Howe Island moves its clocks by half an hour: 02:00 becomes 02:30, and 02:00 becomes 01:30 again.
        ("Australia/Lord_Howe", "2026-10-04", 24, 23 * 60 + 30),
        ("Australia/Lord_Howe", "2026-04-05", 25, 24 * 60 + 30),
        ("Asia/Kathmandu", "2026-06-15", 24, 24 * 60),
        ("UTC", "2026-06-15", 24, 24 * 60),
    ];

    fn day(zone: &str, date: &str) -> (Timestamp, Timestamp, TimeZone) {
        let zone = TimeZone::get(zone).unwrap();
        let date: jiff::civil::Date = date.parse().unwrap();
        let start = date.to_zoned(zone.clone()).unwrap().timestamp();
        let end = date.tomorrow().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
        (start, end, zone)
    }

    #[test]
    fn days_have_the_hours_that_their_clocks_showed() {
        for (name, date, hours, minutes) in DAYS {
            let (start, end, zone) = day(name, date);
            assert_eq!(buckets(start, end, &zone, Step::Hour).len(), hours, "{name} {date}");
            let days = buckets(start, end, &zone, Step::Day);
            assert_eq!(days.len(), 1, "{name} {date}");
            assert_eq!(days[0].end.timestamp().as_second() - days[0].start.timestamp().as_second(), minutes * 60);
        }
    }

    #[test]
    fn no_moment_is_lost_or_doubled() {
        for (name, date, ..) in DAYS {
            let (start, end, zone) = day(name, date);
            let hours = buckets(start, end, &zone, Step::Hour);
            assert_eq!((hours[0].start.timestamp(), hours[hours.len() - 1].end.timestamp()), (start, end), "{name}");
            assert!(hours.windows(2).all(|pair| pair[0].end == pair[1].start), "{name} {date}");
        }
    }

    /// The same moments, however they are cut: on every day of change in every zone, for every step.
    #[test]
    fn every_step_covers_the_same_time() {
        const STEPS: [Step; 5] = [Step::Quarter, Step::Hour, Step::Day, Step::Week, Step::Month];
        for (name, date, _, minutes) in DAYS {
            let (start, end, zone) = day(name, date);
            for step in STEPS {
                let parts = buckets(start, end, &zone, step);
                let seconds = |part: &Bucket| part.end.timestamp().as_second() - part.start.timestamp().as_second();
                assert_eq!(parts.iter().map(seconds).sum::<i64>(), minutes * 60, "{name} {date} {step:?}");
                let wanted = [Some(minutes / 15), None, Some(1), Some(1), Some(1)][step as usize];
                assert!(wanted.is_none_or(|wanted| wanted == parts.len() as i64), "{name} {date} {step:?}");
            }
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |date: &str| date.parse::<Date>().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
        let starts = |step| -> Vec<String> {
            let parts = buckets(at("2026-10-21"), at("2026-11-03"), &zone, step);
            parts.iter().map(|part| part.start.date().to_string()).collect()
        };
        assert_eq!(starts(Step::Week), ["2026-10-21", "2026-10-26", "2026-11-02"]);
        assert_eq!(starts(Step::Month), ["2026-10-21", "2026-11-01"]);
    }

    #[test]
    fn a_span_that_begins_within_an_hour_is_cut() {
        let (start, end) = ("2026-06-15T07:20:00Z".parse().unwrap(), "2026-06-15T08:10:00Z".parse().unwrap());
        let hours = buckets(start, end, &TimeZone::UTC, Step::Hour);
        assert_eq!(hours.len(), 2);
        assert_eq!(hours[0].start.timestamp(), start);
        assert_eq!(hours[1].end.timestamp(), end);
    }
}
