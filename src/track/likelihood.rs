//! How likely a track made a box, and which boxes therefore go to which tracks.

use super::Track;
use super::assignment::{CostTable, cheapest_pairs};
use super::observation::Observation;

/// A box further from the predicted anchor than so many standard deviations is not the track's.
const GATE: f64 = 4.0;
/// Neither is one whose whole cost reaches this.
const NO_PAIR: f64 = 4.0;
/// Standard deviation of the change of ln(width / height) between two boxes of one vehicle.
const LN_ASPECT_SD: f64 = 0.35;
/// Standard deviation of ln size that costs nothing: it sets the zero of the size term.
const LN_SIZE_SD_REFERENCE: f64 = 0.2;

/// The pairs (track, box) of one look, by track. All boxes, sure and weak, in one pass: a second pass for the weak ones
/// was measured and is worse.
pub(super) fn assign(tracks: &[Track], boxes: &[Observation]) -> Vec<(usize, usize)> {
    let mut table = CostTable::new(tracks.len(), boxes.len(), NO_PAIR);
    for (row, track) in tracks.iter().enumerate() {
        let cost_of = costs(track);
        for (column, seen) in boxes.iter().enumerate() {
            if let Some(cost) = cost_of(seen) {
                table.set(row, column, cost);
            }
        }
    }
    let mut pairs = cheapest_pairs(&table);
    pairs.retain(|&(row, column)| table.get(row, column) < NO_PAIR);
    pairs
}

/// Minus the log likelihood of a box, given the track's forecast, in units of the track's size. The two terms with a
/// logarithm let a track with a sure forecast win over a young one that could be anywhere.
fn costs(track: &Track) -> impl Fn(&Observation) -> Option<f64> {
    let (motion, extent) = (*track.motion(), *track.extent());
    let size = extent.size();
    // The box's own weakness is left out, so that a strong and a weak box at one place compete by place alone.
    let covariance = motion.innovation_covariance(size, 1.0);
    let inverse = covariance.inverse();
    let size_variance = extent.innovation_variance();
    let uncertainty = 0.5 * (covariance.determinant() / size.powi(4)).ln()
        + 0.5 * (size_variance / LN_SIZE_SD_REFERENCE.powi(2)).ln();
    move |seen| {
        let distance_squared = inverse.variance_along(seen.anchor - motion.place);
        let size_change = seen.ln_size - extent.ln_size();
        let aspect_change = seen.ln_aspect - extent.ln_aspect();
        let cost = 0.5 * distance_squared
            + uncertainty
            + 0.5 * size_change.powi(2) / size_variance
            + 0.5 * (aspect_change / LN_ASPECT_SD).powi(2);
        (distance_squared <= GATE.powi(2) && cost < NO_PAIR).then_some(cost)
    }
}
