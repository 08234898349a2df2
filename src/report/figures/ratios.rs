//! Figures that are told per space.

/// Mean or peak occupancy as a share of the capacity: 1 is full, more is over capacity, less than 0 is drift. `None`: the
/// capacity is not given, or no space at all.
pub fn utilization(occupancy: f64, capacity: Option<i64>) -> Option<f64> {
    spaces(capacity).map(|spaces| occupancy / spaces)
}

/// How many vehicles used each space in the period: entries / capacity. `None` likewise.
pub fn turnover(entries: u64, capacity: Option<i64>) -> Option<f64> {
    spaces(capacity).map(|spaces| entries as f64 / spaces)
}

fn spaces(capacity: Option<i64>) -> Option<f64> {
    capacity.filter(|capacity| *capacity > 0).map(|capacity| capacity as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_space_has_no_share_of_it() {
        assert_eq!((utilization(90.0, Some(120)), turnover(300, Some(120))), (Some(0.75), Some(2.5)));
        assert_eq!(utilization(-3.0, Some(120)), Some(-0.025), "drift is shown as what it is");
        for none in [None, Some(0)] {
            assert_eq!((utilization(1.0, none), turnover(1, none)), (None, None));
        }
    }
}
