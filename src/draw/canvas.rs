//! The few strokes that the overlays are made of, on top of OpenCV.

use opencv::core::{Mat, Point as Pixel, Scalar, Size, Vector};
use opencv::prelude::*;
use opencv::{imgcodecs, imgproc};

use crate::geometry::{Point, Rect};
use crate::source::Picture;

#[derive(Debug, thiserror::Error)]
#[error("drawing failed")]
pub struct DrawError(#[from] opencv::Error);

/// Blue, green, red.
pub type Colour = [u8; 3];

/// A picture being drawn on. Strokes and letters grow with the picture, so that they look alike on 320 and on 1920
/// columns.
pub struct Canvas<'a> {
    image: opencv::boxed_ref::BoxedRefMut<'a, Mat>,
    /// 1 on a picture of 360 rows
    scale: f64,
}

impl<'a> Canvas<'a> {
    pub fn on(picture: &'a mut Picture) -> Result<Self, DrawError> {
        let (width, height) = (picture.width(), picture.height());
        // SAFETY: the picture holds height * width * 3 bytes, rows without padding, and is borrowed for 'a, as long as
        // the Mat lives.
        let image = unsafe {
            Mat::new_rows_cols_with_data_unsafe_def(
                height as i32,
                width as i32,
                opencv::core::CV_8UC3,
                picture.bgr_mut().as_mut_ptr().cast(),
            )?
        };
        Ok(Self { image: image.into(), scale: (height as f64 / 360.0).max(0.5) })
    }

    fn thickness(&self, weight: f64) -> i32 {
        (weight * self.scale).round().max(1.0) as i32
    }

    pub fn scale(&self) -> f64 {
        self.scale
    }

    pub fn line(&mut self, from: Point, to: Point, colour: Colour, weight: f64) -> Result<(), DrawError> {
        let thickness = self.thickness(weight);
        imgproc::line(&mut self.image, pixel(from), pixel(to), scalar(colour), thickness, imgproc::LINE_AA, 0)?;
        Ok(())
    }

    pub fn arrow(&mut self, from: Point, to: Point, colour: Colour, weight: f64) -> Result<(), DrawError> {
        let (thickness, tip) = (self.thickness(weight), 0.3);
        let (from, to) = (pixel(from), pixel(to));
        imgproc::arrowed_line(&mut self.image, from, to, scalar(colour), thickness, imgproc::LINE_AA, 0, tip)?;
        Ok(())
    }

    pub fn rectangle(&mut self, rect: &Rect, colour: Colour, weight: f64) -> Result<(), DrawError> {
        let thickness = self.thickness(weight);
        let (from, to) = (pixel(Point::new(rect.x1, rect.y1)), pixel(Point::new(rect.x2, rect.y2)));
        imgproc::rectangle_points(&mut self.image, from, to, scalar(colour), thickness, imgproc::LINE_AA, 0)?;
        Ok(())
    }

    pub fn dot(&mut self, at: Point, colour: Colour, radius: f64) -> Result<(), DrawError> {
        let radius = self.thickness(radius);
        imgproc::circle(&mut self.image, pixel(at), radius, scalar(colour), imgproc::FILLED, imgproc::LINE_AA, 0)?;
        Ok(())
    }

    /// Width and height of a text in pixels.
    pub fn text_size(&self, text: &str) -> Result<(f64, f64), DrawError> {
        let mut baseline = 0;
        let size: Size = imgproc::get_text_size(text, FONT, self.letter_scale(), self.thickness(1.0), &mut baseline)?;
        Ok((f64::from(size.width), f64::from(size.height + baseline)))
    }

    /// Letters on a dark ground, `at` their upper left corner, moved so that the whole text lies on the picture.
    /// OpenCV's font knows ASCII only; anything else shows as `?`.
    pub fn text(&mut self, text: &str, at: Point, colour: Colour) -> Result<(), DrawError> {
        let (width, height) = self.text_size(text)?;
        let pad = 2.0 * self.scale;
        let x = at.x.min(f64::from(self.image.cols()) - width - pad).max(pad);
        let y = at.y.min(f64::from(self.image.rows()) - height - pad).max(pad);
        let ground = Rect::new(x - pad, y - pad, x + width + pad, y + height + pad);
        let (from, to) = (pixel(Point::new(ground.x1, ground.y1)), pixel(Point::new(ground.x2, ground.y2)));
        imgproc::rectangle_points(&mut self.image, from, to, scalar([24, 24, 24]), imgproc::FILLED, 8, 0)?;
        let base = pixel(Point::new(x, y + height * 0.78));
        let (size, thickness) = (self.letter_scale(), self.thickness(1.0));
        imgproc::put_text(&mut self.image, text, base, FONT, size, scalar(colour), thickness, imgproc::LINE_AA, false)?;
        Ok(())
    }

    fn letter_scale(&self) -> f64 {
        0.4 * self.scale
    }
}

/// Of 100. Letters stay sharp; a picture of 960x540 takes some 80 kB.
const JPEG_QUALITY: i32 = 80;

const FONT: i32 = imgproc::FONT_HERSHEY_SIMPLEX;

