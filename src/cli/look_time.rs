//! How long one look takes on this machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::detect::{DetectError, Detector, Model, NetDetector, PixelRegion};
use crate::source::Picture;

/// What was measured.
pub struct LookTime {
    pub median: Duration,
    /// Much less than the median: other programs wanted the same core.
    pub fastest: Duration,
    /// How many looks were timed.
    pub looks: usize,
}

/// Looks that are not timed: the first ones claim memory and wake the processor.
const WARM_UP: usize = 3;
/// Unless a number of looks is given, so many at least, and for so long, ...
const LOOKS: usize = 20;
const AT_LEAST: Duration = Duration::from_millis(300);
/// ... but a net that takes seconds keeps nobody waiting.
const AT_MOST: Duration = Duration::from_secs(5);

/// Times looks of the detector that `run` uses, one after the other on this thread: a grey region of exactly the net's
/// size is prepared, seen by the net, and its output read.
pub fn look_time(model: Arc<Model>, looks: Option<u32>) -> Result<LookTime, DetectError> {
    let sidecar = model.sidecar();
    let (width, height, drop) = (sidecar.input.width, sidecar.input.height, sidecar.thresholds.drop);
    let (picture, region) = (Picture::filled(width, height, [114; 3]), PixelRegion::whole(width, height));
    let mut detector = NetDetector::new(model, drop);
    for _ in 0..WARM_UP {
        detector.detect(&picture, region)?;
    }
    let mut times = Vec::new();
    let began = Instant::now();
    while !enough(times.len(), began.elapsed(), looks) {
        let start = Instant::now();
        detector.detect(&picture, region)?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(LookTime { median: times[times.len() / 2], fastest: times[0], looks: times.len() })
}

/// Never before the first look.
fn enough(timed: usize, elapsed: Duration, looks: Option<u32>) -> bool {
    match looks {
        Some(looks) => timed >= looks.max(1) as usize,
        None => (timed >= LOOKS && elapsed >= AT_LEAST) || (timed > 0 && elapsed >= AT_MOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_is_a_number_when_one_is_given_and_else_many_looks_for_some_time() {
        let ms = Duration::from_millis;
        for (timed, elapsed, looks, stop) in [
            (0, ms(0), None, false),
            (0, ms(9_000), None, false),
            (1, ms(9_000), None, true),
            (19, ms(400), None, false),
            (20, ms(299), None, false),
            (20, ms(300), None, true),
            (7, ms(9_000), Some(8), false),
            (8, ms(0), Some(8), true),
        ] {
            assert_eq!(enough(timed, elapsed, looks), stop, "{timed} in {elapsed:?} of {looks:?}");
        }
    }
}
