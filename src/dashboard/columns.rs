//! Which sections stand where, and how many rows each may have.

use std::ops::Range;

/// Narrower than this, everything is one column ...
const TWO: u16 = 80;
/// ... and from here on there are three.
const THREE: u16 = 140;
/// Blanks between two columns.
const GAP: u16 = 2;

/// The columns of a terminal: left edge and width of each, and the sections in it, by number.
pub fn columns(width: u16) -> Vec<(u16, u16, &'static [usize])> {
    let sections: &'static [&'static [usize]] = match width {
        width if width < TWO => &[&[LOTS, ALERTS, CAMERAS, LINES, CROSSINGS, TODAY]],
        width if width < THREE => &[&[LOTS, TODAY, LINES], &[ALERTS, CAMERAS, CROSSINGS]],
        _ => &[&[LOTS, TODAY], &[ALERTS, CAMERAS, LINES], &[CROSSINGS]],
    };
    let number = sections.len() as u16;
    let share = (width - GAP * (number - 1)) / number;
    let place = |(index, sections): (usize, &&'static [usize])| {
        let left = index as u16 * (share + GAP);
        // What cannot be shared is the last one's.
        let width = if index + 1 == usize::from(number) { width - left } else { share };
        (left, width, *sections)
    };
    sections.iter().enumerate().map(place).collect()
}

pub const LOTS: usize = 0;
pub const ALERTS: usize = 1;
pub const CAMERAS: usize = 2;
pub const LINES: usize = 3;
pub const CROSSINGS: usize = 4;
pub const TODAY: usize = 5;

/// Rows that a section needs at least and at most, its title among them.
pub type Need = Range<usize>;

/// Rows for each of some sections, one below the other. The first ones of `ranks` come first when there is too little: each gets
/// what it needs at least, or nothing; then, in the same order, each as much as it can use.
pub fn share_rows(needs: &[Need], ranks: &[usize], rows: usize) -> Vec<usize> {
    let mut given = vec![0; needs.len()];
    let mut left = rows;
    for &section in ranks {
        if needs[section].start <= left {
            given[section] = needs[section].start;
            left -= needs[section].start;
        }
    }
    for &section in ranks {
        if given[section] > 0 {
            let more = needs[section].end.saturating_sub(given[section]).min(left);
            given[section] += more;
            left -= more;
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_every_width_and_hold_every_section_once() {
        for width in 1..=400 {
            let columns = columns(width);
            let mut sections: Vec<usize> = columns.iter().flat_map(|(_, _, sections)| sections.to_vec()).collect();
            sections.sort_unstable();
            assert_eq!(sections, [LOTS, ALERTS, CAMERAS, LINES, CROSSINGS, TODAY]);
            assert!(columns.windows(2).all(|two| two[0].0 + two[0].1 + GAP == two[1].0), "{width}");
            assert_eq!(columns.last().map(|(left, own, _)| left + own), Some(width));
        }
    }

    #[test]
    fn what_matters_most_is_shown_when_there_is_little_room() {
        let needs = [2..5, 4..4, 2..9];
        assert_eq!(share_rows(&needs, &[2, 0, 1], 3), [0, 0, 3]);
        assert_eq!(share_rows(&needs, &[2, 0, 1], 8), [2, 4, 2]);
        assert_eq!(share_rows(&needs, &[2, 0, 1], 12), [2, 4, 6]);
        assert_eq!(share_rows(&needs, &[2, 0, 1], 99), [5, 4, 9]);
        assert_eq!(share_rows(&needs, &[0, 1, 2], 0), [0, 0, 0]);
    }
}
