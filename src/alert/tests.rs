//! All rules together, the way the database keeps what they say.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

pub fn lot_rules(lot: &str) -> LotRules {
    LotRules {
        lot: lot.to_owned(),
        fill: true,
        nearly_full: 0.9,
        full: 1.0,
        hysteresis: 0.05,
        closing: None,
        imbalance: None,
    }
}

fn rules() -> Rules {
    Rules {
        lots: vec![LotRules { closing: Some(jiff::civil::time(22, 0, 0, 0)), ..lot_rules("main") }],
        cameras: vec![("north".to_owned(), vec!["gate".to_owned()])],
        camera_down: Some(Duration::from_secs(60)),
        silent_lines: true,
    }
}

fn at(second: i64) -> UtcMicros {
    UtcMicros(second * 1_000_000)
}

/// What becomes of edges, as in the database: a key that is there changes nothing, and only the open end.
#[derive(Default)]
struct Rows {
    alerts: Vec<Alert>,
    /// `+` or `-` with the kind, in the order of writing.
    told: Vec<String>,
}

impl Rows {
    fn evaluate(&mut self, rules: &Rules, situation: &Situation, now: UtcMicros) {
        for edge in evaluate(rules, situation, &self.latest(), now) {
            match edge {
                Edge::Began(new) => {
                    assert!(self.alerts.iter().all(|alert| alert.key != new.key), "twice: {}", new.key);
                    self.told.push(format!("+{}", new.kind.word()));
                    let NewAlert { key, kind, subject, began, detail } = new;
                    let id = self.alerts.len() as i64 + 1;
                    self.alerts.push(Alert { id, key, kind, subject, began, ended: None, detail, ended_detail: None });
                }
                Edge::Ended { key, at, detail, kind, .. } => {
                    let alert = self.alerts.iter_mut().find(|alert| alert.key == key).expect("an alert that began");
                    assert_eq!(alert.ended, None, "ended twice: {key}");
                    assert!(at >= alert.began, "{key} ended before it began");
                    (alert.ended, alert.ended_detail) = (Some(at), Some(detail));
                    self.told.push(format!("-{}", kind.word()));
                }
            }
        }
    }

    fn latest(&self) -> Vec<Alert> {
        let is_latest = |alert: &&Alert| {
            !self
                .alerts
                .iter()
                .any(|other| other.id > alert.id && (other.kind, &other.subject) == (alert.kind, &alert.subject))
        };
        self.alerts.iter().filter(is_latest).cloned().collect()
    }

    /// What was told since the last time.
    fn take(&mut self) -> String {
        std::mem::take(&mut self.told).join(" ")
    }
}

fn lot(inside: i64, changed: i64) -> LotState {
    LotState { lot: "main".to_owned(), inside, capacity: Some(20), changed: Some(at(changed)), counted: None }
}

fn lots(state: LotState) -> Situation {
    Situation { lots: vec![state], ..Situation::default() }
}

#[test]
fn a_lot_that_fills_and_empties() {
    let mut rows = Rows::default();
    for (second, inside, expected) in [
        (0, 17, ""),
        (10, 18, "+nearly-full"),
        (20, 19, ""),
        (30, 20, "+full"),
        (40, 21, "+over-capacity"),
        (50, 21, ""),
        (60, 20, "-over-capacity"),
        (70, 19, "-full"),
        (80, 20, "+full"),
        (90, 10, "-nearly-full -full"),
        (100, -1, "+below-zero"),
        (110, 0, "-below-zero"),
    ] {
        rows.evaluate(&rules(), &lots(lot(inside, second)), at(second + 5));
        assert_eq!(rows.take(), expected, "{inside} at {second}");
    }
    // Dated by the cars.
    let spans: Vec<_> = rows.alerts.iter().map(|alert| (alert.began, alert.ended.unwrap())).collect();
    assert_eq!(spans[0], (at(10), at(90)));
    assert_eq!(rows.alerts[1].key, "full main 1970-01-01T00:00:30Z");
    assert_eq!(rows.alerts[1].detail, "20 of 20 spaces are taken");
    assert_eq!(rows.alerts[1].ended_detail.as_deref(), Some("19 of 20 spaces are taken, 1 are free again"));
}

