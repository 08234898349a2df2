//! Figures of days that can be worked out by hand.

use lotcount::report::{Step, figures::NoStay};
use lotcount::store::{AdjustmentKind, Filter};
use lotcount::time::UtcMicros;

use crate::golden;
use crate::site::{GATE, Profile, RAMP, Site};

fn sum(profile: &Profile) -> (u64, u64) {
    profile.iter().fold((0, 0), |sum, hour| (sum.0 + u64::from(hour.0), sum.1 + u64::from(hour.1)))
}

#[test]
fn opening_and_what_went_in_and_out_give_the_closing_number() {
    for document in [
        golden::normal_day(),
        golden::spring_day(),
        golden::autumn_day(),
        golden::day_with_a_gap(),
        golden::day_with_adjustments(),
        golden::empty_day(),
        golden::week(),
    ] {
        let steps = document.lot_steps.iter();
        for figures in document.lots.iter().map(|row| &row.figures).chain(steps) {
            let Some(inside) = &figures.inside else { continue };
            let net = figures.entries as i64 - figures.exits as i64;
            let name = (&document.period, &figures.lot, &figures.bucket);
            assert_eq!(inside.opening + net + inside.adjusted, inside.closing, "{name:?}");
            assert!(inside.lowest as f64 <= inside.mean && inside.mean <= inside.peak as f64, "{name:?}");
        }
    }
}

#[test]
fn a_normal_day_by_hand() {
    let document = golden::normal_day();
    let (yard, deck) = (&document.lots[0], &document.lots[1]);
    assert_eq!((yard.figures.entries, yard.figures.exits), sum(&GATE));
    assert_eq!((deck.figures.entries, deck.figures.exits), sum(&RAMP));
    assert_eq!((deck.depth, deck.within.as_deref()), (1, Some("Yard")), "who is on the deck is in the yard");
    let inside = yard.figures.inside.as_ref().unwrap();
    // Set to 4 at midnight, which the ledger had at 0.
    assert_eq!((inside.opening, inside.adjusted), (0, 4));
    // 4 and -1 +1 +3 +8 +18 +13 of the hours until nine are 46; 49 at ten, 48 at eleven, 50 at noon.
    assert_eq!((inside.peak, inside.peak_at.strftime("%H:%M").to_string().as_str()), (50, "12:00"));
    assert_eq!(yard.turnover, Some(sum(&GATE).0 as f64 / 60.0));
    let busiest = yard.busiest.as_ref().unwrap();
    assert_eq!((busiest.hour.start.hour(), busiest.volume), (7, 24));
    let day_us = 86_400_000_000.0;
    let stay = inside.mean * day_us / yard.figures.entries as f64;
    assert!((yard.stay.unwrap() as f64 - stay).abs() <= 1.0);
    assert!(!yard.band.is_empty() && deck.band.is_empty(), "nobody told the number of the deck");
    assert_eq!(deck.remarks(), ["never set: counted from 0 on"]);
}

#[test]
fn blind_is_never_zero() {
    let document = golden::day_with_a_gap();
    let nine = document.steps.iter().find(|row| row.line == "gate" && row.bucket.as_ref().unwrap().start.hour() == 9);
    assert_eq!(nine.unwrap().coverage.count(0), None);
    let text = String::from_utf8({
        let mut bytes = Vec::new();
        document.write(lotcount::report::Format::Html, &mut bytes).unwrap();
        bytes
    });
    assert!(text.unwrap().contains(">blind<"));
    // The deck's number ends with its last row.
    let deck: Vec<_> = document.lot_steps.iter().filter(|row| row.lot == "=Deck").collect();
    assert!(deck[17].inside.is_some() && deck[18].inside.is_none(), "nothing is known after six");
}

#[test]
fn why_there_is_no_length_of_stay() {
    assert_eq!(golden::empty_day().lots[0].stay, Err(NoStay::NoEntries));
    let mut site = Site::since("2026-06-15", "Europe/Berlin");
    site.observed_all_day("2026-06-15");
    let mut profile = GATE;
    profile[1] = (0, 5);
    site.traffic("2026-06-15", "north-gate", "gate", &profile, |_| true);
    let document = site.report("2026-06-15", None);
    assert_eq!(document.lots[0].stay, Err(NoStay::BelowZero));
    assert!(document.lots[0].remarks()[0].starts_with("below zero"));
    assert_eq!(site.report("2026-06-14", None).lots[0].stay, Err(NoStay::Blind));
}

/// What a period closes with the next one opens with, also when a number is told at the very midnight between them.
#[test]
fn periods_join() {
    let mut site = Site::since("2026-06-15", "Europe/Berlin");
    for day in ["2026-06-15", "2026-06-16"] {
        site.observed_all_day(day);
        site.traffic(day, "north-gate", "gate", &GATE, |_| true);
        site.traffic(day, "ramp-cam", "ramp", &RAMP, |_| true);
    }
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-16T00:00", 7, "counted");
    let (first, second) = (site.report("2026-06-15", None), site.report("2026-06-16", None));
    let both = site.report("2026-06-15..2026-06-16", Some(Step::Day));
    let inside = |document: &lotcount::report::ReportDocument| document.lots[0].figures.inside.clone().unwrap();
    assert_eq!(inside(&first).closing, inside(&second).opening);
    assert_eq!((inside(&first).adjusted, inside(&second).adjusted), (0, 7 - inside(&first).closing));
    assert_eq!(both.lot_steps[0].inside.as_ref().unwrap().closing, inside(&first).closing);
    assert_eq!(inside(&both).closing, inside(&second).closing);
}

/// A report adds up the volumes itself, in one reading; the database adds up the same. One quarter comes in two parts, and a
/// line in two versions.
#[test]
fn reports_and_the_database_add_up_the_same() {
    let mut site = Site::since("2026-06-15", "Europe/Berlin");
    site.observed_all_day("2026-06-15");
    site.traffic("2026-06-15", "north-gate", "gate", &GATE, |hour| hour < 12);
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-15T07:20", 11, "counted by hand");
    site.move_the_gate();
    site.traffic("2026-06-15", "north-gate", "gate", &GATE, |hour| hour >= 12);
    site.traffic("2026-06-15", "ramp-cam", "ramp", &RAMP, |_| true);
    let document = site.report("2026-06-15", Some(Step::Quarter));
    let (since, until) = (document.start.timestamp(), document.end.timestamp());
    let filter = Filter { since: Some(since.into()), until: Some(until.into()), ..Filter::default() };
    let reader = site.reader();
    let quarter = |start: &jiff::Zoned| UtcMicros::from(start.timestamp());
    let lots = reader.lot_volumes(&filter).unwrap();
    assert!(lots.len() > 60);
    for row in &document.lot_steps {
        let start = quarter(&row.bucket.as_ref().unwrap().start);
        let expected = lots.iter().find(|volume| volume.quarter == start && volume.lot == row.lot);
        assert_eq!(
            (row.entries, row.exits),
            expected.map_or((0, 0), |volume| (volume.entries, volume.exits)),
            "{row:?}"
        );
    }
    let lines = reader.line_volumes(&filter).unwrap();
    for row in &document.class_steps {
        let start = quarter(&row.counts.bucket.as_ref().unwrap().start);
        let expected = lines
            .iter()
            .find(|volume| volume.quarter == start && volume.line == row.counts.line && volume.class == row.class);
        let expected = expected.map_or((0, 0), |volume| (volume.entries, volume.exits));
        assert_eq!((row.counts.entries, row.counts.exits), expected, "{row:?}");
    }
}
