//! What the net saw when it looked last, which holds for as long as nothing changes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::session::Session;
use crate::detect::Detection;

/// Of one camera, at one size of its pictures.
#[derive(Debug, Default)]
pub struct LastSight {
    seen: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    generation: u64,
    /// Frames of the session that had been dropped by then. One that is dropped later may have been one to look at.
    dropped: u64,
    detections: Arc<[Detection]>,
    /// The look before saw the same, or the net cannot make up its mind.
    settled: bool,
    /// Looks in a row that saw something else than the one before.
    unsure: u32,
}

/// Boxes that overlap so much are the same, standing vehicle. Intersection over union.
const SAME: f64 = 0.7;
/// After so many looks at a picture that does not change the last one is believed: a vehicle at the edge of what a net sees
/// comes and goes for ever.
const UNSURE: u32 = 4;

impl LastSight {
    /// What a look at an unchanged picture of this session would see; `None` when it is not sure.
    pub fn known(&self, session: &Session) -> Option<Arc<[Detection]>> {
        let seen = self.seen.as_ref()?;
        let same_session = seen.generation == session.generation;
        let complete = seen.dropped == session.frames.dropped.load(Ordering::Relaxed);
        (same_session && complete && seen.settled).then(|| Arc::clone(&seen.detections))
    }

    /// To be told of every look of the net; `None`: it failed.
    pub fn saw(&mut self, session: &Session, detections: Option<Arc<[Detection]>>) {
        let before = self.seen.take().filter(|seen| seen.generation == session.generation);
        self.seen = detections.map(|detections| {
            let same = before.as_ref().is_some_and(|before| same_vehicles(&before.detections, &detections));
            let unsure = if same { 0 } else { before.map_or(0, |before| before.unsure) + 1 };
            Seen {
                generation: session.generation,
                dropped: session.frames.dropped.load(Ordering::Relaxed),
                settled: same || unsure >= UNSURE,
                detections,
                unsure,
            }
        });
    }
}

fn same_vehicles(before: &[Detection], now: &[Detection]) -> bool {
    let is_there = |one: &Detection| before.iter().any(|other| other.rect.iou(&one.rect) >= SAME);
    before.len() == now.len() && now.iter().all(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use crate::geometry::Rect;
    use crate::service::session::FrameCounts;
    use crate::time::UtcMicros;

    fn session(generation: u64) -> Session {
        Session { camera: 0, generation, began: UtcMicros(0), recording: None, frames: FrameCounts::default() }
    }

    fn cars(lefts: &[f64]) -> Option<Arc<[Detection]>> {
        let car = |&x: &f64| Detection { rect: Rect::new(x, 10.0, x + 50.0, 40.0), score: 0.9, class: Class::Car };
        Some(lefts.iter().map(car).collect())
    }

    #[test]
    fn what_two_looks_agree_on_is_known() {
        let (session, mut last) = (session(1), LastSight::default());
        assert!(last.known(&session).is_none(), "nothing was seen yet");
        last.saw(&session, cars(&[100.0]));
        assert!(last.known(&session).is_none(), "once is not enough");
        last.saw(&session, cars(&[104.0]));
        assert_eq!(last.known(&session), cars(&[104.0]));
        last.saw(&session, cars(&[104.0, 300.0]));
        assert!(last.known(&session).is_none(), "another car");
        last.saw(&session, None);
        assert!(last.known(&session).is_none(), "a look that failed saw nothing");
    }

    #[test]
    fn a_net_that_cannot_make_up_its_mind_is_not_asked_for_ever() {
        let (session, mut last) = (session(1), LastSight::default());
        let flickering = [cars(&[100.0]), cars(&[]), cars(&[100.0]), cars(&[])];
        let known: Vec<bool> = flickering
            .into_iter()
            .map(|seen| {
                last.saw(&session, seen);
                last.known(&session).is_some()
            })
            .collect();
        assert_eq!(known, [false, false, false, true]);
    }

    #[test]
    fn nothing_is_known_of_another_session_or_after_a_frame_was_dropped() {
        let (first, mut last) = (session(1), LastSight::default());
        last.saw(&first, cars(&[]));
        last.saw(&first, cars(&[]));
        assert_eq!(last.known(&first), cars(&[]));
        assert!(last.known(&session(2)).is_none());
        first.frames.dropped.fetch_add(1, Ordering::Relaxed);
        assert!(last.known(&first).is_none());
    }
}
