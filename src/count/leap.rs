//! A track that was not seen while it went over the line. The box that it got afterwards may be another vehicle's.
//!
//! The longer a track goes unseen, the further from its forecast a box may be that is still its own. With looks at uneven
//! times, or few of them, tracks so take over other vehicles: six in a thousand crossings of the samples were of that kind.

use super::passage::Place;

/// Shorter ways over the line are followed closely enough, s.
const LONG: f64 = 0.5;
/// A vehicle that is seen again has not grown or shrunk by more than this.
const GROWTH: f64 = 2.0;
/// It does not come back at once, faster than this, sizes/s.
const BACK: f64 = 0.3;
/// Nor was it unseen faster than before, or, with a single box before, afterwards, by more than this, sizes/s.
const FASTER: f64 = 1.0;

/// The two boxes of a track on either side of a line, far apart in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leap {
    from: Place,
    to: Place,
}

impl Leap {
    /// `None`: the track was seen all the time.
    pub fn new(from: Place, to: Place) -> Option<Self> {
        (to.seconds - from.seconds >= LONG).then_some(Self { from, to })
    }

    /// Whether the track was not seen since: its next box tells more.
    pub fn is_last(&self, now: &Place) -> bool {
        now.seconds <= self.to.seconds
    }

    /// Whether the box after the leap was another vehicle's, as far as can be told where the track is `now`.
    pub fn is_of_two_vehicles(&self, now: &Place) -> bool {
        let growth = self.to.size / self.from.size;
        if !(1.0 / GROWTH..=GROWTH).contains(&growth) {
            return true;
        }
        let leapt = self.speed(&self.from, &self.to);
        let way = leapt.signum();
        let after = (!self.is_last(now)).then(|| way * self.speed(&self.to, now));
        if after.is_some_and(|after| after < -BACK) {
            return true;
        }
        let before = self.from.speed.map(|speed| way * speed / self.size());
        before.or(after).is_some_and(|known| leapt.abs() > known.max(0.0) + FASTER)
    }

    /// Across the line, sizes/s.
    fn speed(&self, from: &Place, to: &Place) -> f64 {
        (to.offset - from.offset) / self.size() / (to.seconds - from.seconds)
    }

    /// Pixels, in the middle of the way.
    fn size(&self) -> f64 {
        (self.from.size * self.to.size).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vehicle of 100 pixels; sizes from the line, sizes/s.
    fn at(seconds: f64, offset: f64, speed: Option<f64>) -> Place {
        let speed = speed.map(|speed| 100.0 * speed);
        Place { seconds, offset: 100.0 * offset, offset_sizes: offset, position: 0.5, size: 100.0, speed }
    }

    #[test]
    fn a_table_of_leaps() {
        let none = None;
        for (what, before, to, after, expected) in [
            ("as fast as before", Some(1.0), (1.0, 0.5), none, false),
            ("from standing", Some(0.0), (1.0, 0.45), none, false),
            ("much faster than before", Some(0.8), (1.0, 1.6), none, true),
            ("it went the other way before", Some(-0.8), (1.0, 0.6), none, true),
            ("faster than before, as a fast car is", Some(3.0), (1.0, 3.0), none, false),
            ("it comes back", Some(1.0), (1.0, 0.5), Some((1.2, 0.3)), true),
            ("it stands then", Some(1.0), (1.0, 0.5), Some((1.2, 0.45)), false),
            ("one box before, and it goes on", None, (1.0, 0.5), Some((1.2, 0.7)), false),
            ("one box before, and it goes on slowly", None, (1.0, 1.5), Some((1.2, 1.5)), true),
            ("one box on either side", None, (1.0, 3.0), none, false),
        ] {
            let leap = Leap::new(at(0.0, -0.5, before), at(to.0, to.1, None)).unwrap();
            let now = after.map_or(leap.to, |(seconds, offset)| at(seconds, offset, None));
            assert_eq!(leap.is_of_two_vehicles(&now), expected, "{what}");
            assert_eq!(leap.is_last(&now), after.is_none(), "{what}");
        }
    }

    #[test]
    fn what_is_seen_all_the_time_does_not_leap() {
        assert!(Leap::new(at(0.0, -0.5, None), at(0.45, 0.5, None)).is_none());
    }

    #[test]
    fn another_size_is_another_vehicle() {
        let other = Place { size: 49.0, ..at(1.0, 0.5, None) };
        assert!(Leap::new(at(0.0, -0.5, Some(1.0)), other).unwrap().is_of_two_vehicles(&other));
    }
}
