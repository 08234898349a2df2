//! What crosses the line on a recording, told by the file beside it, and how much of that was counted.

use std::path::{Path, PathBuf};

/// `gate.truth.csv` of `gate.mp4`.
pub fn truth_file(recording: &Path) -> PathBuf {
    recording.with_extension("truth.csv")
}

/// One passage over a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Since the recording's first frame.
    pub seconds: f64,
    /// `entry` or `exit`
    pub direction: String,
}

/// Of a file as samples/README.md describes; `None`: there is none, or it is something else.
pub fn read(file: &Path) -> Option<Vec<Passage>> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut rows = text.lines().map(|row| row.split(',').collect::<Vec<_>>());
    let header = rows.next()?;
    let column = |name: &str| header.iter().position(|title| *title == name);
    let (time, direction) = (column("time_s")?, column("direction")?);
    let passage = |row: Vec<&str>| {
        Some(Passage { seconds: row.get(time)?.parse().ok()?, direction: (*row.get(direction)?).to_owned() })
    };
    rows.map(passage).collect()
}

/// A car must be seen for so long on both sides of its crossing, s.
const SEEN: f64 = 2.0;
/// A crossing is told to within so much, s. Side by side, two cars may be this close.
const WITHIN: f64 = 1.0;

/// The passages of a recording that is played round after round, of those that fall wholly into a time `from` .. `until`.
/// All in seconds since the recording's first frame in the first round; `length` is that of one round.
pub fn expected(truth: &[Passage], length: f64, from: f64, until: f64) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut round = (from / length).floor().max(0.0) * length;
    while round < until {
        let whole = truth.iter().filter(|passage| (SEEN..=length - SEEN).contains(&passage.seconds));
        let here = whole.map(|passage| Passage { seconds: passage.seconds + round, ..passage.clone() });
        passages.extend(here.filter(|passage| (from + SEEN..=until - SEEN).contains(&passage.seconds)));
        round += length;
    }
    passages
}

/// How many of the expected passages were counted: each by one crossing in its direction, at its time.
pub fn found(expected: &[Passage], counted: &[Passage]) -> usize {
    let mut left: Vec<&Passage> = counted.iter().collect();
    let mut found = 0;
    for passage in expected {
        let distance = |counted: &Passage| (counted.seconds - passage.seconds).abs();
        let nearest = (0..left.len())
            .filter(|&index| left[index].direction == passage.direction && distance(left[index]) <= WITHIN)
            .min_by(|&a, &b| distance(left[a]).total_cmp(&distance(left[b])));
        if let Some(index) = nearest {
            left.swap_remove(index);
            found += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passages(of: &[(f64, &str)]) -> Vec<Passage> {
        of.iter().map(|&(seconds, direction)| Passage { seconds, direction: direction.to_owned() }).collect()
    }

    #[test]
    fn the_bundled_truth_is_read() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        let truth = read(&truth_file(&samples.join("oblique.mp4"))).unwrap();
        assert_eq!(truth[..2], passages(&[(2.889, "entry"), (4.097, "exit")]));
        assert_eq!(truth.len(), 15);
        assert_eq!(read(&truth_file(&samples.join("absent.mp4"))), None);
        assert_eq!(read(&samples.join("README.md")), None);
    }

    #[test]
    fn only_whole_passages_are_expected_and_in_every_round() {
        // The first and the last are too near the ends of the recording.
        let truth = passages(&[(1.0, "entry"), (3.0, "entry"), (6.0, "exit"), (9.0, "exit")]);
        let times = |from: f64, until: f64| -> Vec<f64> {
            expected(&truth, 10.0, from, until).iter().map(|passage| passage.seconds).collect()
        };
        assert_eq!(times(0.0, 20.0), [3.0, 6.0, 13.0, 16.0]);
        assert_eq!(times(4.5, 15.5), [13.0]);
        assert_eq!(times(12.0, 12.5), [0.0; 0]);
    }

    #[test]
    fn each_passage_is_found_by_one_crossing_of_its_direction() {
        let truth = passages(&[(3.0, "entry"), (3.2, "exit"), (4.0, "entry"), (9.0, "entry")]);
        let counted = passages(&[(3.1, "entry"), (3.9, "entry"), (4.1, "entry"), (3.3, "entry"), (7.9, "entry")]);
        assert_eq!(found(&truth, &counted), 2);
        assert_eq!(found(&truth, &[]), 0);
    }
}
