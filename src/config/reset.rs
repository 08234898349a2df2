//! When a lot is taken to hold a known number of cars, whatever was counted.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::time::UtcMicros;

/// A scheduled adjustment: at this local time of these days so many vehicles are inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    pub at: Time,
    /// In the order of the week, none twice.
    pub days: Vec<Weekday>,
    /// Vehicles that stay overnight.
    pub overnight: u32,
}

/// One time at which a reset is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub at: UtcMicros,
    /// The same as the clock on the wall was to show it: where the clocks are put forward just then, it never did.
    pub local: DateTime,
}

impl Reset {
    /// The latest time at which it was due, now at the latest. A local time that does not exist is as much later as the
    /// clocks are put forward; of one that comes twice it is the first.
    pub fn latest(&self, now: Timestamp, zone: &TimeZone) -> Option<Due> {
        let today = now.to_zoned(zone.clone()).date();
        // From tomorrow back: a time that is made later by the clocks may come after the midnight of its day.
        (-1..=8).find_map(|back: i64| {
            let date = today.checked_sub(back.days()).ok()?;
            let local = date.to_datetime(self.at);
            let at = zone.to_ambiguous_timestamp(local).compatible().ok()?;
            (self.days.contains(&date.weekday()) && at <= now).then(|| Due { at: at.into(), local })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    fn latest(at: &str, days: &[Weekday], now: &str) -> String {
        let reset = Reset { at: at.parse().unwrap(), days: days.to_vec(), overnight: 0 };
        let due = reset.latest(now.parse().unwrap(), &TimeZone::get("Europe/Berlin").unwrap()).unwrap();
        format!("{} {}", due.at, due.local)
    }

    #[test]
    fn due_today_from_its_minute_on_and_yesterday_before() {
        assert_eq!(latest("04:00", &WEEK, "2026-06-15T02:00:00Z"), "2026-06-15T02:00:00Z 2026-06-15T04:00:00");
        assert_eq!(latest("04:00", &WEEK, "2026-06-15T01:59:59.999999Z"), "2026-06-14T02:00:00Z 2026-06-14T04:00:00");
        // 23:30 UTC is tomorrow already in Berlin.
        assert_eq!(latest("00:30", &WEEK, "2026-06-15T23:30:00Z"), "2026-06-15T22:30:00Z 2026-06-16T00:30:00");
    }

    #[test]
    fn other_days_are_left_out() {
        // 2026-06-15 is a Monday.
        let days = [Weekday::Tuesday];
        assert_eq!(latest("04:00", &days, "2026-06-15T12:00:00Z"), "2026-06-09T02:00:00Z 2026-06-09T04:00:00");
        assert_eq!(latest("04:00", &days, "2026-06-16T01:00:00Z"), "2026-06-09T02:00:00Z 2026-06-09T04:00:00");
    }

    #[test]
    fn on_both_days_on_which_the_clocks_are_changed_it_is_due_once() {
        // 02:30 does not exist on 2026-03-29: 03:30 it is. On 2026-10-25 it comes twice: the first time.
        assert_eq!(latest("02:30", &WEEK, "2026-03-29T12:00:00Z"), "2026-03-29T01:30:00Z 2026-03-29T02:30:00");
        assert_eq!(latest("02:30", &WEEK, "2026-10-25T00:30:00Z"), "2026-10-25T00:30:00Z 2026-10-25T02:30:00");
        assert_eq!(latest("02:30", &WEEK, "2026-10-25T01:30:00Z"), "2026-10-25T00:30:00Z 2026-10-25T02:30:00");
    }

    #[test]
    fn a_day_that_begins_late_has_its_reset() {
        // In Beirut the clocks are put forward at midnight.
        let reset = Reset { at: Time::midnight(), days: WEEK.to_vec(), overnight: 0 };
        let zone = TimeZone::get("Asia/Beirut").unwrap();
        let due = reset.latest("2026-03-28T22:30:00Z".parse().unwrap(), &zone).unwrap();
        assert_eq!(due.local.to_string(), "2026-03-29T00:00:00");
        assert_eq!(due.at.to_string(), "2026-03-28T22:00:00Z");
    }
}
