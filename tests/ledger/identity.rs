//! Opening + entries - exits + adjustments = closing, at every quarter of an hour, as a plain simulation has it.

use std::time::Duration;

use lotcount::count::{Direction, Observation};
use lotcount::store::{Adjustment, AdjustmentKind, Filter, Halt, StoreError, examine, retain};
use lotcount::time::UtcMicros;
use proptest::prelude::*;

use crate::site::{DAY, LINES, LOTS, MIDNIGHT, QUARTER, SECOND, Site};

/// What happens next in the life of a database.
#[derive(Clone, Debug)]
enum Step {
    /// Line, whether it is an entry, time.
    Cross(usize, bool, i64),
    /// Over a recording that is being counted for the first time.
    Recorded(usize, bool, i64),
    /// Lot, number, time.
    Set(usize, i64, i64),
    Adjust(usize, i64, i64),
    Reset(usize, i64, i64),
    /// Rows of more than so many days go.
    Retain(i64),
}

/// Mostly in busy quarters, so that what is told divides them; some at their very beginning.
fn moment() -> impl Strategy<Value = i64> {
    let within = prop_oneof![3 => 0..900_i64, 1 => Just(0)];
    (0..3_i64, prop_oneof![3 => 28..33_i64, 1 => 0..96_i64], within)
        .prop_map(|(day, quarter, second)| MIDNIGHT + day * DAY + quarter * QUARTER + second * SECOND)
}

