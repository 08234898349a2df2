//! From a region of the picture to the net's input, in one pass and without allocating.

use super::sidecar::{ColourOrder, Input, Placement, Resize};
use super::{DetectError, PixelRegion};
use crate::geometry::Rect;
use crate::source::Picture;

/// An interpolation weight of one: 11 bits, as OpenCV has it.
const ONE: f32 = 2048.0;

/// Everything that can be computed before the first frame: for one net, one region and one picture size.
pub struct Preprocess {
    region: PixelRegion,
    /// Size and place of the resized region on the net's input.
    width: usize,
    height: usize,
    left: usize,
    top: usize,
    /// Net pixels per picture pixel, horizontally and vertically.
    scale: (f64, f64),
    columns: Vec<Tap>,
    rows: Vec<Tap>,
    /// By channel of the net's input: value of each byte, and which of blue, green, red it is.
    values: [[f32; 256]; 3],
    channels: [usize; 3],
    /// Two source rows, interpolated horizontally: `[width * 3]`, bytes times [`ONE`].
    interpolated: [Vec<u32>; 2],
    /// `[1, 3, H, W]`
    tensor: Vec<f32>,
    input_width: usize,
    input_height: usize,
}

/// Two neighbouring source pixels and their weights.
#[derive(Clone, Copy)]
struct Tap {
    first: usize,
    second: usize,
    weights: [u32; 2],
}

impl Preprocess {
    pub fn new(input: &Input, region: PixelRegion) -> Self {
        let (net_width, net_height) = (input.width as f64, input.height as f64);
        let (width, height) = (region.width as f64, region.height as f64);
        let (scale, resized, left, top) = match input.resize {
            Resize::Plain => ((net_width / width, net_height / height), (input.width, input.height), 0, 0),
            Resize::Letterbox { placement, .. } => {
                let scale = (net_width / width).min(net_height / height);
                let resized = (((width * scale) as usize).max(1), ((height * scale) as usize).max(1));
                let (left, top) = match placement {
                    Placement::TopLeft => (0, 0),
                    Placement::Centre => ((input.width - resized.0) / 2, (input.height - resized.1) / 2),
                };
                ((scale, scale), resized, left, top)
            }
        };
        let value = |channel: usize, byte: f32| (byte * input.scale - input.mean[channel]) / input.std[channel];
        let values = std::array::from_fn(|channel| std::array::from_fn(|byte| value(channel, byte as f32)));
        let plane = input.width * input.height;
        let mut tensor = vec![0.0; 3 * plane];
        if let Resize::Letterbox { pad, .. } = input.resize {
            // The padding is written once: frames only ever fill the rest.
            for (channel, plane) in tensor.chunks_exact_mut(plane).enumerate() {
                plane.fill(value(channel, f32::from(pad)));
            }
        }
        Self {
            region,
            width: resized.0,
            height: resized.1,
            left,
            top,
            scale,
            columns: taps(region.width, resized.0),
            rows: taps(region.height, resized.1),
            values,
            channels: match input.colour {
                ColourOrder::Bgr => [0, 1, 2],
                ColourOrder::Rgb => [2, 1, 0],
            },
            interpolated: [vec![0; resized.0 * 3], vec![0; resized.0 * 3]],
            tensor,
            input_width: input.width,
            input_height: input.height,
        }
    }

    pub fn region(&self) -> PixelRegion {
        self.region
    }

    /// The net's input `[1, 3, H, W]` for this picture: bilinear with half-pixel centres, to the very byte as OpenCV
    /// resizes. Nets are trained and measured with it, and rounding more fairly than it does moves scores by 0.02.
    pub fn run(&mut self, picture: &Picture) -> Result<&[f32], DetectError> {
        let (width, height) = (picture.width(), picture.height());
        if !self.region.lies_in(width, height) {
            return Err(DetectError::OutsideThePicture { region: self.region, width, height });
        }
        // Which source rows the two buffers hold.
        let mut held = [usize::MAX; 2];
        for row in 0..self.height {
            let Tap { first, second, weights } = self.rows[row];
            // Going down, the second row of one output row is often the first of the next.
            if held[0] != first && held[1] == first {
                self.interpolated.swap(0, 1);
                held.swap(0, 1);
            }
            for (buffer, source) in [(0, first), (1, second)] {
                if held[buffer] != source {
                    self.interpolate_row(picture, source, buffer);
                    held[buffer] = source;
                }
            }
            self.write_row(row, weights);
        }
        Ok(&self.tensor)
    }

    fn interpolate_row(&mut self, picture: &Picture, row: usize, buffer: usize) {
        let start = ((self.region.y + row) * picture.width() + self.region.x) * 3;
        let source = &picture.bgr()[start..start + self.region.width * 3];
        for (tap, out) in self.columns.iter().zip(self.interpolated[buffer].chunks_exact_mut(3)) {
            let (a, b) = (&source[tap.first * 3..tap.first * 3 + 3], &source[tap.second * 3..tap.second * 3 + 3]);
            for channel in 0..3 {
                out[channel] = u32::from(a[channel]) * tap.weights[0] + u32::from(b[channel]) * tap.weights[1];
            }
        }
    }

    fn write_row(&mut self, row: usize, weights: [u32; 2]) {
        let plane = self.input_width * self.input_height;
        let start = (self.top + row) * self.input_width + self.left;
        let [above, below] = &self.interpolated;
        for (channel, &colour) in self.channels.iter().enumerate() {
            let values = &self.values[channel];
            let out = &mut self.tensor[channel * plane + start..][..self.width];
            let pairs = above[colour..].iter().step_by(3).zip(below[colour..].iter().step_by(3));
            for (out, (&above, &below)) in out.iter_mut().zip(pairs) {
                // OpenCV's own steps of cutting off bits.
                let part = |weight: u32, row: u32| (weight * (row >> 4)) >> 16;
                let byte = (part(weights[0], above) + part(weights[1], below) + 2) >> 2;
                *out = values[byte as usize & 0xff];
            }
        }
    }

