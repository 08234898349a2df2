//! Tells from the pictures alone that a camera no longer sees: the same picture again and again, or none at all.

use super::Picture;

/// Nothing but repeats for so long is a frozen picture, s. Encoders of a motionless scene without noise repeat their
/// picture from one key frame to the next, which are 1 to 4 s apart.
pub const FROZEN_AFTER: f64 = 10.0;
/// A camera that is looked at rarely must repeat itself at least so often.
const FROZEN_REPEATS: u32 = 3;
/// No light for so long is a black picture, s: cameras that switch their infrared filter go dark for a second or two.
pub const BLACK_AFTER: f64 = 5.0;
/// Grey for so long, or coloured again, is a switch to infrared or back, s: a white lorry may fill the picture.
const SWITCH_AFTER: f64 = 3.0;
/// A picture is sampled in about so many whole rows.
const ROWS: usize = 120;
/// Of each of those rows, the statistics of light take about so many pixels.
const COLUMNS: usize = 64;

/// What one picture says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight {
    Fresh,
    /// Bit by bit the one before.
    Repeat,
    /// Since then nothing new was seen, s by the caller's clock.
    Frozen {
        since: f64,
    },
    Black {
        since: f64,
    },
}

/// Watches the pictures of one connection. Has no clock: time is what the caller says.
#[derive(Debug, Default)]
pub struct PictureWatch {
    /// Rows of the last picture that was new, and its size.
    sample: Vec<u8>,
    size: (usize, usize),
    /// When it was first seen, s.
    fresh_at: f64,
    repeats: u32,
    black_since: Option<f64>,
    infrared: Option<bool>,
    /// The other light than `infrared` says is seen since then, s.
    other_since: Option<f64>,
    switched: bool,
}

impl PictureWatch {
    /// Judges the next picture, taken at `seconds` of any clock that does not run backwards.
    pub fn observe(&mut self, seconds: f64, picture: &Picture) -> Sight {
        self.switched = false;
        let repeat = self.is_repeat(picture);
        if repeat {
            self.repeats = self.repeats.saturating_add(1);
        } else {
            self.keep(picture);
            self.fresh_at = seconds;
            self.repeats = 0;
            let light = Light::of(picture);
            self.black_since = light.is_black(picture).then(|| self.black_since.unwrap_or(seconds));
            self.follow_colour(seconds, &light);
        }
        if let Some(since) = self.black_since
            && seconds - since >= BLACK_AFTER
        {
            return Sight::Black { since };
        }
        match repeat {
            true if self.repeats >= FROZEN_REPEATS && seconds - self.fresh_at >= FROZEN_AFTER => {
                Sight::Frozen { since: self.fresh_at }
            }
            true => Sight::Repeat,
            false => Sight::Fresh,
        }
    }

    /// The picture is grey, as under infrared light at night.
    pub fn is_infrared(&self) -> bool {
        self.infrared == Some(true)
    }

    /// The picture observed last made the difference between colour and infrared. Never of the first ones.
    pub fn has_switched(&self) -> bool {
        self.switched
    }

    /// By comparing whole rows: no hash that might collide, and a picture with noise differs within the first.
    fn is_repeat(&self, picture: &Picture) -> bool {
        self.size == (picture.width(), picture.height())
            && !self.sample.is_empty()
            && rows(picture).zip(self.sample.chunks_exact(picture.width() * 3)).all(|(row, kept)| row == kept)
    }

    fn keep(&mut self, picture: &Picture) {
        self.size = (picture.width(), picture.height());
        self.sample.clear();
        rows(picture).for_each(|row| self.sample.extend_from_slice(row));
    }

    fn follow_colour(&mut self, seconds: f64, light: &Light) {
        let Some(grey) = light.is_grey() else {
            self.other_since = None;
            return;
        };
        if self.infrared.is_none() {
            self.infrared = Some(grey);
        } else if self.infrared == Some(grey) {
            self.other_since = None;
        } else if seconds - *self.other_since.get_or_insert(seconds) >= SWITCH_AFTER {
            self.infrared = Some(grey);
            self.other_since = None;
            self.switched = true;
        }
    }
}

