use super::*;

const WIDTH: usize = 640;
const HEIGHT: usize = 360;
/// Glances at three pictures a second.
const STEP: f64 = 1.0 / 3.0;

fn line(x1: f64, y1: f64, x2: f64, y2: f64) -> Segment {
    Segment::new(Point::new(x1, y1), Point::new(x2, y2))
}

fn gate() -> MotionGate {
    MotionGate::new(WIDTH, HEIGHT, PixelRegion::whole(WIDTH, HEIGHT), &[line(100.0, 180.0, 200.0, 180.0)])
}

/// Noise from -`most` to `most` on every byte, another one for each `seed`.
fn noisy(seed: u32, most: i32) -> Picture {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let mut picture = Picture::filled(WIDTH, HEIGHT, [90; 3]);
    for byte in picture.bgr_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte = (90 + (state >> 8) as i32 % (2 * most + 1) - most) as u8;
    }
    picture
}

/// A grey box on the picture: left, top, width, height.
fn with_box(mut picture: Picture, (x, y, width, height): (usize, usize, usize, usize), grey: u8) -> Picture {
    for row in y..y + height {
        let start = (row * WIDTH + x) * 3;
        picture.bgr_mut()[start..start + width * 3].fill(grey);
    }
    picture
}

/// Glances at pictures one after the other.
fn glances(gate: &mut MotionGate, from: f64, pictures: impl IntoIterator<Item = Picture>) -> Vec<Glance> {
    let glance = |(index, picture): (usize, Picture)| gate.glance(from + index as f64 * STEP, &picture);
    pictures.into_iter().enumerate().map(glance).collect()
}

fn looks(glances: &[Glance]) -> usize {
    glances.iter().filter(|glance| glance.look).count()
}

#[test]
fn where_nothing_moves_the_net_looks_at_the_heartbeat_only() {
    for noise in [0, 12, 40] {
        let seen = glances(&mut gate(), 0.0, (1..=180).map(|seed| noisy(seed, noise)));
        assert!(seen[0].look, "the first picture is looked at");
        let usual = &seen[90..];
        assert!(usual.iter().all(|glance| glance.motion == Motion::Nowhere), "noise {noise}: {usual:?}");
        assert!((7..=8).contains(&looks(usual)), "30 s, noise {noise}: {usual:?}");
    }
}

#[test]
fn a_car_is_noticed_where_it_drives() {
    for (x, motion) in [(140, Motion::NearLine), (500, Motion::Away)] {
        for (size, grey) in [((24, 16), 130), ((120, 80), 115), ((16, 16), 40)] {
            let mut gate = gate();
            glances(&mut gate, 0.0, (1..=30).map(|seed| noisy(seed, 12)));
            let seen = gate.glance(10.0, &with_box(noisy(77, 12), (x, 170, size.0, size.1), grey));
            assert_eq!(seen, Glance { motion, look: true }, "{size:?} of {grey} at {x}");
        }
    }
}

#[test]
fn who_comes_to_rest_is_looked_at_for_a_while_and_then_remembered() {
    let mut gate = gate();
    glances(&mut gate, 0.0, (1..=30).map(|seed| noisy(seed, 5)));
    let standing = (50..80).map(|seed| with_box(noisy(seed, 5), (140, 170, 60, 40), 150));
    let seen = glances(&mut gate, 10.0, standing);
    let expected = [true, true, true, false, false, false, false];
    assert_eq!(seen.iter().map(|glance| glance.look).take(7).collect::<Vec<_>>(), expected, "{seen:?}");
    // And once more when it leaves.
    assert!(gate.glance(20.0, &noisy(99, 5)).look);
}

#[test]
fn who_creeps_adds_up() {
    let mut gate = gate();
    // A pixel in two seconds: from one glance to the next nearly nothing.
    let pictures = (0..90).map(|index| with_box(noisy(index + 1, 5), (200 + index as usize / 6, 170, 60, 40), 150));
    let seen = glances(&mut gate, 0.0, pictures);
    let later = &seen[6..];
    assert!(later.iter().filter(|glance| glance.motion != Motion::Nowhere).count() > 10, "{seen:?}");
}

#[test]
fn leaves_that_sway_for_long_wake_nobody_and_hide_no_car() {
    let mut gate = gate();
    let tree = |index: u32| {
        let grey = [80, 90, 100, 85, 95][index as usize % 5];
        with_box(noisy(index + 1, 5), (400, 20, 150, 150), grey)
    };
    let seen = glances(&mut gate, 0.0, (0..300).map(tree));
    let (first, last) = seen.split_at(200);
    assert!(looks(first) > 10, "at first it may be anything");
    assert!(last.iter().all(|glance| glance.motion == Motion::Nowhere), "{last:?}");
    let car = gate.glance(100.0, &with_box(tree(1), (450, 60, 60, 40), 200));
    assert_eq!(car, Glance { motion: Motion::Away, look: true });
}

#[test]
fn a_stream_of_cars_is_never_taken_for_leaves() {
    let mut gate = gate();
    // One in two glances shows a car in the same place.
    let road = |index: u32| match index % 2 {
        0 => with_box(noisy(index + 1, 5), (140, 170, 60, 40), 170),
        _ => noisy(index + 1, 5),
    };
    let seen = glances(&mut gate, 0.0, (0..600).map(road));
    assert!(seen[1..].iter().all(|glance| glance.look));
}

#[test]
fn light_that_changes_is_looked_at_and_then_the_new_usual() {
    let mut gate = gate();
    let lit = |grey: u8| move |_| Picture::filled(WIDTH, HEIGHT, [grey; 3]);
    glances(&mut gate, 0.0, (0..30).map(lit(90)));
    let seen = glances(&mut gate, 10.0, (0..9).map(lit(140)));
    assert!(seen[0].look && !seen[5].look, "{seen:?}");
}

#[test]
fn what_moves_outside_the_region_is_none_of_its_business() {
    let region = PixelRegion { x: 0, y: 100, width: 300, height: 200 };
    let mut gate = MotionGate::new(WIDTH, HEIGHT, region, &[]);
    glances(&mut gate, 0.0, (1..=9).map(|seed| noisy(seed, 5)));
    assert_eq!(gate.glance(3.0, &with_box(noisy(50, 5), (320, 20, 200, 300), 200)).motion, Motion::Nowhere);
    assert_eq!(gate.glance(3.3, &with_box(noisy(51, 5), (100, 150, 60, 40), 200)).motion, Motion::Away);
    assert!(!gate.fits(&Picture::filled(320, 180, [0; 3])));
}