fn step() -> impl Strategy<Value = Step> {
    let lot = 0..LOTS.len();
    let crossing = || (0..LINES.len(), any::<bool>(), moment());
    prop_oneof![
        12 => crossing().prop_map(|(line, entry, at)| Step::Cross(line, entry, at)),
        2 => crossing().prop_map(|(line, entry, at)| Step::Recorded(line, entry, at)),
        2 => (lot.clone(), 0..30_i64, moment()).prop_map(|(lot, number, at)| Step::Set(lot, number, at)),
        1 => (lot.clone(), -5..6_i64, moment()).prop_map(|(lot, number, at)| Step::Adjust(lot, number, at)),
        1 => (lot, 0..5_i64, moment()).prop_map(|(lot, number, at)| Step::Reset(lot, number, at)),
        1 => (0..3_i64).prop_map(Step::Retain),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Told(i64),
    Adjusted(i64),
    Crossed(i64),
}

/// What happened to one lot: time and event, adjustments before crossings of the same moment, in their order.
#[derive(Clone, Default)]
struct Story(Vec<(i64, u8, Event)>);

impl Story {
    fn note(&mut self, at: i64, event: Event) {
        let rank = u8::from(matches!(event, Event::Crossed(_)));
        self.0.push((at, rank, event));
        self.0.sort_by_key(|(at, rank, _)| (*at, *rank));
    }

    /// Crossings before the moment, adjustments before and at it.
    fn inside(&self, at: i64) -> i64 {
        self.0.iter().filter(|(time, rank, _)| *time < at || (*time == at && *rank == 0)).fold(0, |inside, event| {
            match event.2 {
                Event::Told(number) => number,
                Event::Adjusted(number) | Event::Crossed(number) => inside + number,
            }
        })
    }
}

fn found(row: &Adjustment) -> Option<Observation> {
    Some(Observation {
        crossings: row.crossings?,
        days: row.at.days_since(row.previous?),
        error: row.counted? - row.after,
    })
}

/// Over the recording.
const FIRST: Step = Step::Recorded(0, true, MIDNIGHT);

struct Life {
    site: Site,
    stories: [Story; 5],
    recording: lotcount::store::SessionKey,
    resets: usize,
}

impl Life {
    fn new() -> Self {
        let mut site = Site::new();
        site.sql().pragma_update(None, "synchronous", false).unwrap();
        let recording = site.recording();
        let mut life = Self { site, stories: Default::default(), recording, resets: 0 };
        // A session of which nothing is kept and that is followed by another is over for whoever removes old rows.
        life.live(&FIRST);
        life.site.reconnect();
        life
    }

    fn crossed(&mut self, line: usize, entry: bool, at: i64) {
        let deltas = if entry { LINES[line].1 } else { LINES[line].2 };
        for (story, delta) in self.stories.iter_mut().zip(deltas).filter(|(_, delta)| *delta != 0) {
            story.note(at, Event::Crossed(delta));
        }
    }

    fn live(&mut self, step: &Step) {
        let direction = |entry: bool| if entry { Direction::Entry } else { Direction::Exit };
        match *step {
            Step::Cross(line, entry, at) => {
                self.site.cross(LINES[line].0, direction(entry), at);
                self.crossed(line, entry, at);
            }
            Step::Recorded(line, entry, at) => {
                let recording = self.recording.clone();
                self.site.cross_in(&recording, LINES[line].0, direction(entry), at);
                self.crossed(line, entry, at);
            }
            Step::Set(lot, number, at) => self.set(lot, number, at),
            Step::Adjust(lot, number, at) => {
                self.site.adjust(LOTS[lot], AdjustmentKind::Adjust, number, at).unwrap();
                self.stories[lot].note(at, Event::Adjusted(number));
            }
            Step::Reset(lot, number, at) => {
                self.resets += 1;
                let before = self.site.number("SELECT count(*) FROM adjustment");
                for _ in 0..2 {
                    self.site.reset(&format!("reset {}", self.resets), LOTS[lot], number, at);
                }
                // Left out when only a total is left of its quarter; never written twice.
                match self.site.number("SELECT count(*) FROM adjustment") - before {
                    0 => {}
                    1 => self.stories[lot].note(at, Event::Told(number)),
                    more => panic!("{more} rows"),
                }
            }
            Step::Retain(days) => {
                let now = UtcMicros(MIDNIGHT + (days + 2) * DAY);
                retain(&self.site.path, 2, now, Duration::ZERO, &Halt::never()).unwrap();
            }
        }
    }

    fn set(&mut self, lot: usize, number: i64, at: i64) {
        match self.site.adjust(LOTS[lot], AdjustmentKind::Set, number, at) {
            Ok(row) => {
                let before = self.stories[lot].inside(at);
                assert_eq!((row.before, row.after, row.amount), (before, number, number - before));
                self.stories[lot].note(at, Event::Told(number));
            }
            Err(StoreError::TotalOnly { begin, end, .. }) => {
                assert!(begin.0 < at && at < end.0);
                let sql =
                    format!("SELECT sum(archived) FROM volume WHERE part_us >= {} AND part_us < {}", begin.0, end.0);
                assert!(self.site.number(&sql) > 0, "refused without a reason");
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn check(&self) {
        let reader = self.site.reader();
        for (lot, story) in LOTS.iter().zip(&self.stories) {
            let at_end = story.inside(i64::MAX);
            assert_eq!(self.site.inside(lot), at_end, "{lot} now");
            let filter = Filter { lot: Some((*lot).to_owned()), ..Filter::default() };
            let volumes = reader.lot_volumes(&filter).unwrap();
            let adjustments = reader.adjustments(&filter).unwrap();
            let mut opening = 0;
            for quarter in 0..=3 * 96 {
                let (begin, end) = (MIDNIGHT + (quarter - 1) * QUARTER, MIDNIGHT + quarter * QUARTER);
                let closing = reader.occupancy_at(lot, UtcMicros(end)).unwrap().unwrap();
                assert_eq!(closing, story.inside(end), "{lot} at quarter {quarter}");
                let counted = volumes.iter().find(|volume| volume.quarter.0 == begin);
                let (entries, exits) = counted.map_or((0, 0), |volume| (volume.entries as i64, volume.exits as i64));
                let told = adjustments.iter().filter(|row| begin < row.at.0 && row.at.0 <= end);
                let effect: i64 = told.map(|row| row.effect).sum();
                assert_eq!(opening + entries - exits + effect, closing, "{lot} in quarter {quarter}");
                opening = closing;
            }
            for row in &adjustments {
                assert_eq!(reader.occupancy_at(lot, row.at).unwrap().unwrap(), story.inside(row.at.0), "{row:?}");
            }
            // What each true number found, as the rows themselves say, and the latest of them.
            let found: Vec<Observation> = adjustments.iter().filter_map(found).collect();
            let read = |most| reader.drift_observations(lot, UtcMicros(i64::MAX), most).unwrap();
            assert_eq!(read(1000), found, "{lot}");
            assert_eq!(read(2), found[found.len().saturating_sub(2)..], "{lot}");
            // What single crossings tell, where they are kept.
            for (at, _, _) in &story.0 {
                let kept = format!(
                    "SELECT coalesce(sum(archived), 0) FROM volume WHERE part_us / {QUARTER} = {}",
                    at / QUARTER
                );
                if self.site.number(&kept) == 0 {
                    assert_eq!(reader.occupancy_at(lot, UtcMicros(*at)).unwrap().unwrap(), story.inside(*at), "{lot}");
                }
            }
        }
        drop(reader);
        assert_eq!(examine(&self.site.path).unwrap(), [""; 0]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_is_what_a_simulation_has(steps in prop::collection::vec(step(), 1..70)) {
        let mut life = Life::new();
        for (index, step) in steps.iter().enumerate() {
            life.live(step);
            if index % 23 == 22 {
                life.check();
            }
        }
        life.check();
        // The same recording is counted again, and nothing crosses in it: its rows are gone when it is complete.
        let again = life.site.recording();
        let sum = "SELECT sum(entries + exits) FROM line_volume_part";
        let before = life.site.number(&format!("SELECT coalesce(({sum}), 0)"));
        life.site.complete(again);
        let recorded = steps.iter().chain([&FIRST]).filter(|step| matches!(step, Step::Recorded(..)));
        let after = life.site.number(&format!("SELECT coalesce(({sum}), 0)"));
        prop_assert_eq!(before - after, recorded.count() as i64);
        prop_assert_eq!(examine(&life.site.path).unwrap(), Vec::<String>::new());
    }
}
