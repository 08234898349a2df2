//! One look: preprocessing, net, head, suppression. `cargo bench --bench inference`

use std::path::Path;
use std::sync::Arc;

use divan::{Bencher, black_box};
use lotcount::detect::{Detector, Model, NetDetector, PixelRegion};
use lotcount::source::Picture;

fn main() {
    divan::main();
}

/// The bundled net at its sizes, on a picture of 640x360.
#[divan::bench(args = ["160x96", "256x160", "320x192", "416x256"])]
fn look(bencher: Bencher, size: &str) {
    let model = Model::load(&Path::new("models").join(format!("lotcount-s-{size}.onnx"))).expect("a bundled model");
    let threshold = model.sidecar().thresholds.drop;
    let mut detector = NetDetector::new(Arc::new(model), threshold);
    let picture =
        Picture::new(640, 360, (0..640 * 360 * 3_u32).map(|index| (index.wrapping_mul(7919) >> 4) as u8).collect());
    let whole = PixelRegion::whole(640, 360);
    bencher.bench_local(|| detector.detect(black_box(&picture), whole).map(|detections| detections.len()));
}