#[test]
fn who_sets_the_true_number_ends_what_it_proves_wrong() {
    let mut rows = Rows::default();
    let wide = Rules { lots: vec![LotRules { hysteresis: 0.5, ..lot_rules("main") }], ..rules() };
    rows.evaluate(&wide, &lots(lot(20, 10)), at(11));
    assert_eq!(rows.take(), "+nearly-full +full");
    rows.evaluate(&wide, &lots(lot(19, 20)), at(21));
    assert_eq!(rows.take(), "");
    rows.evaluate(&wide, &lots(LotState { counted: Some(at(30)), ..lot(19, 30) }), at(31));
    assert_eq!(rows.take(), "-full", "19 are still nearly full");
}

#[test]
fn a_capacity_that_changes_there_and_back_is_told_each_time() {
    let mut rows = Rows::default();
    for (now, capacity, expected) in
        [(11, 20, ""), (21, 15, "+nearly-full +full"), (31, 20, "-nearly-full -full"), (41, 15, "+nearly-full +full")]
    {
        rows.evaluate(&rules(), &lots(LotState { capacity: Some(capacity), ..lot(15, 10) }), at(now));
        assert_eq!(rows.take(), expected, "{capacity}");
    }
    rows.evaluate(&rules(), &lots(LotState { capacity: None, ..lot(15, 10) }), at(51));
    assert_eq!(rows.take(), "-nearly-full -full");
}

#[test]
fn what_is_taken_out_of_the_configuration_does_not_stay_open() {
    let mut rows = Rows::default();
    rows.evaluate(&rules(), &lots(lot(-3, 10)), at(11));
    rows.evaluate(&rules(), &unobserved(0), at(60));
    assert_eq!(rows.take(), "+below-zero +camera-down");
    let bare = Rules { lots: Vec::new(), cameras: Vec::new(), ..rules() };
    rows.evaluate(&bare, &lots(lot(-3, 10)), at(70));
    assert_eq!(rows.take(), "-below-zero -camera-down");
}

fn camera(sight: Sight) -> Situation {
    let state = CameraState {
        camera: "north".to_owned(),
        sight,
        reason: "stalled".to_owned(),
        detail: "no frame within 5 s".to_owned(),
    };
    Situation { cameras: vec![state], ..Situation::default() }
}

fn unobserved(since: i64) -> Situation {
    camera(Sight::Unobserved { since: at(since) })
}

fn observed(since: i64) -> Situation {
    camera(Sight::Observed { since: at(since) })
}

#[test]
fn a_camera_is_down_after_a_while_and_up_when_it_stays() {
    let mut rows = Rows::default();
    for (now, situation, expected) in [
        (59, unobserved(0), ""),
        (60, unobserved(0), "+camera-down"),
        (90, unobserved(0), ""),
        (100, observed(95), ""),
        // It was there for ten seconds only.
        (130, unobserved(105), ""),
        (160, observed(131), ""),
        (161, observed(131), "-camera-down"),
        (200, unobserved(170), ""),
        (230, unobserved(170), "+camera-down"),
        // The clock was set back by an hour while the camera was away and came.
        (300, observed(-3300), "-camera-down"),
        (301, unobserved(-3000), "+camera-down"),
    ] {
        rows.evaluate(&rules(), &situation, at(now));
        assert_eq!(rows.take(), expected, "at {now}");
    }
    assert_eq!((rows.alerts[0].began, rows.alerts[0].ended), (at(0), Some(at(131))));
    assert_eq!(rows.alerts[0].detail, "stalled: no frame within 5 s");
}

fn closing(day: i64, entries: u64, exits: u64, inside: i64) -> ClosingState {
    ClosingState {
        lot: "main".to_owned(),
        at: at(day * 86_400),
        name: format!("day {day}"),
        entries,
        exits,
        inside,
        capacity: Some(100),
        coverage: Some(1.0),
        counted: None,
    }
}

