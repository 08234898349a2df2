//! From a decoded picture to the net's input. `cargo bench --bench preprocess`

use divan::{Bencher, black_box};
use lotcount::detect::{ColourOrder, Input, PixelRegion, Placement, Preprocess, Resize};
use lotcount::source::Picture;

fn main() {
    divan::main();
}

/// The bundled net at its usual size, on the whole picture and on a region of half its width and height.
#[divan::bench(args = [(640, 360), (1920, 1080)], consts = [1, 2])]
fn letterbox_320x192<const CROP: usize>(bencher: Bencher, (width, height): (usize, usize)) {
    let input = Input {
        width: 320,
        height: 192,
        colour: ColourOrder::Rgb,
        scale: 1.0,
        mean: [0.0; 3],
        std: [1.0; 3],
        resize: Resize::Letterbox { placement: Placement::TopLeft, pad: 114 },
    };
    let bytes = (0..width * height * 3).map(|index| (index.wrapping_mul(7919) >> 4) as u8).collect();
    let picture = Picture::new(width, height, bytes);
    let region = PixelRegion { x: 0, y: 0, width: width / CROP, height: height / CROP };
    let mut preprocess = Preprocess::new(&input, region);
    let mut values = vec![0.0; 3 * input.width * input.height];
    bencher.bench_local(|| preprocess.run(black_box(&picture), &mut values));
}
