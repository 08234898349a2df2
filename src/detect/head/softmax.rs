//! Distances told as a distribution over bins (distribution focal loss).

/// The mean of the bins 0, 1, 2, ... under the softmax of their logits.
pub fn expected_bin(logits: impl Iterator<Item = f32> + Clone) -> f32 {
    let highest = logits.clone().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (bin, logit) in logits.enumerate() {
        let weight = (logit - highest).exp();
        sum += weight;
        weighted += weight * bin as f32;
    }
    weighted / sum
}
