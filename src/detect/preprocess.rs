//! From a region of the picture to the net's input, in one pass and without allocating.
//!
//! Scaling is bilinear between half-pixel centres in the fixed-point arithmetic of OpenCV's `INTER_LINEAR` on bytes, to
//! the last bit: published nets were trained and proven with it. Its 16-bit products are also what vector units have.

use super::framing::Framing;
use super::sidecar::{ColourOrder, Input, Resize};
use super::{DetectError, PixelRegion};
use crate::geometry::Rect;
use crate::source::Picture;

/// Interpolation weights are whole numbers of 1/2048 (OpenCV's INTER_RESIZE_COEF_BITS = 11).
const ONE: f32 = 2048.0;

/// Everything that can be computed before the first frame, for one net and one region.
#[derive(Debug)]
pub struct Preprocess {
    framing: Framing,
    input_width: usize,
    input_height: usize,
    /// By channel of the net.
    channels: [Channel; 3],
    pad: Option<u8>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// Two source rows scaled horizontally: blue, green and red plane of `framing.width` values each, in 1/128 of a
    /// byte's step, which leaves 255 within an i16.
    scaled: [Vec<i16>; 2],
    /// The weights of the two, once for each value: the compiler does not see that a multiplication by one and the same number
    /// is the vector instruction that it has for 16-bit numbers.
    weights: [Vec<i16>; 2],
}

/// Which of blue, green, red a channel is, and value = byte * factor + offset.
#[derive(Clone, Copy, Debug)]
struct Channel {
    colour: usize,
    factor: f32,
    offset: f32,
}

impl Channel {
    fn value(self, byte: i16) -> f32 {
        f32::from(byte) * self.factor + self.offset
    }
}

/// Where the two neighbouring source pixels that a result lies between begin in their row, in bytes, and their weights in
/// 1/2048.
#[derive(Clone, Copy, Debug)]
struct Column {
    at: usize,
    weights: [i16; 2],
}

/// The two source rows that a result lies between, and their weights in 1/2048.
#[derive(Clone, Copy, Debug)]
struct Row {
    sources: [usize; 2],
    weights: [i16; 2],
}

impl Preprocess {
    pub fn new(input: &Input, region: PixelRegion) -> Self {
        let framing = Framing::new(input, region);
        let channels = std::array::from_fn(|channel| Channel {
            colour: match input.colour {
                ColourOrder::Bgr => channel,
                ColourOrder::Rgb => 2 - channel,
            },
            factor: input.scale / input.std[channel],
            offset: -input.mean[channel] / input.std[channel],
        });
        Self {
            input_width: input.width,
            input_height: input.height,
            channels,
            pad: match input.resize {
                Resize::Letterbox { pad, .. } => Some(pad),
                Resize::Plain => None,
            },
            columns: columns(region.width, framing.width),
            rows: rows(region.height, framing.height),
            scaled: [vec![0; 3 * framing.width], vec![0; 3 * framing.width]],
            weights: [vec![0; framing.width], vec![0; framing.width]],
            framing,
        }
    }

    pub fn region(&self) -> PixelRegion {
        self.framing.region
    }

    /// Looks at another place of the picture, at a region of the same size.
    pub fn move_to(&mut self, x: usize, y: usize) {
        self.framing.region = PixelRegion { x, y, ..self.framing.region };
    }

    /// A box in pixels of the net's input as one in pixels of the whole picture, cut to the region.
    pub fn to_picture(&self, rect: &Rect) -> Rect {
        self.framing.to_picture(rect)
    }

