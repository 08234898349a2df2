//! A file of counting lines, written from the beginning.

use super::line_table::{Wanted, text_of};
use super::{CameraLines, line_keys};

/// A text for `lotcount lines apply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinesText {
    pub text: String,
    /// Where each line's table begins, in the order of the lines.
    heads: Vec<usize>,
}

impl LinesText {
    /// In the form that [`CameraLines::read`] takes; whether it is right is not judged here.
    pub fn of(wanted: &CameraLines) -> Self {
        let name = ("name", Wanted::Name(Some(wanted.camera.clone())));
        let region =
            wanted.region.map(|region| ("region", Wanted::Numbers(vec![region.x1, region.y1, region.x2, region.y2])));
        let mut text = "[[camera]]\n".to_owned();
        for (key, value) in std::iter::once(name).chain(region) {
            text.extend(text_of(&value).map(|value| format!("{key} = {value}\n")));
        }
        let mut heads = Vec::new();
        for line in &wanted.lines {
            text.push('\n');
            heads.push(text.len());
            text.push_str("[[camera.line]]\n");
            line_keys(line).iter().for_each(|key| text.extend([key, "\n"]));
        }
        Self { text, heads }
    }

    /// The line that holds a byte of the text, by its index; `None`: the camera itself.
    pub fn line_at(&self, byte: usize) -> Option<usize> {
        self.heads.iter().rposition(|head| *head <= byte)
    }
}
