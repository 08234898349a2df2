//! Follows all vehicles of one camera.

use super::duplicates::drop_duplicates;
use super::field::VelocityField;
use super::likelihood::assign;
use super::observation::Observation;
use super::tracked_vehicle::{LONGEST_UNSEEN, Track};
use super::{Anchor, Thresholds};
use crate::detect::Detection;

/// Seconds between two looks, as long as only one is known.
const FIRST_INTERVAL: f64 = 0.2;
/// Weight of the newest interval in the running mean.
const INTERVAL_GAIN: f64 = 0.2;
/// Seconds. A longer pause counts as this long in the mean.
const LONGEST_INTERVAL: f64 = 1.0;

/// What one look changed. Tracks are named by their [`Track::id`].
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Seconds since the session's first frame.
    pub seconds: f64,
    /// The tracks that a box was given to, by id.
    pub updated: Vec<u64>,
    /// The tracks that began, by id.
    pub born: Vec<u64>,
    /// The tracks that went unseen for too long and ended after this look. They were predicted to it, as all others.
    pub ended: Vec<Track>,
    /// The tracks that ended before this look, because there was no look for too long before it.
    pub interrupted: Vec<Track>,
}

/// The vehicles that one camera sees. Plain data in, plain data out: time comes from the stream's time stamps only.
#[derive(Clone, Debug)]
pub struct Tracker {
    thresholds: Thresholds,
    anchor: Anchor,
    field: VelocityField,
    /// By id, because new ones are added at the end.
    tracks: Vec<Track>,
    born_count: u64,
    first_look: Option<f64>,
    last_look: Option<f64>,
    look_interval: f64,
}

impl Tracker {
    /// For pictures of `picture_width` x `picture_height` pixels.
    pub fn new(picture_width: f64, picture_height: f64, thresholds: Thresholds, anchor: Anchor) -> Self {
        Self {
            thresholds,
            anchor,
            field: VelocityField::new(picture_width, picture_height),
            tracks: Vec::new(),
            born_count: 0,
            first_look: None,
            last_look: None,
            look_interval: FIRST_INTERVAL,
        }
    }

    /// Takes in what the detector saw at `t` seconds since the session's first frame. A look that is not later than the
    /// last one is ignored: `None`.
    pub fn look(&mut self, t: f64, detections: &[Detection]) -> Option<Look> {
        if !t.is_finite() || self.last_look.is_some_and(|last| t <= last) {
            return None;
        }
        let mut look = Look { seconds: t, ..Look::default() };
        if let Some(last) = self.last_look {
            if t - last > LONGEST_UNSEEN {
                look.interrupted = self.finish();
            }
            self.look_interval += INTERVAL_GAIN * ((t - last).min(LONGEST_INTERVAL) - self.look_interval);
        }
        self.first_look.get_or_insert(t);
        self.last_look = Some(t);

        let boxes = Observation::of_look(detections, &self.thresholds, self.anchor);
        let boxes = drop_duplicates(boxes, self.anchor);
        self.tracks.iter_mut().for_each(|track| track.predict(t));
        let pairs = assign(&self.tracks, &boxes);
        let mut taken = vec![false; boxes.len()];
        for (row, column) in pairs {
            taken[column] = true;
            self.tracks[row].update(t, &boxes[column], &mut self.field);
            look.updated.push(self.tracks[row].id());
        }
        for (seen, _) in boxes.iter().zip(taken).filter(|&(seen, taken)| !taken && seen.score >= self.thresholds.birth)
        {
            look.born.push(self.born_count);
            self.tracks.push(Track::new(self.born_count, t, seen, &self.field));
            self.born_count += 1;
        }
        look.ended = self.tracks.extract_if(.., |track| track.is_stale(t)).collect();
        Some(look)
    }

    /// Ends all tracks, as when the stream ends, and hands them out. What was learned of the place stays.
    pub fn finish(&mut self) -> Vec<Track> {
        std::mem::take(&mut self.tracks)
    }