fn pixel(point: Point) -> Pixel {
    Pixel::new(point.x.round() as i32, point.y.round() as i32)
}

fn scalar(colour: Colour) -> Scalar {
    Scalar::new(f64::from(colour[0]), f64::from(colour[1]), f64::from(colour[2]), 0.0)
}

/// The picture as the bytes of a PNG file.
pub fn encode_png(picture: &Picture) -> Result<Vec<u8>, DrawError> {
    let row = Mat::from_slice(picture.bgr())?;
    let mut bytes = Vector::<u8>::new();
    imgcodecs::imencode_def(".png", &row.reshape(3, picture.height() as i32)?, &mut bytes)?;
    Ok(bytes.to_vec())
}

/// The picture as the bytes of a JPEG file.
pub fn encode_jpeg(picture: &Picture) -> Result<Vec<u8>, DrawError> {
    let row = Mat::from_slice(picture.bgr())?;
    let mut bytes = Vector::<u8>::new();
    let options = Vector::from_slice(&[imgcodecs::IMWRITE_JPEG_QUALITY, JPEG_QUALITY]);
    imgcodecs::imencode(".jpg", &row.reshape(3, picture.height() as i32)?, &mut bytes, &options)?;
    Ok(bytes.to_vec())
}

/// A copy of the picture, `most` pixels wide at most.
pub fn no_wider(picture: &Picture, most: usize) -> Result<Picture, DrawError> {
    if picture.width() <= most {
        return Ok(picture.clone());
    }
    let height = (picture.height() * most).div_ceil(picture.width());
    let mut small = Picture::filled(most, height, [0; 3]);
    let row = Mat::from_slice(picture.bgr())?;
    let large = row.reshape(3, picture.height() as i32)?;
    let size = Size::new(most as i32, height as i32);
    let canvas = &mut Canvas::on(&mut small)?;
    // Of this size already: it is written into the picture itself.
    imgproc::resize(&large, &mut canvas.image, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok(small)
}

/// The picture with so many columns, which are more than it has, and an even number of rows, as encoders want.
pub fn enlarged(picture: &Picture, width: usize) -> Result<Picture, DrawError> {
    let height = (picture.height() * width).div_ceil(picture.width()).next_multiple_of(2);
    let mut large = Picture::filled(width, height, [0; 3]);
    let row = Mat::from_slice(picture.bgr())?;
    let small = row.reshape(3, picture.height() as i32)?;
    let size = Size::new(width as i32, height as i32);
    let canvas = &mut Canvas::on(&mut large)?;
    // Of this size already: it is written into the picture itself.
    imgproc::resize(&small, &mut canvas.image, size, 0.0, 0.0, imgproc::INTER_LINEAR)?;
    Ok(large)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enlarged_picture_is_filled_to_its_corners() {
        let large = enlarged(&Picture::filled(64, 35, [10, 20, 30]), 192).unwrap();
        assert_eq!((large.width(), large.height()), (192, 106));
        assert!(large.bgr().chunks(3).all(|pixel| pixel == [10, 20, 30]));
    }

    #[test]
    fn strokes_land_in_the_picture_itself() {
        let mut picture = Picture::filled(64, 48, [0, 0, 0]);
        Canvas::on(&mut picture)
            .unwrap()
            .line(Point::new(0.0, 24.0), Point::new(63.0, 24.0), [0, 0, 255], 1.0)
            .unwrap();
        let middle = (24 * 64 + 32) * 3;
        let [blue, green, red] = picture.bgr()[middle..middle + 3] else { unreachable!("three bytes") };
        // Smoothed edges leave a little of the black below.
        assert!(blue == 0 && green == 0 && red > 200, "{blue} {green} {red}");
    }

    #[test]
    fn text_beyond_the_edge_is_moved_into_the_picture() {
        let mut picture = Picture::filled(640, 360, [200, 200, 200]);
        Canvas::on(&mut picture).unwrap().text("ENTRY", Point::new(5000.0, -40.0), [255, 255, 255]).unwrap();
        assert!(picture.bgr().chunks(3).any(|pixel| pixel == [24, 24, 24]), "no ground drawn");
    }

    #[test]
    fn a_png_begins_as_a_png() {
        let png = encode_png(&Picture::filled(8, 8, [1, 2, 3])).unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    }

    #[test]
    fn a_jpeg_begins_as_a_jpeg() {
        let jpeg = encode_jpeg(&Picture::filled(16, 8, [1, 2, 3])).unwrap();
        assert_eq!(&jpeg[..3], b"\xff\xd8\xff");
    }

    #[test]
    fn only_what_is_too_wide_is_made_smaller() {
        let mut picture = Picture::filled(40, 20, [10, 20, 30]);
        assert_eq!(no_wider(&picture, 40).unwrap(), picture);
        picture.bgr_mut()[..40 * 10 * 3].fill(200);
        let small = no_wider(&picture, 20).unwrap();
        assert_eq!((small.width(), small.height()), (20, 10));
        assert_eq!((&small.bgr()[..3], &small.bgr()[20 * 9 * 3..][..3]), (&[200, 200, 200][..], &[10, 20, 30][..]));
    }
}