#[test]
fn each_closing_is_judged_once() {
    let mut rows = Rows::default();
    for (state, expected) in [
        (closing(1, 100, 95, 5), ""),
        (closing(2, 100, 94, 11), "+imbalance"),
        (closing(2, 100, 94, 11), ""),
        (closing(3, 100, 100, 6), "-imbalance +imbalance"),
        (closing(4, 100, 100, 3), "-imbalance"),
        (closing(5, 94, 100, -3), "+imbalance"),
        (ClosingState { counted: Some(at(5 * 86_400 + 60)), ..closing(5, 94, 100, -3) }, "-imbalance"),
        (ClosingState { counted: Some(at(5 * 86_400 + 60)), ..closing(5, 94, 100, -3) }, ""),
        // Counted after it, before anybody judged it.
        (ClosingState { counted: Some(at(6 * 86_400 + 60)), ..closing(6, 94, 100, -3) }, ""),
        // Set by a schedule just then: the day was uneven all the same.
        (ClosingState { counted: Some(at(7 * 86_400)), ..closing(7, 94, 100, 0) }, "+imbalance"),
        // Nobody was there for days, and the lot was counted meanwhile.
        (ClosingState { counted: Some(at(9 * 86_400 + 60)), ..closing(9, 200, 100, 94) }, "-imbalance"),
    ] {
        let name = format!("{} {:?}", state.name, state.counted);
        let situation = Situation { closings: vec![state], ..Situation::default() };
        rows.evaluate(&rules(), &situation, at(30 * 86_400));
        assert_eq!(rows.take(), expected, "{name}");
    }
    assert_eq!(rows.alerts[0].key, "imbalance main day 2");
    let first = "100 entries and 94 exits until closing at day 2: 6 more entered than left, 11 inside; 5 are tolerated";
    assert_eq!(rows.alerts[0].detail, first);
}

#[test]
fn a_closing_says_what_was_not_observed_and_keeps_to_what_is_configured() {
    let state = ClosingState { coverage: Some(0.934), ..closing(1, 10, 7, 3) };
    let situation = Situation { closings: vec![state], ..Situation::default() };
    let mut rows = Rows::default();
    rows.evaluate(&rules(), &situation, at(90_000));
    assert_eq!(rows.take(), "");
    let strict = LotRules { imbalance: Some(2), ..rules().lots[0].clone() };
    rows.evaluate(&Rules { lots: vec![strict], ..rules() }, &situation, at(90_000));
    assert_eq!(rows.take(), "+imbalance");
    assert!(rows.alerts[0].detail.ends_with("2 are tolerated; observed for 93.4 % of the time"), "{:?}", rows.alerts);
}

fn line(hour: i64, crossings: u64, last_crossing: Option<i64>) -> Situation {
    let state = LineState {
        camera: "north".to_owned(),
        line: "gate".to_owned(),
        start: at(hour * 3600),
        name: format!("hour {hour}"),
        hour: HourVolume { coverage: 1.0, crossings },
        weeks: vec![HourVolume { coverage: 1.0, crossings: 20 }; 4],
        last_crossing: last_crossing.map(at),
    };
    Situation { lines: vec![state], ..Situation::default() }
}

#[test]
fn a_line_is_silent_until_a_vehicle_crosses_it() {
    let mut rows = Rows::default();
    for (situation, expected) in [
        (line(8, 5, None), ""),
        (line(9, 0, Some(8 * 3600 + 1)), "+silent-line"),
        (line(9, 0, Some(8 * 3600 + 1)), ""),
        (line(10, 0, Some(8 * 3600 + 1)), ""),
        (line(11, 0, Some(12 * 3600 + 60)), "-silent-line"),
        // The hour before the vehicle came is part of what was told.
        (line(11, 0, Some(12 * 3600 + 60)), ""),
        (line(13, 0, Some(12 * 3600 + 60)), "+silent-line"),
    ] {
        rows.evaluate(&rules(), &situation, at(100_000));
        assert_eq!(rows.take(), expected, "{situation:?}");
    }
    assert_eq!((rows.alerts[0].began, rows.alerts[0].ended), (at(9 * 3600), Some(at(12 * 3600 + 60))));
    rows.evaluate(&Rules { silent_lines: false, ..rules() }, &line(14, 0, None), at(100_000));
    assert_eq!(rows.take(), "-silent-line");
}

#[test]
fn words_are_read_back() {
    assert!(Kind::ALL.iter().all(|&kind| Kind::from_word(kind.word()) == Some(kind)));
    assert_eq!(Kind::from_word("a newer one"), None);
}

