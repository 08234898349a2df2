//! The busiest of several steps.

/// The step with the largest volume and that volume, the earliest of equals. `None`: nothing crossed in any.
pub fn busiest<T>(volumes: impl IntoIterator<Item = (T, u64)>) -> Option<(T, u64)> {
    volumes.into_iter().filter(|(_, volume)| *volume > 0).reduce(|best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_and_none_of_nothing() {
        assert_eq!(busiest([(7, 3), (8, 9), (17, 9)]), Some((8, 9)));
        assert_eq!(busiest([(7, 0), (8, 0)]), None);
        assert_eq!(busiest::<i32>([]), None);
    }
}
