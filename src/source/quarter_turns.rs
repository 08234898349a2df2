//! Recordings of telephones lie on their side, and say so.

use ffmpeg_the_third::codec::packet::side_data;
use ffmpeg_the_third::format::stream::Stream;

use super::Picture;

/// How far pictures have to be turned to stand upright, clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuarterTurns {
    None,
    One,
    Two,
    Three,
}

impl QuarterTurns {
    pub fn of(stream: &Stream<'_>) -> Self {
        let matrix = stream.side_data().find(|data| data.kind() == side_data::Type::DisplayMatrix);
        matrix.map_or(Self::None, |matrix| Self::by_matrix(matrix.data()))
    }

    /// By nine numbers of four bytes in the machine's order; the first two are cosine and sine, of a turn clockwise.
    fn by_matrix(bytes: &[u8]) -> Self {
        let number = |index: usize| {
            let bytes = bytes.get(index * 4..index * 4 + 4)?;
            Some(f64::from(i32::from_ne_bytes(bytes.try_into().ok()?)))
        };
        let Some((cosine, sine)) = number(0).zip(number(1)) else { return Self::None };
        match (sine.atan2(cosine).to_degrees() / 90.0).round() as i32 {
            1 => Self::One,
            2 | -2 => Self::Two,
            -1 => Self::Three,
            _ => Self::None,
        }
    }

    pub fn size(self, (width, height): (usize, usize)) -> (usize, usize) {
        if matches!(self, Self::One | Self::Three) { (height, width) } else { (width, height) }
    }

    pub fn turn(self, from: &Picture, to: &mut Picture) {
        let (width, height) = self.size((from.width(), from.height()));
        to.resize(width, height);
        let pixels = from.bgr();
        for (y, row) in to.bgr_mut().chunks_exact_mut((width * 3).max(1)).enumerate() {
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let (from_x, from_y) = match self {
                    Self::None => (x, y),
                    Self::One => (y, from.height() - 1 - x),
                    Self::Two => (from.width() - 1 - x, from.height() - 1 - y),
                    Self::Three => (from.width() - 1 - y, x),
                };
                let at = (from_y * from.width() + from_x) * 3;
                pixel.copy_from_slice(&pixels[at..at + 3]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels wide, three high, numbered row by row.
    fn numbered() -> Picture {
        Picture::new(2, 3, (0..6).flat_map(|pixel| [pixel; 3]).collect())
    }

    #[test]
    fn a_table_of_turns() {
        const ONE: i32 = 1 << 16;
        for (cosine, sine, turns, expected) in [
            (ONE, 0, QuarterTurns::None, [0, 1, 2, 3, 4, 5]),
            (0, ONE, QuarterTurns::One, [4, 2, 0, 5, 3, 1]),
            (-ONE, 0, QuarterTurns::Two, [5, 4, 3, 2, 1, 0]),
            (0, -ONE, QuarterTurns::Three, [1, 3, 5, 0, 2, 4]),
        ] {
            let matrix: Vec<u8> = [cosine, sine, 0, 0, 0, 0, 0, 0, 0].into_iter().flat_map(i32::to_ne_bytes).collect();
            assert_eq!(QuarterTurns::by_matrix(&matrix), turns);
            let mut turned = Picture::empty();
            turns.turn(&numbered(), &mut turned);
            assert_eq!((turned.width(), turned.height()), turns.size((2, 3)));
            assert_eq!(turned.bgr().iter().step_by(3).copied().collect::<Vec<u8>>(), expected, "{turns:?}");
        }
        assert_eq!(QuarterTurns::by_matrix(&[]), QuarterTurns::None);
    }
}
