//! Memory for pictures, used again and again: a fresh 6 MB for each picture of 1920x1080 costs the kernel as much time as
//! copying it.

use std::sync::Arc;

use super::{FrameSource, Picture, SourceError};

/// One camera's pictures. Whoever is done with one drops it, and it is filled again.
#[derive(Debug, Default)]
pub struct PicturePool {
    pictures: Vec<Arc<Picture>>,
}

/// Pictures beyond these are not kept: one being made, the queue's, the detector's, and what is shown live.
const KEPT: usize = 5;

impl PicturePool {
    /// The picture of the frame that `source` grabbed last.
    pub fn retrieve(&mut self, source: &mut dyn FrameSource) -> Result<Arc<Picture>, SourceError> {
        let free = self.pictures.iter().position(|picture| Arc::strong_count(picture) == 1);
        let mut picture = match free {
            Some(index) => self.pictures.swap_remove(index),
            None => Arc::new(Picture::empty()),
        };
        let own = Arc::get_mut(&mut picture).expect("nobody else holds it, and nobody can get it from here");
        source.retrieve_into(own)?;
        if self.pictures.len() < KEPT {
            self.pictures.push(Arc::clone(&picture));
        }
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::source::SourceInfo;

    /// Shows how often it was asked.
    struct Counting(u8, SourceInfo);

    impl FrameSource for Counting {
        fn info(&self) -> &SourceInfo {
            &self.1
        }

        fn grab(&mut self) -> Result<Option<Duration>, SourceError> {
            Ok(Some(Duration::ZERO))
        }

        fn retrieve_into(&mut self, picture: &mut Picture) -> Result<(), SourceError> {
            self.0 += 1;
            picture.resize(4, 2);
            picture.bgr_mut().fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn a_picture_is_filled_again_when_nobody_looks_at_it_any_more() {
        let info = SourceInfo { width: 4, height: 2, fps: None, codec: String::new(), frames: None };
        let (mut source, mut pool) = (Counting(0, info), PicturePool::default());
        let first = pool.retrieve(&mut source).unwrap();
        let place = first.bgr().as_ptr();
        let second = pool.retrieve(&mut source).unwrap();
        assert_eq!((first.bgr()[0], second.bgr()[0]), (1, 2), "who holds a picture keeps it as it is");
        drop(first);
        let third = pool.retrieve(&mut source).unwrap();
        assert_eq!((third.bgr()[0], third.bgr().as_ptr()), (3, place));
        let held: Vec<_> = (0..20).map(|_| pool.retrieve(&mut source).unwrap()).collect();
        drop(held);
        assert_eq!(pool.pictures.len(), KEPT);
    }
}