    /// The tracks that are alive, by id; those that the last look did not see are predicted to it.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    pub fn track(&self, id: u64) -> Option<&Track> {
        let position = self.tracks.binary_search_by_key(&id, Track::id).ok()?;
        Some(&self.tracks[position])
    }

    /// Tracks ever begun.
    pub fn born_count(&self) -> u64 {
        self.born_count
    }

    /// When the stream's first look was, seconds.
    pub fn first_look(&self) -> Option<f64> {
        self.first_look
    }

    /// Running mean of the time between two looks, seconds.
    pub fn look_interval(&self) -> f64 {
        self.look_interval
    }

    pub fn anchor(&self) -> Anchor {
        self.anchor
    }

    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use crate::geometry::Rect;

    fn tracker() -> Tracker {
        Tracker::new(640.0, 360.0, Thresholds::default(), Anchor::BottomCentre)
    }

    fn car(x: f64, score: f64) -> Detection {
        Detection { rect: Rect::new(x - 25.0, 155.0, x + 25.0, 200.0), score, class: Class::Car }
    }

    #[test]
    fn a_track_lives_through_missed_boxes_and_ends_after_too_many() {
        let mut tracker = tracker();
        for number in 0..6 {
            tracker.look(f64::from(number) / 6.0, &[car(100.0 + 10.0 * f64::from(number), 0.7)]);
        }
        let seen = tracker.look(1.0, &[]).unwrap();
        assert!(seen.updated.is_empty() && seen.born.is_empty() && seen.ended.is_empty());
        let forecast = tracker.track(0).unwrap().place().x;
        assert!((forecast - 160.0).abs() < 2.0, "{forecast}");
        tracker.look(1.5, &[]);
        let look = tracker.look(1.9, &[car(214.0, 0.7)]).unwrap();
        assert_eq!((look.updated, look.born), (vec![0], vec![]));
        tracker.look(2.5, &[]);
        let look = tracker.look(3.2, &[]).unwrap();
        assert_eq!(look.ended.iter().map(Track::id).collect::<Vec<_>>(), [0]);
        assert!(tracker.tracks().is_empty() && tracker.track(0).is_none());
    }

    #[test]
    fn weak_boxes_carry_a_track_and_start_none() {
        let mut tracker = tracker();
        assert!(tracker.look(0.0, &[car(100.0, 0.19)]).unwrap().born.is_empty());
        assert_eq!(tracker.look(0.2, &[car(100.0, 0.2)]).unwrap().born, [0]);
        assert_eq!(tracker.look(0.4, &[car(100.0, 0.1)]).unwrap().updated, [0]);
        let track = tracker.track(0).unwrap();
        assert_eq!(track.hits(), 2);
        assert!((track.score_sum() - 0.3).abs() < 1e-12);
    }

    #[test]
    fn a_look_that_is_not_later_changes_nothing() {
        let mut tracker = tracker();
        assert!(tracker.look(f64::NAN, &[car(100.0, 0.7)]).is_none());
        tracker.look(1.0, &[car(100.0, 0.7)]);
        for late in [1.0, 0.5, f64::NEG_INFINITY, f64::INFINITY, f64::NAN] {
            assert!(tracker.look(late, &[car(300.0, 0.7)]).is_none(), "{late}");
        }
        assert_eq!((tracker.born_count(), tracker.first_look()), (1, Some(1.0)));
    }

    #[test]
    fn after_a_gap_all_tracks_are_new_but_what_the_place_taught_stays() {
        let mut tracker = tracker();
        for number in 0..12 {
            tracker.look(f64::from(number) / 6.0, &[car(100.0 + 20.0 * f64::from(number), 0.7)]);
        }
        let look = tracker.look(10.0, &[car(200.0, 0.7)]).unwrap();
        assert_eq!(look.interrupted.iter().map(Track::id).collect::<Vec<_>>(), [0]);
        assert_eq!((look.born, look.ended.len()), (vec![1], 0));
        let velocity = tracker.track(1).unwrap().velocity();
        assert!(velocity.x > 50.0, "vehicles go 120 px/s there: {velocity:?}");
    }

    #[test]
    fn a_track_is_what_most_of_its_boxes_say() {
        let mut tracker = tracker();
        for (number, class) in [Class::Vehicle, Class::Truck, Class::Car, Class::Truck].into_iter().enumerate() {
            tracker.look(number as f64 / 6.0, &[Detection { class, ..car(100.0, 0.6) }]);
        }
        assert_eq!(tracker.track(0).unwrap().class(), Class::Truck);
        assert_eq!(tracker.born_count(), 1);
    }

    #[test]
    fn the_box_of_a_track_is_drawn_where_its_anchor_is() {
        for anchor in Anchor::ALL {
            let mut tracker = Tracker::new(640.0, 360.0, Thresholds::default(), anchor);
            let seen = car(100.0, 0.7);
            tracker.look(0.0, &[seen]);
            let drawn = tracker.track(0).unwrap().rect(anchor);
            let differences =
                [drawn.x1 - seen.rect.x1, drawn.y1 - seen.rect.y1, drawn.x2 - seen.rect.x2, drawn.y2 - seen.rect.y2];
            assert!(differences.iter().all(|difference| difference.abs() < 1e-9), "{anchor}: {drawn:?}");
        }
    }
}
