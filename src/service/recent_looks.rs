//! What a camera's detector saw in the last minutes, so that lines can be tried on it.

use std::collections::VecDeque;
use std::mem::size_of;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::View;
use super::detector::Look;
use crate::detect::Detection;
use crate::time::UtcMicros;

/// Looks are remembered for so many seconds.
const LONGEST: f64 = 600.0;
/// So many at most: ten minutes of 27 a second.
const MOST_LOOKS: usize = 1 << 14;
/// With their boxes: ten minutes of 6 looks a second have room for 11 boxes each.
const MOST_BYTES: usize = 2 << 20;

/// One look, as the counter was given it.
#[derive(Clone, Debug)]
pub struct RecentLook {
    /// Of its session.
    pub generation: u64,
    /// When that began.
    pub began: UtcMicros,
    pub at: UtcMicros,
    pub view: Arc<View>,
    pub detections: Arc<[Detection]>,
}

impl RecentLook {
    fn bytes(&self) -> usize {
        // A counted slice has two counters before it.
        size_of::<Self>() + 2 * size_of::<usize>() + self.detections.len() * size_of::<Detection>()
    }
}

/// Of one camera, over all its sessions. The tracker adds one look after the other; whoever reads takes the lock for as long as it
/// takes to copy pointers.
#[derive(Debug, Default)]
pub struct RecentLooks(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    looks: VecDeque<RecentLook>,
    bytes: usize,
    /// Of the last session that ended.
    ended: Option<u64>,
    /// Of the look that was forgotten last.
    forgotten: Option<u64>,
}

/// The looks of a moment, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub looks: Vec<RecentLook>,
    /// The newest session is over.
    pub is_over: bool,
    /// Earlier looks of the oldest session are forgotten.
    pub is_cut: bool,
}

impl RecentLooks {
    /// Those at which nothing could be looked at are left out, as they are for the counter.
    pub fn add(&self, look: &Look) {
        let Some(detections) = &look.detections else { return };
        self.push(RecentLook {
            generation: look.session.generation,
            began: look.session.began,
            at: look.at,
            view: Arc::clone(&look.view),
            detections: Arc::clone(detections),
        });
    }

    fn push(&self, look: RecentLook) {
        let mut ring = self.ring();
        // A camera that is being opened anew may have a last look of before.
        if ring.looks.back().is_some_and(|last| last.generation > look.generation) {
            return;
        }
        let newest = look.at;
        ring.bytes += look.bytes();
        ring.looks.push_back(look);
        while ring.looks.len() > MOST_LOOKS
            || ring.bytes > MOST_BYTES
            || ring.looks.front().is_some_and(|oldest| newest.seconds_since(oldest.at) > LONGEST)
        {
            let Some(oldest) = ring.looks.pop_front() else { break };
            ring.bytes -= oldest.bytes();
            ring.forgotten = Some(oldest.generation);
        }
    }

    /// No more looks of this session come.
    pub fn ended(&self, generation: u64) {
        self.ring().ended = Some(generation);
    }

    pub fn now(&self) -> Memory {
        let ring = self.ring();
        let generation = |look: Option<&RecentLook>| look.map(|look| look.generation);
        Memory {
            looks: ring.looks.iter().cloned().collect(),
            is_over: ring.ended.is_some() && ring.ended >= generation(ring.looks.back()),
            is_cut: ring.forgotten.is_some() && ring.forgotten == generation(ring.looks.front()),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::detect::{Class, PixelRegion};
    use crate::geometry::Rect;
    use crate::service::ModelId;
    use crate::track::Thresholds;

    pub fn view() -> View {
        View {
            width: 640,
            height: 360,
            region: PixelRegion::whole(640, 360),
            thresholds: Thresholds::default(),
            model: ModelId { name: "m".to_owned(), sha256: String::new() },
        }
    }

    pub fn look(generation: u64, second: f64, detections: Vec<Detection>) -> RecentLook {
        let at = UtcMicros(0).plus_seconds(second);
        RecentLook { generation, began: UtcMicros(0), at, view: Arc::new(view()), detections: detections.into() }
    }

    fn boxes(number: usize) -> Vec<Detection> {
        vec![Detection { rect: Rect::new(0.0, 0.0, 40.0, 40.0), score: 0.9, class: Class::Car }; number]
    }

    #[test]
    fn ten_minutes_are_remembered() {
        let looks = RecentLooks::default();
        for step in 0..6 * 700 {
            looks.push(look(1, f64::from(step) / 6.0, boxes(2)));
        }
        let memory = looks.now();
        let (first, last) = (memory.looks.first().unwrap().at, memory.looks.last().unwrap().at);
        assert!((599.8..=600.0).contains(&last.seconds_since(first)), "{}", last.seconds_since(first));
        assert!(memory.is_cut && !memory.is_over);
        assert_eq!(looks.ring().bytes, memory.looks.iter().map(RecentLook::bytes).sum::<usize>());
    }

    #[test]
    fn neither_many_looks_nor_many_boxes_take_more_than_their_room() {
        let looks = RecentLooks::default();
        for step in 0..30_000 {
            looks.push(look(1, f64::from(step) / 60.0, Vec::new()));
        }
        assert_eq!(looks.now().looks.len(), MOST_LOOKS);
        assert!(looks.ring().looks.capacity() <= 2 * MOST_LOOKS);
        for step in 0..600 {
            looks.push(look(2, 500.0 + f64::from(step) / 6.0, boxes(300)));
        }
        assert!(looks.ring().bytes <= MOST_BYTES && looks.now().looks.len() > 100);
    }

    #[test]
    fn sessions_follow_one_another() {
        let looks = RecentLooks::default();
        looks.push(look(1, 0.0, boxes(1)));
        looks.ended(1);
        assert!(looks.now().is_over);
        looks.push(look(2, 1.0, boxes(1)));
        looks.push(look(1, 1.1, boxes(1)));
        let memory = looks.now();
        assert!(!memory.is_over && !memory.is_cut);
        assert_eq!(memory.looks.iter().map(|look| look.generation).collect::<Vec<_>>(), [1, 2]);
    }
}
