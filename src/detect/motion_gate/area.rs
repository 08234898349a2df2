//! Where something moved lately.

/// Tiles from the first to the last, which belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub columns: (usize, usize),
    pub rows: (usize, usize),
}

impl Area {
    pub fn tile(column: usize, row: usize) -> Self {
        Self { columns: (column, column), rows: (row, row) }
    }

    /// The least that holds both.
    pub fn union(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (Some(one), Some(other)) = (one, other) else { return one.or(other) };
        let both = |one: (usize, usize), other: (usize, usize)| (one.0.min(other.0), one.1.max(other.1));
        Some(Self { columns: both(one.columns, other.columns), rows: both(one.rows, other.rows) })
    }
}

/// All areas of the last moments, in two windows of time: so it forgets without keeping each.
#[derive(Debug)]
pub struct RecentArea {
    /// Length of a window, s.
    length: f64,
    /// When the present window began, s.
    began: f64,
    before: Option<Area>,
    now: Option<Area>,
    /// The last that there was.
    last: Option<Area>,
}

impl RecentArea {
    /// Remembers each area for at least `seconds`, and less than twice as long.
    pub fn new(seconds: f64) -> Self {
        Self { length: seconds, began: 0.0, before: None, now: None, last: None }
    }

    /// Adds an area; gives all that is remembered, or else what there was last.
    pub fn add(&mut self, seconds: f64, area: Option<Area>) -> Option<Area> {
        let age = seconds - self.began;
        if age >= self.length {
            let last = self.now.take();
            self.before = if age < 2.0 * self.length { last } else { None };
            self.began = seconds;
        }
        self.now = Area::union(self.now, area);
        self.last = Area::union(self.before, self.now).or(self.last);
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_remembered_for_a_while() {
        let mut recent = RecentArea::new(1.0);
        let (left, right) = (Some(Area::tile(1, 5)), Some(Area::tile(9, 2)));
        let both = Some(Area { columns: (1, 9), rows: (2, 5) });
        for (seconds, area, expected) in [
            (0.0, None, None),
            (0.3, left, left),
            (0.9, right, both),
            (1.2, None, both),
            (2.1, None, both),
            (2.3, None, both),
            (2.6, right, right),
            (9.0, left, left),
        ] {
            assert_eq!(recent.add(seconds, area), expected, "at {seconds} s");
        }
    }
}