    /// Writes the region of `picture` to `input`, `[1, 3, height, width]` f32 of the net's size.
    ///
    /// # Errors
    /// when the region reaches beyond the picture: the camera's resolution changed.
    ///
    /// # Panics
    /// when `input` has another length.
    pub fn run(&mut self, picture: &Picture, input: &mut [f32]) -> Result<(), DetectError> {
        let (region, width, height) = (self.framing.region, picture.width(), picture.height());
        if !region.lies_in(width, height) {
            return Err(DetectError::OutsideThePicture { region, width, height });
        }
        assert_eq!(input.len(), 3 * self.input_width * self.input_height, "the input has three planes");
        self.fill_padding(input);
        // Which source rows the two buffers hold.
        let mut held = [usize::MAX; 2];
        for row in 0..self.framing.height {
            let Row { sources, weights } = self.rows[row];
            // Going down, the second row of one result is often the first of the next.
            if held[0] != sources[0] && held[1] == sources[0] {
                self.scaled.swap(0, 1);
                held.swap(0, 1);
            }
            for (buffer, source) in sources.into_iter().enumerate() {
                if held[buffer] != source {
                    let start = ((region.y + source) * width + region.x) * 3;
                    let bytes = &picture.bgr()[start..start + region.width * 3];
                    scale_row(bytes, &self.columns, &mut self.scaled[buffer]);
                    held[buffer] = source;
                }
            }
            for (repeated, weight) in self.weights.iter_mut().zip(weights) {
                repeated.fill(weight);
            }
            self.write_row(row, input);
        }
        Ok(())
    }

    /// One row of the result, from the two scaled source rows.
    fn write_row(&self, row: usize, input: &mut [f32]) {
        let width = self.framing.width;
        let start = (self.framing.top + row) * self.input_width + self.framing.left;
        for (plane, channel) in input.chunks_exact_mut(self.input_width * self.input_height).zip(&self.channels) {
            let [above, below] = [0, 1].map(|buffer| &self.scaled[buffer][channel.colour * width..][..width]);
            blend([above, below], &self.weights, *channel, &mut plane[start..start + width]);
        }
    }

    fn fill_padding(&self, input: &mut [f32]) {
        let Some(pad) = self.pad else { return };
        let Framing { width, height, left, top, .. } = self.framing;
        for (plane, channel) in input.chunks_exact_mut(self.input_width * self.input_height).zip(&self.channels) {
            let value = channel.value(i16::from(pad));
            let (above, rest) = plane.split_at_mut(top * self.input_width);
            let (beside, below) = rest.split_at_mut(height * self.input_width);
            above.fill(value);
            below.fill(value);
            for row in beside.chunks_exact_mut(self.input_width) {
                row[..left].fill(value);
                row[left + width..].fill(value);
            }
        }
    }
}

/// Scales one row of blue, green, red bytes into three planes. Inlined it is a twelfth slower.
#[inline(never)]
fn scale_row(bytes: &[u8], columns: &[Column], planes: &mut [i16]) {
    let (blue, rest) = planes.split_at_mut(columns.len());
    let (green, red) = rest.split_at_mut(columns.len());
    // What a row of one pixel has to its right weighs nothing.
    let single = [bytes[0], bytes[1], bytes[2], 0, 0, 0];
    for (((column, blue), green), red) in columns.iter().zip(blue).zip(green).zip(red) {
        let both = bytes.get(column.at..column.at + 6).and_then(<[u8]>::first_chunk).unwrap_or(&single);
        let [left, right] = column.weights.map(i32::from);
        let mix = |colour: usize| ((i32::from(both[colour]) * left + i32::from(both[colour + 3]) * right) >> 4) as i16;
        (*blue, *green, *red) = (mix(0), mix(1), mix(2));
    }
}

/// Blends one plane of two scaled rows to bytes and gives them as the net wants them.
fn blend([above, below]: [&[i16]; 2], weights: &[Vec<i16>; 2], channel: Channel, values: &mut [f32]) {
    // The upper 16 bits of a product of 16-bit numbers are one vector instruction.
    let part = |(&value, &weight): (&i16, &i16)| ((i32::from(value) * i32::from(weight)) >> 16) as i16;
    let (above, below) = (above.iter().zip(&weights[0]), below.iter().zip(&weights[1]));
    for ((value, above), below) in values.iter_mut().zip(above).zip(below) {
        // The sum is at most 4 * 255 + 2; checking each for overflow would forbid vector code.
        let quarters = part(above).wrapping_add(part(below)).wrapping_add(2);
        *value = channel.value(quarters >> 2);
    }
}