    /// A box in pixels of the net's input as one in pixels of the whole picture, cut to the region.
    pub fn to_picture(&self, rect: &Rect) -> Rect {
        let (left, top) = (self.region.x as f64, self.region.y as f64);
        let x = |x: f64| left + ((x - self.left as f64) / self.scale.0).clamp(0.0, self.region.width as f64);
        let y = |y: f64| top + ((y - self.top as f64) / self.scale.1).clamp(0.0, self.region.height as f64);
        Rect::new(x(rect.x1), y(rect.y1), x(rect.x2), y(rect.y2))
    }
}

/// For each of `to` pixels the two of `from` pixels round its centre.
fn taps(from: usize, to: usize) -> Vec<Tap> {
    let step = from as f64 / to as f64;
    (0..to)
        .map(|index| {
            let centre = ((index as f64 + 0.5) * step - 0.5) as f32;
            // `as` saturates: left of the first centre, the first pixel stands alone, as the last does at the other end.
            let first = (centre.floor() as usize).min(from - 1);
            let share = if centre < 0.0 || first == from - 1 { 0.0 } else { centre - centre.floor() };
            let weight = |share: f32| (share * ONE).round_ties_even() as u32;
            Tap { first, second: (first + 1).min(from - 1), weights: [weight(1.0 - share), weight(share)] }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(width: usize, height: usize, resize: Resize) -> Input {
        Input { width, height, colour: ColourOrder::Rgb, scale: 1.0, mean: [0.0; 3], std: [1.0; 3], resize }
    }

    fn gradient(width: usize, height: usize) -> Picture {
        let bytes = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, (x + y) as u8]));
        Picture::new(width, height, bytes.collect())
    }

    #[test]
    fn an_unscaled_region_is_copied_with_its_colours_in_order() {
        let region = PixelRegion { x: 3, y: 2, width: 4, height: 4 };
        let mut preprocess = Preprocess::new(&input(4, 4, Resize::Plain), region);
        let tensor = preprocess.run(&gradient(16, 16)).unwrap();
        let (red, green, blue) = (&tensor[..16], &tensor[16..32], &tensor[32..]);
        assert_eq!((red[0], green[0], blue[0]), (5.0, 2.0, 3.0));
        assert_eq!((red[15], green[15], blue[15]), (11.0, 5.0, 6.0));
    }

    #[test]
    fn halving_averages_four_pixels() {
        let mut picture = Picture::filled(4, 2, [0, 0, 0]);
        picture.bgr_mut()[..3].fill(200);
        let mut preprocess = Preprocess::new(&input(2, 1, Resize::Plain), PixelRegion::whole(4, 2));
        assert_eq!(preprocess.run(&picture).unwrap()[..2], [50.0, 0.0]);
    }

    #[test]
    fn values_are_scaled_then_normalised() {
        let mut input = input(1, 1, Resize::Plain);
        (input.scale, input.mean, input.std) = (1.0 / 255.0, [0.5, 0.25, 0.0], [0.5, 0.25, 1.0]);
        let mut preprocess = Preprocess::new(&input, PixelRegion::whole(1, 1));
        assert_eq!(preprocess.run(&Picture::filled(1, 1, [255, 0, 255])).unwrap(), [1.0, -1.0, 1.0]);
    }

    #[test]
    fn letterbox_padding_surrounds_the_picture_and_is_taken_off_again() {
        for (placement, left, top) in [(Placement::TopLeft, 0.0, 0.0), (Placement::Centre, 0.0, 7.0)] {
            let resize = Resize::Letterbox { placement, pad: 114 };
            let region = PixelRegion { x: 100, y: 50, width: 64, height: 36 };
            let mut preprocess = Preprocess::new(&input(32, 32, resize), region);
            let tensor = preprocess.run(&Picture::filled(640, 360, [9, 9, 9])).unwrap();
            let filled = tensor[..32 * 32].iter().filter(|&&value| value == 9.0).count();
            assert_eq!((filled, tensor[32 * 32 - 1]), (32 * 18, 114.0), "{placement:?}");
            let found = preprocess.to_picture(&Rect::new(left + 4.0, top + 2.0, left + 12.0, top + 99.0));
            assert_eq!(found, Rect::new(108.0, 54.0, 124.0, 86.0), "{placement:?}");
        }
    }

    #[test]
    fn a_frame_leaves_nothing_behind_in_the_next() {
        let region = PixelRegion::whole(64, 36);
        let resize = Resize::Letterbox { placement: Placement::TopLeft, pad: 114 };
        let mut used = Preprocess::new(&input(32, 32, resize), region);
        used.run(&Picture::filled(64, 36, [255, 0, 77])).unwrap();
        let mut fresh = Preprocess::new(&input(32, 32, resize), region);
        let picture = gradient(64, 36);
        assert_eq!(used.run(&picture).unwrap(), fresh.run(&picture).unwrap());
    }

    #[test]
    fn a_region_beyond_the_picture_is_an_error() {
        let mut preprocess = Preprocess::new(&input(8, 8, Resize::Plain), PixelRegion::whole(64, 36));
        assert!(preprocess.run(&Picture::filled(32, 36, [0; 3])).is_err());
    }
}
