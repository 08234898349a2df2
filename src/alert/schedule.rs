//! Which closing and which hour of the week are to be judged now. The only part that knows local time.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

use super::silence::WEEKS;
use crate::time::UtcMicros;

/// Cars that crossed are written when they are sure, and coverage once a minute: so long after its end a time is judged,
/// microseconds.
const SETTLED_US: i64 = 120_000_000;

/// One hour of the week and the same hour of the weeks before it, each from its beginning until before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalHour {
    pub span: (UtcMicros, UtcMicros),
    /// As in `Mon 08:00-09:00`.
    pub name: String,
    /// The week before first.
    pub weeks: Vec<(UtcMicros, UtcMicros)>,
}

/// The lot's latest closing that can be judged, the one before it, and its name, as in `2026-06-15 22:00`. A time that the
/// clocks leave out is an hour later, one that they repeat the first of the two.
pub fn closing_before(now: UtcMicros, closing: Time, zone: &TimeZone) -> Option<(UtcMicros, UtcMicros, String)> {
    let settled = local(UtcMicros(now.0 - SETTLED_US), zone)?;
    let on = |days: i64| {
        let date = settled.date().checked_sub(days.days()).ok()?;
        zone.to_ambiguous_zoned(date.to_datetime(closing)).compatible().ok()
    };
    let days: Vec<Zoned> = (0..3).map_while(on).filter(|zoned| zoned.timestamp() <= settled.timestamp()).collect();
    let [latest, before, ..] = days.as_slice() else { return None };
    let name = format!("{} {}", latest.date(), closing.strftime("%H:%M"));
    Some((latest.timestamp().into(), before.timestamp().into(), name))
}

/// The last full hour that can be judged, as the clock on the wall counts it.
pub fn hour_before(now: UtcMicros, zone: &TimeZone) -> Option<LocalHour> {
    let settled = local(UtcMicros(now.0 - SETTLED_US), zone)?;
    // By subtracting: an hour that the clocks repeat must not become the other one of the two.
    let within = settled.minute() as i64 * 60 + settled.second() as i64;
    let end = UtcMicros(settled.timestamp().as_second() * 1_000_000 - within * 1_000_000);
    let start = UtcMicros(end.0 - HOUR_US);
    let first = local(start, zone)?;
    let name = format!("{}-{}", first.strftime("%a %H:%M"), local(end, zone)?.strftime("%H:%M"));
    let week = |number: i64| {
        let start = UtcMicros::from(first.checked_sub(number.weeks()).ok()?.timestamp());
        Some((start, UtcMicros(start.0 + HOUR_US)))
    };
    let weeks = (1..=WEEKS as i64).map_while(week).collect();
    Some(LocalHour { span: (start, end), name, weeks })
}

const HOUR_US: i64 = 3_600_000_000;

fn local(moment: UtcMicros, zone: &TimeZone) -> Option<Zoned> {
    Some(moment.to_timestamp()?.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UtcMicros {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    #[test]
    fn a_closing_is_judged_when_its_rows_are_there() {
        let ten = jiff::civil::time(22, 0, 0, 0);
        let before = (at("2026-06-14T20:00:00Z"), at("2026-06-13T20:00:00Z"), "2026-06-14 22:00".to_owned());
        let latest = (at("2026-06-15T20:00:00Z"), at("2026-06-14T20:00:00Z"), "2026-06-15 22:00".to_owned());
        assert_eq!(closing_before(at("2026-06-15T20:01:59Z"), ten, &berlin()).unwrap(), before);
        assert_eq!(closing_before(at("2026-06-15T20:02:00Z"), ten, &berlin()).unwrap(), latest);
        assert_eq!(closing_before(at("2026-06-16T10:00:00Z"), ten, &berlin()).unwrap(), latest);
    }

    #[test]
    fn a_closing_on_the_days_when_the_clocks_are_changed() {
        let half_past_two = jiff::civil::time(2, 30, 0, 0);
        // 02:30 is left out: 03:30 summer time.
        let (latest, before, name) = closing_before(at("2026-03-29T10:00:00Z"), half_past_two, &berlin()).unwrap();
        assert_eq!((latest, before), (at("2026-03-29T01:30:00Z"), at("2026-03-28T01:30:00Z")));
        assert_eq!(name, "2026-03-29 02:30");
        // 02:30 comes twice: the first of the two, once.
        let (latest, ..) = closing_before(at("2026-10-25T10:00:00Z"), half_past_two, &berlin()).unwrap();
        assert_eq!(latest, at("2026-10-25T00:30:00Z"));
        let (same, ..) = closing_before(at("2026-10-25T01:00:00Z"), half_past_two, &berlin()).unwrap();
        assert_eq!(same, latest);
    }

    #[test]
    fn hours_of_the_week_follow_the_clock_on_the_wall() {
        // The clocks went back on 25 October: a week before, 08:00 was an hour earlier in UTC.
        let hour = hour_before(at("2026-10-26T08:02:00Z"), &berlin()).unwrap();
        assert_eq!(hour.span, (at("2026-10-26T07:00:00Z"), at("2026-10-26T08:00:00Z")));
        assert_eq!(hour.name, "Mon 08:00-09:00");
        assert_eq!(hour.weeks[0], (at("2026-10-19T06:00:00Z"), at("2026-10-19T07:00:00Z")));
        assert_eq!(hour.weeks.len(), WEEKS);
        assert_eq!(hour_before(at("2026-10-26T08:01:59Z"), &berlin()).unwrap().name, "Mon 07:00-08:00");
    }

    #[test]
    fn an_hour_that_comes_twice_is_judged_twice() {
        let hour = |now| hour_before(at(now), &berlin()).unwrap().span.0;
        assert_eq!(hour("2026-10-25T01:02:00Z"), at("2026-10-25T00:00:00Z"));
        assert_eq!(hour("2026-10-25T02:02:00Z"), at("2026-10-25T01:00:00Z"));
        // Half past the hour of UTC, where clocks differ by half an hour.
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let found = hour_before(at("2026-06-15T08:32:00Z"), &kolkata).unwrap();
        assert_eq!((found.span.0, found.name.as_str()), (at("2026-06-15T07:30:00Z"), "Mon 13:00-14:00"));
    }
}
