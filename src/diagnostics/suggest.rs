//! What was probably meant.

/// The known word that `typed` is most likely a slip of, if any is near enough.
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // One slip in three letters: `entery` is `entry`, `bus` is not `car`.
    let allowed = (typed.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&typed.to_lowercase(), &word.to_lowercase()), word))
        .filter(|&(slips, _)| slips <= allowed)
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_leaves_strangers_alone() {
        let known = ["entry", "exit", "name", "Europe/Berlin"];
        assert_eq!(did_you_mean("entery", known), Some("entry"));
        assert_eq!(did_you_mean("europe/berlin", known), Some("Europe/Berlin"));
        assert_eq!(did_you_mean("anme", known), Some("name"));
        assert_eq!(did_you_mean("capacity", known), None);
    }
}
