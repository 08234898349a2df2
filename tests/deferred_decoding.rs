//! A frame that nobody looks at is decoded only if a later one needs it, and nobody who looks sees a difference.
#![cfg(feature = "video")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use lotcount::source::{FrameSource, Picture, Replay, VideoSource};

fn quiet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/quiet.mp4")
}

/// Positions and pictures of the frames with these numbers, no other being looked at; and how many were decoded for that.
fn looked_at(source: &mut VideoSource, numbers: &[usize]) -> (Vec<(Duration, Picture)>, u64) {
    let mut next = 0;
    let before = source.decoded();
    let looks = numbers.iter().map(|&number| {
        let grabs = number + 1 - std::mem::replace(&mut next, number + 1);
        let position = (0..grabs).map(|_| source.grab().unwrap().expect("a frame")).last().expect("numbers rise");
        (position, source.retrieve().unwrap())
    });
    (looks.collect(), source.decoded() - before)
}

#[test]
fn who_looks_now_and_then_sees_what_who_looks_always_sees() {
    let every: Vec<usize> = (0..100).collect();
    let (all, decoded) = looked_at(&mut VideoSource::open_recording(&quiet()).unwrap(), &every);
    assert_eq!(decoded, 100);
    // Key frames are those with the numbers 0, 30, 60, 90.
    for (numbers, most) in [(&[0, 1, 5, 6, 29, 30, 31, 47, 99][..], 59), (&[30, 60, 90], 4), (&[29], 30), (&[95], 7)] {
        let mut source = VideoSource::open_recording(&quiet()).unwrap();
        let (looks, decoded) = looked_at(&mut source, numbers);
        assert!(decoded <= most, "{numbers:?}: {decoded} decoded");
        for (look, &number) in looks.iter().zip(numbers) {
            assert!(*look == all[number], "frame {number} of {numbers:?} differs");
        }
    }
}

#[test]
fn a_recording_that_is_wound_is_played_as_from_there() {
    let (all, _) = looked_at(&mut VideoSource::open_recording(&quiet()).unwrap(), &(0..50).collect::<Vec<_>>());
    let mut source = VideoSource::open_recording(&quiet()).unwrap();
    looked_at(&mut source, &[3, 12]);
    for start in [0, 17, 40] {
        source.seek(start as u64).unwrap();
        let (looks, _) = looked_at(&mut source, &[0, 2, 9]);
        for ((position, picture), number) in looks.iter().zip([start, start + 2, start + 9]) {
            assert!(*picture == all[number].1, "frame {number}");
            assert_eq!(position.as_millis(), (all[number].0 - all[start].0).as_millis());
        }
    }
}

#[test]
fn a_recording_ends_after_its_last_frame_however_it_is_looked_at() {
    for stride in [1, 7, 1000] {
        let mut source = VideoSource::open_recording(&quiet()).unwrap();
        let mut frames = 0;
        while source.grab().unwrap().is_some() {
            frames += 1;
            if frames % stride == 0 {
                source.retrieve().unwrap();
            }
        }
        assert_eq!(frames, 900, "looked at every {stride}th");
        assert_eq!(source.grab().unwrap(), None);
    }
}
