//! The span of time that a report is about, in words.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// Whole local days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Today,
    Yesterday,
    /// The seven days that ended with yesterday.
    Last7Days,
    LastMonth,
    Day(Date),
    /// Its Monday.
    Week(Date),
    /// Its first day.
    Month(Date),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no period: use today, yesterday, last-7-days, last-month, a day (2026-06-15), a week (2026-W25) or a month (2026-06)"
)]
pub struct InvalidPeriod(String);

impl FromStr for Period {
    type Err = InvalidPeriod;
    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        let named = match text {
            "today" => Some(Period::Today),
            "yesterday" => Some(Period::Yesterday),
            "last-7-days" => Some(Period::Last7Days),
            "last-month" => Some(Period::LastMonth),
            _ => None,
        };
        named
            .or_else(|| week(text).map(Period::Week))
            .or_else(|| is_shaped(text, "dddd-dd-dd").then(|| text.parse().ok().map(Period::Day))?)
            .or_else(|| is_shaped(text, "dddd-dd").then(|| format!("{text}-01").parse().ok().map(Period::Month))?)
            .ok_or_else(|| InvalidPeriod(text.to_owned()))
    }
}

/// `d` stands for a digit.
fn is_shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, wanted)| if wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted })
}

fn week(text: &str) -> Option<Date> {
    let (year, week) = text.split_once("-W")?;
    if !is_shaped(year, "dddd") || !is_shaped(week, "dd") {
        return None;
    }
    ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok().map(ISOWeekDate::date)
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Today => f.write_str("today"),
            Period::Yesterday => f.write_str("yesterday"),
            Period::Last7Days => f.write_str("last-7-days"),
            Period::LastMonth => f.write_str("last-month"),
            Period::Day(date) => date.fmt(f),
            Period::Week(monday) => {
                let week = monday.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Period::Month(first) => write!(f, "{:04}-{:02}", first.year(), first.month()),
        }
    }
}

impl Period {
    /// From the first midnight (or what the zone has instead of it) until before the one after the last day.
    pub fn resolve(self, zone: &TimeZone, now: Timestamp) -> Result<(Zoned, Zoned), jiff::Error> {
        let today = now.to_zoned(zone.clone()).date();
        let (first, after) = match self {
            Period::Today => (today, today.tomorrow()?),
            Period::Yesterday => (today.yesterday()?, today),
            Period::Last7Days => (today.checked_sub(7.days())?, today),
            Period::LastMonth => (today.first_of_month().checked_sub(1.month())?, today.first_of_month()),
            Period::Day(date) => (date, date.tomorrow()?),
            Period::Week(monday) => (monday, monday.checked_add(1.week())?),
            Period::Month(first) => (first, first.checked_add(1.month())?),
        };
        Ok((first.to_zoned(zone.clone())?, after.to_zoned(zone.clone())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_period_reads_back_as_written() {
        for text in ["today", "yesterday", "last-7-days", "last-month", "2026-06-15", "2026-W25", "2026-06"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for text in
            ["", "tomorrow", "2026-6-15", "2026-13", "2026-02-30", "2026-W54", "2026-W5", "26-06-15", "2026-06-15T00"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_table_of_spans() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // 00:30 on 1 January in Berlin is still the old year in UTC.
        let now: Timestamp = "2025-12-31T23:30:00Z".parse().unwrap();
        for (text, start, end) in [
            ("today", "2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00"),
            ("yesterday", "2025-12-31T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
            ("last-7-days", "2025-12-25T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
            ("last-month", "2025-12-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
            ("2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
            ("2026-W01", "2025-12-29T00:00:00+01:00", "2026-01-05T00:00:00+01:00"),
            ("2026-03", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
        ] {
            let (from, to) = text.parse::<Period>().unwrap().resolve(&berlin, now).unwrap();
            let expected: [Timestamp; 2] = [start.parse().unwrap(), end.parse().unwrap()];
            assert_eq!([from.timestamp(), to.timestamp()], expected, "{text}");
        }
    }
}
