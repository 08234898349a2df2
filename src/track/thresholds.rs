//! The three limits on scores that fit one model.

/// Limits on detection scores. They belong to the model, because every net spreads its scores differently: a model's
/// sidecar brings its own; the default fits YOLOX-nano.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Boxes below are dropped, 0..1. Low on purpose: weak boxes carry a track through the moments in which the
    /// detector is unsure, which is worth more than any other setting.
    pub drop: f64,
    /// A new track starts only from a box at least this sure, 0..1.
    pub birth: f64,
    /// The sum of scores that a track must have gathered before its crossing counts: two good boxes or five weak ones.
    pub evidence: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { drop: 0.10, birth: 0.20, evidence: 1.0 }
    }
}