/// The source that lies left of (above) the centre of result `index`, -1 before the first, and how far it lies from it.
fn source(index: usize, from: usize, to: usize) -> (f32, f32) {
    let centre = ((index as f64 + 0.5) * (from as f64 / to as f64) - 0.5) as f32;
    (centre.floor(), centre - centre.floor())
}

fn weights(share_of_second: f32) -> [i16; 2] {
    [1.0 - share_of_second, share_of_second].map(|share| (share * ONE).round_ties_even() as i16)
}

fn columns(from: usize, to: usize) -> Vec<Column> {
    let column = |index| {
        let (left, share) = source(index, from, to);
        let (left, share) = if left < 0.0 {
            (0, 0.0)
        } else if (left as usize) < from - 1 {
            (left as usize, share)
        } else {
            // The last pixel alone: as the right one of the last two, unless there is only one.
            (from.saturating_sub(2), if from > 1 { 1.0 } else { 0.0 })
        };
        Column { at: 3 * left, weights: weights(share) }
    };
    (0..to).map(column).collect()
}

fn rows(from: usize, to: usize) -> Vec<Row> {
    let row = |index| {
        let (above, share) = source(index, from, to);
        let sources = [above, above + 1.0].map(|row| row.clamp(0.0, (from - 1) as f32) as usize);
        // Weighed even where both are the same row: OpenCV cuts off the bits of each part.
        Row { sources, weights: weights(share) }
    };
    (0..to).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Placement;

    fn input(width: usize, height: usize, colour: ColourOrder, resize: Resize) -> Input {
        Input { width, height, colour, scale: 1.0, mean: [0.0; 3], std: [1.0; 3], resize }
    }

    fn region(x: usize, y: usize, width: usize, height: usize) -> PixelRegion {
        PixelRegion { x, y, width, height }
    }

    /// A picture in which no two neighbours are alike.
    fn chart(width: usize, height: usize) -> Picture {
        let bytes = (0..width * height * 3).map(|i| ((i * 31 + i / (width * 3) * 57) % 251) as u8);
        Picture::new(width, height, bytes.collect())
    }

    fn filled(input: &Input, picture: &Picture, region: PixelRegion) -> Vec<f32> {
        let mut values = vec![f32::NAN; 3 * input.width * input.height];
        Preprocess::new(input, region).run(picture, &mut values).unwrap();
        values
    }

    #[test]
    fn an_unscaled_region_is_copied_plane_by_plane() {
        let picture = chart(9, 7);
        for (colour, channels) in [(ColourOrder::Bgr, [0, 1, 2]), (ColourOrder::Rgb, [2, 1, 0])] {
            let values = filled(&input(5, 4, colour, Resize::Plain), &picture, region(2, 1, 5, 4));
            for (i, value) in values.iter().enumerate() {
                let (channel, y, x) = (i / 20, i % 20 / 5, i % 5);
                let byte = picture.bgr()[((y + 1) * 9 + x + 2) * 3 + channels[channel]];
                assert_eq!(*value, f32::from(byte), "{colour:?} channel {channel} row {y} column {x}");
            }
        }
    }

    /// The textbook formula in floating point, one value at a time.
    fn bilinear(picture: &Picture, region: PixelRegion, to: (usize, usize), channel: usize, at: (usize, usize)) -> f64 {
        let place = |i: usize, from: usize, to: usize| (i as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let (px, py) = (place(at.0, region.width, to.0), place(at.1, region.height, to.1));
        let source = |dx: f64, dy: f64| {
            let x = (px.floor() + dx).clamp(0.0, region.width as f64 - 1.0) as usize + region.x;
            let y = (py.floor() + dy).clamp(0.0, region.height as f64 - 1.0) as usize + region.y;
            f64::from(picture.bgr()[(y * picture.width() + x) * 3 + channel])
        };
        let (fx, fy) = (px - px.floor(), py - py.floor());
        (source(0.0, 0.0) * (1.0 - fx) + source(1.0, 0.0) * fx) * (1.0 - fy)
            + (source(0.0, 1.0) * (1.0 - fx) + source(1.0, 1.0) * fx) * fy
    }

    #[test]
    fn scaling_is_bilinear_between_half_pixel_centres() {
        let picture = chart(64, 48);
        let cases = [
            (region(0, 0, 64, 48), (32, 24)),
            (region(3, 5, 41, 29), (17, 23)),
            (region(10, 10, 20, 20), (50, 31)),
            (region(63, 0, 1, 48), (3, 7)),
        ];
        for (region, (width, height)) in cases {
            let values = filled(&input(width, height, ColourOrder::Bgr, Resize::Plain), &picture, region);
            for (i, value) in values.iter().enumerate() {
                let (channel, at) = (i / (width * height), (i % width, i % (width * height) / width));
                let expected = bilinear(&picture, region, (width, height), channel, at);
                assert!((f64::from(*value) - expected).abs() <= 1.0, "{region}, {channel} {at:?}: {value}, {expected}");
                assert_eq!(value.fract(), 0.0, "a scaled picture is bytes again");
            }
        }
    }

    /// Made with OpenCV 4 (`cv2.resize(chart, (3, 2))`, INTER_LINEAR) from the chart of 7x5 pixels.
    #[test]
    fn scaling_rounds_as_opencv_does() {
        let values = filled(&input(3, 2, ColourOrder::Bgr, Resize::Plain), &chart(7, 5), region(0, 0, 7, 5));
        assert_eq!(
            values,
            [
                91.0, 183.0, 127.0, 166.0, 133.0, 99.0, 122.0, 25.0, 158.0, 197.0, 164.0, 130.0, 90.0, 56.0, 148.0,
                103.0, 195.0, 161.0,
            ]
        );
    }

    #[test]
    fn halving_is_the_rounded_mean_of_four() {
        let picture = Picture::new(2, 2, [10, 0, 0, 11, 0, 0, 12, 0, 0, 13, 0, 0].to_vec());
        let values = filled(&input(1, 1, ColourOrder::Bgr, Resize::Plain), &picture, region(0, 0, 2, 2));
        assert_eq!(values, [12.0, 0.0, 0.0], "(10 + 11 + 12 + 13 + 2) / 4");
    }

    #[test]
    fn padding_and_picture_go_through_the_same_normalisation() {
        let resize = Resize::Letterbox { placement: Placement::Centre, pad: 114 };
        let mut input = input(4, 4, ColourOrder::Rgb, resize);
        (input.scale, input.mean, input.std) = (0.5, [1.0, 2.0, 3.0], [2.0, 4.0, 8.0]);
        let values = filled(&input, &Picture::filled(8, 4, [10, 20, 30]), region(0, 0, 8, 4));
        for (channel, byte) in [30.0, 20.0, 10.0].into_iter().enumerate() {
            for row in 0..4 {
                let byte = if row == 1 || row == 2 { byte } else { 114.0 };
                let expected = (byte * 0.5 - input.mean[channel]) / input.std[channel];
                for value in &values[channel * 16 + row * 4..][..4] {
                    assert!((value - expected).abs() < 1e-5, "channel {channel} row {row}: {value}, not {expected}");
                }
            }
        }
    }

    #[test]
    fn a_frame_leaves_nothing_behind_in_the_next() {
        let input = input(32, 32, ColourOrder::Rgb, Resize::Letterbox { placement: Placement::TopLeft, pad: 114 });
        let whole = PixelRegion::whole(64, 36);
        let mut used = Preprocess::new(&input, whole);
        let mut values = vec![f32::NAN; 3 * 32 * 32];
        for picture in [Picture::filled(64, 36, [255, 0, 77]), chart(64, 36)] {
            used.run(&picture, &mut values).unwrap();
            assert_eq!(values, filled(&input, &picture, whole));
        }
    }

    #[test]
    fn a_region_beyond_the_picture_is_an_error() {
        let input = input(8, 8, ColourOrder::Rgb, Resize::Plain);
        let mut preprocess = Preprocess::new(&input, PixelRegion::whole(64, 36));
        assert!(preprocess.run(&Picture::filled(32, 36, [0; 3]), &mut [0.0; 192]).is_err());
    }
}
