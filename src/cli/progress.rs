//! One progress bar per recording, on a terminal.

use std::sync::atomic::Ordering;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::service::Activity;

pub struct Bars {
    bars: Vec<(usize, ProgressBar)>,
}

impl Bars {
    /// Bars for the given cameras (index and name), all of them recordings. indicatif draws nothing where stderr is no
    /// terminal.
    pub fn new(place: &MultiProgress, recordings: &[(usize, &str)]) -> Self {
        let style = ProgressStyle::with_template("{prefix:<16} {bar:32} {percent:>3} %  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bars = recordings
            .iter()
            .map(|&(index, name)| {
                let bar = place.add(ProgressBar::new(0).with_style(style.clone()).with_prefix(name.to_owned()));
                (index, bar)
            })
            .collect();
        Self { bars }
    }

    pub fn update(&self, activity: &Activity) {
        for (index, bar) in &self.bars {
            let camera = activity.camera(*index);
            bar.set_length(camera.duration_ms.load(Ordering::Relaxed));
            bar.set_position(camera.position_ms.load(Ordering::Relaxed));
            bar.set_message(format!("{} frames", camera.frames_read.load(Ordering::Relaxed)));
        }
    }

    pub fn finish(&self) {
        for (_, bar) in &self.bars {
            bar.finish();
        }
    }
}
