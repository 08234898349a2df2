//! What nearly counted is reported with its reason, once.

use lotcount::count::{Direction, Outcome, Reason, Rejected};
use lotcount::detect::Detection;

use crate::scene::{Boxes, CAR_SIZE, LINE_Y, Looks, car, outcomes, totals, vehicle};

/// The crossings and the rejections of a scene without noise, six looks a second for four seconds.
fn watch(boxes: &Boxes) -> ((usize, usize), Vec<Rejected>) {
    let looks = Looks { seconds: 4.0, rate: 6.0, phase: 0.0, noise: 0.0, seed: 0 };
    let outcomes = outcomes(looks, boxes);
    (totals(&outcomes), outcomes.iter().filter_map(Outcome::rejected).cloned().collect())
}

/// A steady drive over the line at `t` = 2 s, sizes a second.
fn drive(t: f64, speed: f64) -> f64 {
    LINE_Y + speed * (t - 2.0) * CAR_SIZE
}

struct Case<'a> {
    name: &'a str,
    boxes: Box<Boxes<'a>>,
    counted: (usize, usize),
    /// What the one reason must be; `None` when nothing may be reported.
    is_right: Option<fn(&Reason) -> bool>,
}

fn case<'a>(
    name: &'a str,
    boxes: impl Fn(f64) -> Vec<Detection> + 'a,
    counted: (usize, usize),
    is_right: Option<fn(&Reason) -> bool>,
) -> Case<'a> {
    Case { name, boxes: Box::new(boxes), counted, is_right }
}

#[test]
fn each_near_crossing_is_reported_once_with_its_reason() {
    let passes_at = |x: f64| move |t: f64| vec![car(x, drive(t, 1.5))];
    let cases = [
        case("a plain crossing", passes_at(300.0), (1, 0), None),
        case("20 pixels beyond the line's end", passes_at(596.0), (0, 0), {
            Some(|reason| matches!(reason, Reason::BeyondEnd { pixels } if (pixels - 20.0).abs() < 1.0))
        }),
        case("far beyond the line's end", passes_at(630.0), (0, 0), None),
        case(
            "two boxes on one vehicle",
            |t| vec![car(300.0, drive(t, 1.5)), vehicle(318.0, drive(t, 1.5), 50.0, 45.0, 0.65)],
            (1, 0),
            Some(|reason| *reason == Reason::SecondTrack { of: 0 }),
        ),
        case(
            "weak boxes and few",
            |t| {
                let seen = (1.6..2.2).contains(&t);
                seen.then(|| vehicle(300.0, drive(t, 2.0), 50.0, 45.0, 0.21)).into_iter().collect()
            },
            (0, 0),
            Some(|reason| matches!(reason, Reason::TooLittleEvidence { boxes: 4, .. })),
        ),
        case(
            "stops with its nose over the line",
            |t| vec![car(300.0, drive(t.min(2.16), 0.5))],
            (0, 0),
            Some(|reason| matches!(reason, Reason::TooLittleTravel { .. })),
        ),
        case("stands on the line", |_| vec![car(300.0, LINE_Y)], (0, 0), None),
        case(
            "appears beyond the line a while after it",
            |t| if t > 2.6 { vec![car(300.0, drive(t, 2.0))] } else { Vec::new() },
            (0, 0),
            Some(|reason| matches!(reason, Reason::BornTooLate { seconds, .. } if (seconds - 0.67).abs() < 0.1)),
        ),
        case(
            "appears far beyond the line",
            |t| if t > 3.1 { vec![car(300.0, drive(t, 2.0))] } else { Vec::new() },
            (0, 0),
            None,
        ),
        case(
            "gets another identity beyond the line",
            |t| {
                if t < 2.3 {
                    vec![car(300.0, drive(t, 2.5))]
                } else {
                    vec![vehicle(300.0, drive(t, 2.5), 20.0, 80.0, 0.7)]
                }
            },
            (1, 0),
            Some(|reason| *reason == Reason::RestOfTrack { of: 0 }),
        ),
        case(
            "was over the line before the first look",
            |t| vec![car(300.0, LINE_Y + (0.5 + 2.0 * t) * CAR_SIZE)],
            (0, 0),
            Some(|reason| *reason == Reason::BeforeFirstLook),
        ),
    ];
    for Case { name, boxes, counted, is_right } in &cases {
        let (got, rejected) = watch(boxes);
        assert_eq!(got, *counted, "{name}");
        match (is_right, &rejected[..]) {
            (None, []) => {}
            (Some(is_right), [rejected]) if is_right(&rejected.reason) => {
                assert_eq!((rejected.line, rejected.direction), (0, Direction::Entry), "{name}");
            }
            (_, rejected) => panic!("{name}: {:?}", rejected.iter().map(|r| r.reason).collect::<Vec<_>>()),
        }
    }
}

#[test]
fn the_explanation_tells_the_story_in_a_few_numbers() {
    let looks = Looks { seconds: 4.0, rate: 6.0, phase: 0.0, noise: 0.0, seed: 0 };
    let outcomes = outcomes(looks, &|t| vec![car(300.0, drive(t, 1.5))]);
    let crossing = outcomes.iter().find_map(Outcome::crossing).expect("one crossing");
    let explanation = &crossing.explanation;
    assert!(explanation.before > 1.0 && explanation.after >= 0.15, "{explanation:?}");
    assert!((explanation.speed_across - 1.5).abs() < 0.1 && (explanation.size - CAR_SIZE).abs() < 0.5);
    assert!((crossing.place - (300.0 - 64.0) / 512.0).abs() < 0.001);
    assert!(explanation.path.len() <= 16 && explanation.path[0] == explanation.born);
    assert_eq!((explanation.born.t, explanation.born.y), (0.0, 37.7));
    let written = serde_json::to_string(explanation).unwrap();
    assert!(written.len() < 1000, "{} bytes: {written}", written.len());
}
