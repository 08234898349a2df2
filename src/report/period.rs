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
    /// From Monday to Sunday.
    LastWeek,
    LastMonth,
    /// As far as it goes: what has not come yet was not observed.
    ThisMonth,
    Day(Date),
    /// Its Monday.
    Week(Date),
    /// Its first day.
    Month(Date),
    /// Its first day.
    Year(Date),
    /// From the first to the last day, both whole.
    Days(Date, Date),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no period: use today, yesterday, last-7-days, last-week, last-month, this-month, a day (2026-06-15), a week \
     (2026-W25), a month (2026-06), a year (2026) or days (2026-06-01..2026-06-14, both included)"
)]
pub struct InvalidPeriod(String);

impl FromStr for Period {
    type Err = InvalidPeriod;
    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        let named = match text {
            "today" => Some(Period::Today),
            "yesterday" => Some(Period::Yesterday),
            "last-7-days" => Some(Period::Last7Days),
            "last-week" => Some(Period::LastWeek),
            "last-month" => Some(Period::LastMonth),
            "this-month" => Some(Period::ThisMonth),
            _ => None,
        };
        named
            .or_else(|| week(text).map(Period::Week))
            .or_else(|| day(text).map(Period::Day))
            .or_else(|| days(text))
            .or_else(|| is_shaped(text, "dddd-dd").then(|| day(&format!("{text}-01")).map(Period::Month))?)
            .or_else(|| is_shaped(text, "dddd").then(|| day(&format!("{text}-01-01")).map(Period::Year))?)
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

fn day(text: &str) -> Option<Date> {
    is_shaped(text, "dddd-dd-dd").then(|| text.parse().ok())?
}

fn days(text: &str) -> Option<Period> {
    let (first, last) = text.split_once("..")?;
    let (first, last) = (day(first)?, day(last)?);
    (first <= last).then_some(Period::Days(first, last))
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
            Period::LastWeek => f.write_str("last-week"),
            Period::LastMonth => f.write_str("last-month"),
            Period::ThisMonth => f.write_str("this-month"),
            Period::Day(date) => date.fmt(f),
            Period::Week(monday) => {
                let week = monday.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Period::Month(first) => write!(f, "{:04}-{:02}", first.year(), first.month()),
            Period::Year(first) => write!(f, "{:04}", first.year()),
            Period::Days(first, last) => write!(f, "{first}..{last}"),
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
            Period::LastWeek => {
                let monday = today.iso_week_date().first_of_week()?.date();
                (monday.checked_sub(1.week())?, monday)
            }
            Period::ThisMonth => (today.first_of_month(), today.first_of_month().checked_add(1.month())?),
            Period::LastMonth => (today.first_of_month().checked_sub(1.month())?, today.first_of_month()),
            Period::Day(date) => (date, date.tomorrow()?),
            Period::Week(monday) => (monday, monday.checked_add(1.week())?),
            Period::Month(first) => (first, first.checked_add(1.month())?),
            Period::Year(first) => (first, first.checked_add(1.year())?),
            Period::Days(first, last) => (first, last.tomorrow()?),
        };
        Ok((first.to_zoned(zone.clone())?, after.to_zoned(zone.clone())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_period_reads_back_as_written() {
        let named = ["today", "yesterday", "last-7-days", "last-week", "last-month", "this-month"];
        let dated = ["2026-06-15", "2026-W25", "2026-06", "2026", "2026-06-01..2026-06-14", "2026-06-01..2026-06-01"];
        for text in named.into_iter().chain(dated) {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        let dates = ["", "tomorrow", "2026-6-15", "2026-13", "2026-02-30", "2026-W54", "2026-W5", "26-06-15", "026"];
        let spans = ["2026-06-15T00", "2026-06-14..2026-06-01", "2026-06..2026-07", "2026-06-01..", "..2026-06-01"];
        for text in dates.into_iter().chain(spans) {
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
            // 1 January 2026 is a Thursday.
            ("last-week", "2025-12-22T00:00:00+01:00", "2025-12-29T00:00:00+01:00"),
            ("this-month", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
            ("2024", "2024-01-01T00:00:00+01:00", "2025-01-01T00:00:00+01:00"),
            ("2026-03-28..2026-03-29", "2026-03-28T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
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
