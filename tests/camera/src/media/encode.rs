//! Making the variants: decode, change the picture, encode.

use std::io;
use std::path::Path;

use opencv::core::{Mat, Size, Vector};
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture, VideoWriter};
use opencv::{imgcodecs, imgproc};

use super::opencv_failed;
use super::variant::Variant;

/// Encodes the variant as MP4 files of one second each in `folder`, numbered: OpenCV lets the H.264 encoder choose its
/// key frames, but every file begins with one.
pub fn pieces(recording: &Path, variant: Variant, fps: f64, folder: &Path) -> io::Result<()> {
    let fourcc = VideoWriter::fourcc('a', 'v', 'c', '1').map_err(opencv_failed)?;
    let piece = fps.round() as usize;
    let mut writer = None;
    for_each_picture(recording, variant, |index, picture| {
        if index % piece == 0 {
            writer = None;
        }
        if writer.is_none() {
            let file = folder.join(format!("{:05}.mp4", index / piece));
            let opened = VideoWriter::new_with_backend(&file, videoio::CAP_FFMPEG, fourcc, fps, picture.size()?, true)?;
            writer = Some(opened);
        }
        writer.as_mut().expect("it was just opened").write(picture)
    })
}

/// The variant's pictures as JPEG files.
pub fn jpegs(recording: &Path, variant: Variant) -> io::Result<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    for_each_picture(recording, variant, |_, picture| {
        let mut file = Vector::new();
        imgcodecs::imencode(".jpg", picture, &mut file, &Vector::from_slice(&[imgcodecs::IMWRITE_JPEG_QUALITY, 80]))?;
        files.push(file.to_vec());
        Ok(())
    })?;
    Ok(files)
}

fn for_each_picture(
    recording: &Path,
    variant: Variant,
    mut visit: impl FnMut(usize, &Mat) -> opencv::Result<()>,
) -> io::Result<()> {
    let mut run = || {
        let mut capture = VideoCapture::from_file(recording, videoio::CAP_FFMPEG)?;
        let mut decoded = Mat::default();
        let mut index = 0;
        while capture.read(&mut decoded)? {
            visit(index, &changed(&decoded, variant)?)?;
            index += 1;
        }
        Ok(())
    };
    run().map_err(opencv_failed)
}

/// The picture as this variant has it.
fn changed(picture: &Mat, variant: Variant) -> opencv::Result<Mat> {
    let size = picture.size()?;
    // Codecs want even numbers of pixels.
    let scaled = |share: f64| {
        let even = |pixels: i32| (f64::from(pixels) * share / 2.0).round() as i32 * 2;
        let mut smaller = Mat::default();
        let to = Size::new(even(size.width), even(size.height));
        imgproc::resize(picture, &mut smaller, to, 0.0, 0.0, imgproc::INTER_AREA)?;
        Ok(smaller)
    };
    match variant {
        Variant::Plain | Variant::Hevc => picture.try_clone(),
        Variant::Smaller => scaled(0.75),
        Variant::Black => Ok(Mat::zeros_size(size, picture.typ())?.to_mat()?),
        Variant::Infrared => {
            let (mut grey, mut bright, mut back) = (Mat::default(), Mat::default(), Mat::default());
            imgproc::cvt_color_def(picture, &mut grey, imgproc::COLOR_BGR2GRAY)?;
            grey.convert_to(&mut bright, -1, 1.1, 20.0)?;
            imgproc::cvt_color_def(&bright, &mut back, imgproc::COLOR_GRAY2BGR)?;
            Ok(back)
        }
    }
}
