//! How a region of the picture sits on the net's input, and the way back.

use super::region::PixelRegion;
use super::sidecar::{Input, Placement, Resize};
use crate::geometry::Rect;

/// The region scaled to `width` x `height` pixels and put at `left`, `top` of the net's input; the rest is padding.
#[derive(Debug)]
pub struct Framing {
    pub region: PixelRegion,
    pub width: usize,
    pub height: usize,
    pub left: usize,
    pub top: usize,
    /// Pixels of the net's input per pixel of the picture, horizontally and vertically.
    scale: (f64, f64),
}

impl Framing {
    pub fn new(input: &Input, region: PixelRegion) -> Self {
        let x_scale = input.width as f64 / region.width as f64;
        let y_scale = input.height as f64 / region.height as f64;
        match input.resize {
            Resize::Plain => {
                Self { region, width: input.width, height: input.height, left: 0, top: 0, scale: (x_scale, y_scale) }
            }
            Resize::Letterbox { placement, .. } => {
                let scale = x_scale.min(y_scale);
                // Cut to whole pixels, the way back not: so do the nets' own programs, and what they say of their nets
                // holds for pictures made like theirs.
                let cut = |length: usize| ((length as f64 * scale) as usize).max(1);
                let (width, height) = (cut(region.width), cut(region.height));
                let (left, top) = match placement {
                    Placement::TopLeft => (0, 0),
                    Placement::Centre => ((input.width - width) / 2, (input.height - height) / 2),
                };
                Self { region, width, height, left, top, scale: (scale, scale) }
            }
        }
    }

    /// Pixels of the net's input for one of the picture, in the direction in which there are fewer.
    #[cfg(feature = "onnx")]
    pub fn least_scale(&self) -> f64 {
        self.scale.0.min(self.scale.1)
    }

    /// A box in pixels of the net's input as a box in pixels of the whole picture: padding taken off, scaled back,
    /// moved to where the region lies and cut to it, because nothing was seen beyond.
    pub fn to_picture(&self, rect: &Rect) -> Rect {
        let (width, height) = (self.region.width as f64, self.region.height as f64);
        let x = |x: f64| self.region.x as f64 + ((x - self.left as f64) / self.scale.0).clamp(0.0, width);
        let y = |y: f64| self.region.y as f64 + ((y - self.top as f64) / self.scale.1).clamp(0.0, height);
        Rect::new(x(rect.x1), y(rect.y1), x(rect.x2), y(rect.y2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::ColourOrder;

    const TOP_LEFT: Resize = Resize::Letterbox { placement: Placement::TopLeft, pad: 114 };
    const CENTRE: Resize = Resize::Letterbox { placement: Placement::Centre, pad: 114 };

    fn framing(resize: Resize, (x, y, w, h): (usize, usize, usize, usize), (width, height): (usize, usize)) -> Framing {
        let (scale, mean, std) = (1.0, [0.0; 3], [1.0; 3]);
        let input = Input { width, height, colour: ColourOrder::Rgb, scale, mean, std, resize };
        Framing::new(&input, PixelRegion { x, y, width: w, height: h })
    }

    #[test]
    fn letterbox_padding_is_taken_off_and_the_region_put_back() {
        // (rule, region x y w h, net w h, box on the net, box on the picture)
        let cases = [
            (TOP_LEFT, (0, 0, 640, 360), (416, 416), (0.0, 0.0, 416.0, 234.0), (0.0, 0.0, 640.0, 360.0)),
            (CENTRE, (0, 0, 640, 360), (416, 416), (0.0, 91.0, 416.0, 325.0), (0.0, 0.0, 640.0, 360.0)),
            (TOP_LEFT, (100, 50, 320, 192), (320, 192), (10.0, 20.0, 30.0, 40.0), (110.0, 70.0, 130.0, 90.0)),
            (CENTRE, (100, 50, 100, 200), (200, 200), (50.0, 0.0, 150.0, 200.0), (100.0, 50.0, 200.0, 250.0)),
            (TOP_LEFT, (100, 50, 100, 200), (200, 200), (0.0, 0.0, 100.0, 200.0), (100.0, 50.0, 200.0, 250.0)),
            (Resize::Plain, (10, 20, 640, 160), (320, 320), (0.0, 160.0, 320.0, 320.0), (10.0, 100.0, 650.0, 180.0)),
            // reaches into the padding and beyond the input
            (CENTRE, (100, 50, 100, 200), (200, 200), (-9.0, 150.0, 60.0, 250.0), (100.0, 200.0, 110.0, 250.0)),
        ];
        for (resize, region, net_size, net, picture) in cases {
            let back = framing(resize, region, net_size).to_picture(&Rect::new(net.0, net.1, net.2, net.3));
            assert_eq!(back, Rect::new(picture.0, picture.1, picture.2, picture.3), "{resize:?} {region:?}");
        }
    }

    /// 432 * (416 / 768) is 233.99999999999997: where ONNX Runtime's golden boxes come from, it becomes 233 rows.
    #[test]
    fn a_letterbox_is_cut_to_whole_pixels_like_the_nets_own_programs_do() {
        let framing = framing(TOP_LEFT, (0, 0, 768, 432), (416, 416));
        assert_eq!((framing.width, framing.height), (416, 233));
    }

    #[test]
    fn the_scaled_region_fits_whatever_its_shape() {
        for (w, h) in [(1, 1), (1, 5000), (5000, 1), (641, 359), (333, 777)] {
            let framing = framing(CENTRE, (0, 0, w, h), (320, 192));
            assert!(framing.width >= 1 && framing.left + framing.width <= 320, "{w}x{h}: {framing:?}");
            assert!(framing.height >= 1 && framing.top + framing.height <= 192, "{w}x{h}: {framing:?}");
            assert!(framing.width >= 319 || framing.height >= 191, "{w}x{h} touches an edge: {framing:?}");
        }
    }
}
