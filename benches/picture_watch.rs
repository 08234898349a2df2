//! What it costs to see whether a camera still sees: one look at one picture that is new, repeated, or black.

use divan::{Bencher, black_box};
use lotcount::source::{Picture, PictureWatch};

fn main() {
    divan::main();
}

const SIZES: [(usize, usize); 2] = [(640, 360), (1920, 1080)];

/// A picture whose last row differs by `mark`, so that the comparison goes through nearly all of it.
fn picture((width, height): (usize, usize), level: u8, mark: u8) -> Picture {
    let mut picture = Picture::filled(width, height, [level; 3]);
    let start = (height * 9 / 10) * width * 3;
    picture.bgr_mut()[start..].fill(level + mark);
    picture
}

fn watch(bencher: Bencher, pictures: [Picture; 2]) {
    let mut watch = PictureWatch::default();
    let mut seconds = 0.0;
    bencher.bench_local(move || {
        seconds += 1.0;
        watch.observe(seconds, black_box(&pictures[seconds as usize % 2]))
    });
}

#[divan::bench(args = SIZES)]
fn new(bencher: Bencher, size: (usize, usize)) {
    watch(bencher, [picture(size, 90, 0), picture(size, 90, 1)]);
}

#[divan::bench(args = SIZES)]
fn repeated(bencher: Bencher, size: (usize, usize)) {
    watch(bencher, [picture(size, 90, 0), picture(size, 90, 0)]);
}

#[divan::bench(args = SIZES)]
fn black(bencher: Bencher, size: (usize, usize)) {
    watch(bencher, [picture(size, 2, 0), picture(size, 2, 1)]);
}
