use super::*;

const WIDTH: usize = 320;
const HEIGHT: usize = 180;

/// A scene with noise that is another one for every `seed`; `colour` 0 makes it grey.
fn scene(seed: u64, level: u8, noise: u8, colour: u8) -> Picture {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bgr = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for at in 0..WIDTH * HEIGHT {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let grey = level + if noise == 0 { 0 } else { (state % u64::from(noise)) as u8 };
        let red = if at % WIDTH < WIDTH / 10 { colour } else { 0 };
        bgr.extend([grey, grey, grey.saturating_add(red)]);
    }
    Picture::new(WIDTH, HEIGHT, bgr)
}

fn with_square(mut picture: Picture, side: usize, value: u8) -> Picture {
    for y in 0..side {
        let start = ((91 + y) * WIDTH + 37) * 3;
        picture.bgr_mut()[start..start + side * 3].fill(value);
    }
    picture
}

/// What the watch says last, of one picture a second from second 0 on.
fn last(pictures: impl IntoIterator<Item = Picture>) -> Sight {
    let mut watch = PictureWatch::default();
    pictures.into_iter().enumerate().map(|(at, picture)| watch.observe(at as f64, &picture)).last().unwrap()
}

fn every_second(seconds: u64, picture: impl Fn(u64) -> Picture) -> Vec<Picture> {
    (0..=seconds).map(picture).collect()
}

#[test]
fn a_table_of_sights() {
    let noisy = |level, noise| move |at| scene(at + 1, level, noise, 90);
    let cases: Vec<(&str, Vec<Picture>, Sight)> = vec![
        ("an ordinary scene", every_second(60, noisy(80, 20)), Sight::Fresh),
        ("the first picture", vec![scene(1, 80, 20, 90)], Sight::Fresh),
        ("repeated for 9 s", every_second(9, |_| scene(1, 80, 20, 90)), Sight::Repeat),
        ("repeated for 10 s", every_second(10, |_| scene(1, 80, 20, 90)), Sight::Frozen { since: 0.0 }),
        ("new every 4 s, as by key frames", every_second(63, |at| scene(at / 4 + 1, 80, 20, 90)), Sight::Repeat),
        ("frozen after a while", every_second(40, |at| scene(at.min(20), 80, 20, 90)), Sight::Frozen { since: 20.0 }),
        ("another size", [scene(1, 80, 0, 90), Picture::filled(160, 90, [80; 3])].into(), Sight::Fresh),
        ("black for 4 s", every_second(4, |at| scene(at + 1, 0, 6, 0)), Sight::Fresh),
        ("black for 5 s", every_second(5, |at| scene(at + 1, 0, 6, 0)), Sight::Black { since: 0.0 }),
        ("black without noise", every_second(30, |_| scene(1, 0, 0, 0)), Sight::Black { since: 0.0 }),
        ("black as 16, with noise", every_second(30, |at| scene(at + 1, 16, 14, 0)), Sight::Black { since: 0.0 }),
        (
            "with a stuck pixel",
            every_second(9, |at| with_square(scene(at + 1, 2, 6, 0), 1, 255)),
            Sight::Black { since: 0.0 },
        ),
        ("night with a lamp", every_second(30, |at| with_square(scene(at + 1, 2, 6, 0), 4, 200)), Sight::Fresh),
        ("night with a dim wall", every_second(30, |at| with_square(scene(at + 1, 2, 6, 0), 80, 40)), Sight::Fresh),
        ("dusk", every_second(30, |at| scene(at + 1, 40, 30, 0)), Sight::Fresh),
        (
            "dark while the filter moves",
            every_second(3, |at| scene(at + 1, if at < 3 { 1 } else { 90 }, 6, 0)),
            Sight::Fresh,
        ),
    ];
    for (name, pictures, expected) in cases {
        assert_eq!(last(pictures), expected, "{name}");
    }
}

#[test]
fn a_small_car_that_moves_is_no_repeat() {
    let mut watch = PictureWatch::default();
    let still = scene(1, 80, 0, 90);
    watch.observe(0.0, &still);
    assert_eq!(watch.observe(1.0, &with_square(still.clone(), 3, 200)), Sight::Fresh);
    assert_eq!(watch.observe(2.0, &with_square(still, 3, 200)), Sight::Repeat);
}

#[test]
fn few_pictures_far_apart_are_not_frozen() {
    let mut watch = PictureWatch::default();
    watch.observe(0.0, &scene(1, 80, 20, 90));
    assert_eq!(watch.observe(12.0, &scene(1, 80, 20, 90)), Sight::Repeat);
    watch.observe(13.0, &scene(1, 80, 20, 90));
    assert_eq!(watch.observe(14.0, &scene(1, 80, 20, 90)), Sight::Frozen { since: 0.0 });
    assert_eq!(watch.observe(15.0, &scene(2, 80, 20, 90)), Sight::Fresh);
}

#[test]
fn a_switch_to_infrared_and_back_is_told_once_each() {
    let mut watch = PictureWatch::default();
    let mut switches = Vec::new();
    for at in 0..60_u64 {
        // Grey from 20 to 40, with a second of darkness before and after; at 10 a white lorry for one picture.
        let (level, colour) = match at {
            20 | 40 => (0, 0),
            21..40 => (90, 0),
            10 => (200, 0),
            _ => (90, 90),
        };
        watch.observe(at as f64, &scene(at + 1, level, 8, colour));
        if watch.has_switched() {
            switches.push((at, watch.is_infrared()));
        }
    }
    assert_eq!(switches, [(24, true), (44, false)]);
}
