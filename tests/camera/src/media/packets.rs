//! Reading undecoded pictures: OpenCV hands out packets as a byte stream with start codes and parameter sets.

use std::fs;
use std::io;
use std::path::Path;

use opencv::core::{Mat, Vector};
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture};

use super::annexb::nal_units;
use super::clip::{AccessUnit, Clip, Codec};
use super::composition::display_order;
use super::opencv_failed;

/// All files of `folder` in the order of their names, one after the other.
pub fn read_pieces(folder: &Path, codec: Codec) -> io::Result<Clip> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    let mut frames: Vec<AccessUnit> = Vec::new();
    for file in files {
        let mut piece = read_file(&file, codec)?.frames;
        piece.iter_mut().for_each(|frame| frame.display += frames.len());
        frames.append(&mut piece);
    }
    Ok(Clip { codec, frames })
}

pub fn read_file(file: &Path, codec: Codec) -> io::Result<Clip> {
    let mut frames = packets(file)?;
    let order = display_order(&fs::read(file)?, frames.len());
    for (frame, place) in frames.iter_mut().zip(order) {
        frame.display = place;
    }
    Ok(Clip { codec, frames })
}

fn packets(file: &Path) -> io::Result<Vec<AccessUnit>> {
    let run = || {
        // Undecoded packets, from the start.
        let raw = Vector::from_slice(&[videoio::CAP_PROP_FORMAT, -1]);
        let mut capture = VideoCapture::from_file_with_params(file, videoio::CAP_FFMPEG, &raw)?;
        let mut packet = Mat::default();
        let mut frames = Vec::new();
        while capture.grab()? {
            capture.retrieve(&mut packet, 0)?;
            let nals = nal_units(packet.data_bytes()?).into_iter().map(<[u8]>::to_vec).collect();
            let key = capture.get(videoio::CAP_PROP_LRF_HAS_KEY_FRAME)? != 0.0;
            frames.push(AccessUnit { nals, key, display: 0 });
        }
        Ok(frames)
    };
    run().map_err(opencv_failed)
}