proptest! {
    /// However a lot fills and empties: edges of a kind alternate, no key comes twice, evaluating again says nothing new,
    /// and the alerts that are open are those that the thresholds and the way there demand.
    #[test]
    fn edges_alternate_and_nothing_is_said_twice(
        capacity in 0i64..60,
        hysteresis in 0.0f64..0.4,
        steps in prop::collection::vec((-4i64..=4, 0i64..20), 1..200),
    ) {
        let rules = Rules { lots: vec![LotRules { hysteresis, ..lot_rules("main") }], ..rules() };
        let (mut rows, mut inside, mut now) = (Rows::default(), 0, 0);
        for (cars, seconds) in steps {
            inside += cars;
            now += seconds;
            let state = LotState { capacity: Some(capacity), ..lot(inside, now - seconds / 2) };
            rows.evaluate(&rules, &lots(state.clone()), at(now));
            let told = rows.told.len();
            rows.evaluate(&rules, &lots(state), at(now));
            prop_assert_eq!(rows.told.len(), told, "said twice");
            let is_open = |kind| rows.alerts.iter().any(|alert| alert.kind == kind && alert.ended.is_none());
            prop_assert!(inside < capacity || is_open(Kind::Full));
            prop_assert!(inside <= capacity || is_open(Kind::OverCapacity));
            prop_assert!(inside >= 0 || is_open(Kind::BelowZero));
            prop_assert!(inside >= capacity || !is_open(Kind::Full) || hysteresis * capacity as f64 >= 1.5);
        }
        for kind in Kind::ALL {
            let edges: Vec<bool> = rows.told.iter().filter(|told| &told[1..] == kind.word())
                .map(|told| told.starts_with('+')).collect();
            prop_assert!(edges.iter().enumerate().all(|(index, &begins)| begins == (index % 2 == 0)), "{:?}", rows.told);
        }
        // In order of time, one after the other.
        for (earlier, later) in rows.alerts.iter().zip(rows.alerts.iter().skip(1)) {
            prop_assert!(earlier.kind != later.kind || earlier.ended.unwrap() <= later.began);
        }
    }

    /// Cars that come and go by less than the hysteresis round any number are at most one alert of each kind.
    #[test]
    fn nothing_flaps_at_a_threshold(
        capacity in 20i64..500,
        around in -30i64..530,
        jitter in prop::collection::vec(0.0f64..1.0, 1..100),
    ) {
        let margin = ((0.05 * capacity as f64).round() as i64).max(1);
        let mut rows = Rows::default();
        for (second, share) in jitter.into_iter().enumerate() {
            let inside = around + (share * margin as f64) as i64;
            let state = LotState { capacity: Some(capacity), ..lot(inside, second as i64) };
            rows.evaluate(&rules(), &lots(state), at(second as i64 + 1));
        }
        prop_assert!(rows.told.iter().all(|told| told.starts_with('+')), "{:?}", rows.told);
    }

    /// A program that is started again at any moment has nothing but the rows, in whatever order they are read.
    #[test]
    fn a_restart_changes_nothing(
        steps in prop::collection::vec((-4i64..=4, 1i64..100, any::<bool>(), any::<bool>()), 1..100),
    ) {
        let (mut whole, mut restarted) = (Rows::default(), Rows::default());
        let (mut inside, mut now, mut since, mut seen) = (10, 0, 0, true);
        for (cars, seconds, sight_changes, restart) in steps {
            inside += cars;
            now += seconds;
            if sight_changes {
                (seen, since) = (!seen, now - seconds / 2);
            }
            let sight = if seen { Sight::Observed { since: at(since) } } else { Sight::Unobserved { since: at(since) } };
            let situation = Situation { lots: vec![lot(inside, now)], ..camera(sight) };
            whole.evaluate(&rules(), &situation, at(now));
            if restart {
                restarted = Rows { alerts: restarted.alerts.into_iter().rev().collect(), told: restarted.told };
            }
            restarted.evaluate(&rules(), &situation, at(now));
        }
        restarted.alerts.sort_by_key(|alert| alert.id);
        prop_assert_eq!(whole.alerts, restarted.alerts);
    }
}