/// About [`ROWS`] rows, evenly spread.
fn rows(picture: &Picture) -> impl Iterator<Item = &[u8]> {
    let step = (picture.height() / ROWS).max(1);
    let row = (picture.width() * 3).max(1);
    picture.bgr().chunks_exact(row).skip(step / 2).step_by(step)
}

/// How bright and how colourful the sampled pixels are.
struct Light {
    /// Pixels by their brightest channel, 0..=255.
    brightness: [u32; 256],
    /// Pixels by the difference of their brightest and darkest channel.
    colour: [u32; 256],
    pixels: u32,
}

/// Brighter than this is light, 0..=255: black with its noise is below 35 however a camera scales it.
const DARKEST_LIGHT: u8 = 48;
/// Of all pixels, so many must be lit: 23 of 640x360, a lamp of 5x5. A stuck pixel of the sensor is no lamp.
const LEAST_LIT: f64 = 1e-4;
/// Dark pictures differ by less from corner to corner (1st to 99th percentile), 0..=255.
const LEAST_STRUCTURE: usize = 16;

impl Light {
    fn of(picture: &Picture) -> Self {
        let mut light = Self { brightness: [0; 256], colour: [0; 256], pixels: 0 };
        let step = (picture.width() / COLUMNS).max(1);
        for pixel in rows(picture).flat_map(|row| row.chunks_exact(3).step_by(step)) {
            let brightest = pixel[0].max(pixel[1]).max(pixel[2]);
            let darkest = pixel[0].min(pixel[1]).min(pixel[2]);
            light.brightness[usize::from(brightest)] += 1;
            light.colour[usize::from(brightest - darkest)] += 1;
            light.pixels += 1;
        }
        light
    }

    /// The level below which lies this share of the pixels, 0..=255.
    fn percentile(&self, levels: &[u32; 256], share: f64) -> usize {
        let wanted = f64::from(self.pixels) * share;
        let mut below = 0;
        levels
            .iter()
            .position(|&count| {
                below += count;
                f64::from(below) >= wanted
            })
            .unwrap_or(255)
    }

    /// Practically no light and no structure. The few pixels of the statistics could miss a lamp: when they are dark,
    /// every pixel is looked at.
    fn is_black(&self, picture: &Picture) -> bool {
        let [dark, bright] = [0.01, 0.99].map(|share| self.percentile(&self.brightness, share));
        bright <= usize::from(DARKEST_LIGHT)
            && bright - dark <= LEAST_STRUCTURE
            && (lit(picture) as f64) < LEAST_LIT * (picture.width() * picture.height()) as f64
    }

    /// `None`: too dark, or neither clearly grey nor clearly coloured. A camera's grey has no colour at all, a grey day
    /// has tail lamps, leaves and signs.
    fn is_grey(&self) -> Option<bool> {
        let enough = self.percentile(&self.brightness, 0.75) > usize::from(DARKEST_LIGHT);
        match self.percentile(&self.colour, 0.99) {
            _ if !enough => None,
            0..=6 => Some(true),
            12.. => Some(false),
            _ => None,
        }
    }
}

/// Pixels with light in them. Dark rows, in a dark picture nearly all, are passed over by their maximum.
fn lit(picture: &Picture) -> usize {
    let is_lit = |pixel: &&[u8]| pixel.iter().any(|&channel| channel > DARKEST_LIGHT);
    let row = (picture.width() * 3).max(1);
    let lit_rows = picture.bgr().chunks_exact(row).filter(|row| row.iter().fold(0, |a, &b| a.max(b)) > DARKEST_LIGHT);
    lit_rows.map(|row| row.chunks_exact(3).filter(is_lit).count()).sum()
}

#[cfg(test)]
mod tests;
