//! One progress bar per recording, on a terminal.

use std::sync::Arc;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::service::Activity;

pub struct Bars {
    bars: Vec<(Arc<Activity>, ProgressBar)>,
}

impl Bars {
    /// Bars for the given cameras, all of them recordings. indicatif draws nothing where stderr is no terminal.
    pub fn new<'a>(place: &MultiProgress, recordings: impl Iterator<Item = (&'a str, &'a Arc<Activity>)>) -> Self {
        let style = ProgressStyle::with_template("{prefix:<16} {bar:32} {percent:>3} %  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bars = recordings.map(|(name, activity)| {
            let bar = place.add(ProgressBar::new(0).with_style(style.clone()).with_prefix(name.to_owned()));
            (Arc::clone(activity), bar)
        });
        let bars: Vec<_> = bars.collect();
        if !bars.is_empty() {
            place.set_draw_target(ProgressDrawTarget::stderr());
        }
        Self { bars }
    }

    pub fn update(&self) {
        for (activity, bar) in &self.bars {
            let (position, duration) = activity.progress();
            bar.set_length(duration);
            bar.set_position(position);
            bar.set_message(format!("{} frames", activity.frames_read()));
        }
    }

    pub fn finish(&self) {
        self.update();
        for (_, bar) in &self.bars {
            bar.finish();
        }
    }
}
