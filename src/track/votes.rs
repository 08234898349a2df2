//! What kind of vehicle a track is, by the vote of its boxes.

use crate::detect::Class;

/// Every box votes for its class with its score.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClassVotes {
    weights: [f64; Class::ALL.len()],
}

impl ClassVotes {
    pub fn add(&mut self, class: Class, score: f64) {
        self.weights[class as usize] += score;
    }

    /// The class with the most votes, of two equal ones the first in [`Class::ALL`]. [`Class::Vehicle`] says nothing, so
    /// it is the answer only when no box said more.
    pub fn majority(&self) -> Class {
        let mut best = (Class::Vehicle, 0.0);
        for class in Class::ALL {
            let weight = self.weights[class as usize];
            if class != Class::Vehicle && weight > best.1 {
                best = (class, weight);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_decide_and_vehicle_only_when_nothing_more_is_known() {
        let cases: [(&[(Class, f64)], Class); 4] = [
            (&[], Class::Vehicle),
            (&[(Class::Vehicle, 0.9)], Class::Vehicle),
            (&[(Class::Vehicle, 0.9), (Class::Vehicle, 0.9), (Class::Van, 0.2)], Class::Van),
            (&[(Class::Car, 0.3), (Class::Car, 0.3), (Class::Truck, 0.7)], Class::Truck),
        ];
        for (boxes, want) in cases {
            let mut votes = ClassVotes::default();
            boxes.iter().for_each(|&(class, score)| votes.add(class, score));
            assert_eq!(votes.majority(), want, "{boxes:?}");
        }
    }

    #[test]
    fn every_class_has_its_own_place() {
        for (place, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, place);
        }
    }
}
