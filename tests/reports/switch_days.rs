//! Days of 23 and 25 hours: every step tells the same vehicles as UTC does.

use lotcount::report::Step;

use crate::site::{GATE, RAMP, Site};

const DAYS: [(&str, &str); 6] = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-04-05"),
];

#[test]
fn every_step_sums_up_to_utc() {
    for (zone, day) in DAYS {
        let mut site = Site::since(day, zone);
        site.observed_all_day(day);
        site.traffic(day, "north-gate", "gate", &GATE, |_| true);
        site.traffic(day, "ramp-cam", "ramp", &RAMP, |_| true);
        for step in [Step::Quarter, Step::Hour, Step::Day, Step::Week, Step::Month] {
            let document = site.report(day, Some(step));
            let length = document.length_us();
            assert_ne!(length, 24 * 3_600_000_000, "{zone} {day} is no day of change");
            for (index, line) in document.lines.iter().enumerate() {
                let steps = document.steps.iter().skip(index).step_by(document.lines.len());
                let sums = steps.clone().fold((0, 0), |sum, row| (sum.0 + row.entries, sum.1 + row.exits));
                assert_eq!(sums, (line.counts.entries, line.counts.exits), "{zone} {day} {step:?}");
                let observed: u64 = steps.map(|row| row.coverage.observed().unwrap().observed_us).sum();
                assert_eq!(observed, length, "{zone} {day} {step:?}");
            }
            let deck: u64 = document.lot_steps.iter().filter(|row| row.lot == "=Deck").map(|row| row.entries).sum();
            assert_eq!(deck, document.lots[1].figures.entries, "{zone} {day} {step:?}");
            let of_class: u64 = document.class_steps.iter().map(|row| row.counts.entries).sum();
            assert_eq!(of_class, document.lines.iter().map(|row| row.counts.entries).sum::<u64>());
            // What one step closes with the next one opens with.
            for lot in ["Yard", "=Deck"] {
                let steps: Vec<_> = document.lot_steps.iter().filter(|row| row.lot == lot).collect();
                for pair in steps.windows(2) {
                    let (one, next) = (pair[0].inside.as_ref().unwrap(), pair[1].inside.as_ref().unwrap());
                    assert_eq!(one.closing, next.opening, "{zone} {day} {step:?}");
                }
            }
        }
        // The same vehicles, from the hours in UTC that lie within the local day.
        let whole = site.report(day, None);
        let utc: u64 = whole.hours.iter().map(|hour| hour.entries + hour.exits).sum();
        assert_eq!(utc, whole.lines.iter().map(|row| row.counts.entries + row.counts.exits).sum::<u64>());
        assert_eq!(whole.offsets.len(), 2, "{zone} {day}");
    }
}
