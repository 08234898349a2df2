//! The bounded queue between a camera's reader and its detector: the only place in the program that may lose anything.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flume::{Receiver, Sender, TrySendError};

use super::session::{self, Session};
use crate::detect::PixelRegion;
use crate::source::Frame;

/// What travels from a reader to its detector.
pub enum Delivery {
    Frame {
        session: Arc<Session>,
        frame: Frame,
        /// `None`: it is only to be drawn on, in an annotated run.
        look: Option<Plan>,
    },
    /// The session is over. Holds its session, so that it may arrive late without harm.
    Ended { session: Arc<Session>, end: session::End },
}

/// How a frame is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Its picture is not the one before again, which may mean that the camera is frozen.
    pub fresh: bool,
    /// The net would see what it saw when it was last to look.
    pub unchanged: bool,
    /// The picture is this frame's own. Otherwise it is an earlier one, which shows the same as far as its stream tells.
    pub decoded: bool,
    /// Where all lies that has changed since then; `None`: anywhere.
    pub moving: Option<PixelRegion>,
    /// Looks a second from here on.
    pub rate: f64,
}

/// What a full queue does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Live cameras: the newest frame wins, the oldest is dropped and counted.
    DropOldest,
    /// Recordings: the reader waits, nothing is lost.
    Block,
}

/// The detector has gone.
#[derive(Debug, PartialEq, Eq)]
pub struct Disconnected;

/// Clones send into the same queue: a reader that hangs keeps one, its successor has another.
#[derive(Clone)]
pub struct FrameSender {
    /// Empty once the queue is closed.
    end: Arc<Mutex<Option<End>>>,
}

#[derive(Clone)]
struct End {
    sender: Sender<Delivery>,
    /// flume cannot drop its oldest item, so the sender of a live queue takes it out itself. A blocking queue must not
    /// hold a receiver: it would keep the queue alive after the detector died, and the reader would wait for ever.
    oldest: Option<Receiver<Delivery>>,
}

/// Frames waiting for a detector. Each is a decoded picture (0.7 MB at 640x360, 6 MB at 1080p): enough to keep the
/// detector busy, few enough that a live picture is never old.
const CAPACITY: usize = 2;

pub fn frame_queue(when_full: WhenFull) -> (FrameSender, Receiver<Delivery>) {
    let (sender, receiver) = flume::bounded(CAPACITY);
    let oldest = (when_full == WhenFull::DropOldest).then(|| receiver.clone());
    (FrameSender { end: Arc::new(Mutex::new(Some(End { sender, oldest }))) }, receiver)
}

impl FrameSender {
    pub fn send(&self, delivery: Delivery) -> Result<(), Disconnected> {
        // A clone: the lock must not be held while a full queue makes the sender wait.
        let end = self.end().clone().ok_or(Disconnected)?;
        end.send(delivery)
    }

    /// Frames that wait for the detector.
    pub fn waiting(&self) -> usize {
        self.end().as_ref().map_or(0, |end| end.sender.len())
    }

    /// Nothing more comes: the detector ends when it is through, whoever still holds a clone of this.
    pub fn close(&self) {
        *self.end() = None;
    }

    fn end(&self) -> MutexGuard<'_, Option<End>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn send(&self, delivery: Delivery) -> Result<(), Disconnected> {
        match &self.oldest {
            None => self.sender.send(delivery).map_err(|_| Disconnected),
            Some(oldest) => self.send_newest(delivery, oldest),
        }
    }

    fn send_newest(&self, newest: Delivery, oldest: &Receiver<Delivery>) -> Result<(), Disconnected> {
        let mut newest = newest;
        for _ in 0..=CAPACITY {
            // Two receivers are our own: this clone's and the queue's.
            if oldest.receiver_count() <= 2 {
                return Err(Disconnected);
            }
            newest = match self.sender.try_send(newest) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(_)) => return Err(Disconnected),
                Err(TrySendError::Full(newest)) => newest,
            };
            match oldest.try_recv() {
                Ok(Delivery::Frame { session, .. }) => {
                    session.frames.dropped.fetch_add(1, Ordering::Relaxed);
                }
                // An end is never lost. It knows its session, so the next one's frames may overtake it.
                Ok(end @ Delivery::Ended { .. }) => self.sender.send(end).map_err(|_| Disconnected)?,
                Err(_) => {}
            }
        }
        // Nothing but ends is waiting, and those wait for the detector.
        self.sender.send(newest).map_err(|_| Disconnected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::session::FrameCounts;
    use crate::source::Picture;
    use crate::time::UtcMicros;

    fn session() -> Arc<Session> {
        Arc::new(Session {
            camera: 0,
            generation: 1,
            began: UtcMicros(0),
            recording: None,
            frames: FrameCounts::default(),
        })
    }

    fn frame(session: &Arc<Session>, at: i64) -> Delivery {
        let frame = Frame { at: UtcMicros(at), picture: Arc::new(Picture::filled(1, 1, [0; 3])) };
        Delivery::Frame {
            session: Arc::clone(session),
            frame,
            look: Some(Plan { fresh: true, unchanged: false, decoded: true, moving: None, rate: 6.0 }),
        }
    }

    fn times(receiver: &Receiver<Delivery>) -> Vec<i64> {
        receiver
            .drain()
            .map(|delivery| match delivery {
                Delivery::Frame { frame, .. } => frame.at.0,
                Delivery::Ended { .. } => -1,
            })
            .collect()
    }

    #[test]
    fn newest_wins_and_every_drop_is_counted() {
        let (sender, receiver) = frame_queue(WhenFull::DropOldest);
        let session = session();
        for at in 0..5 {
            sender.send(frame(&session, at)).unwrap();
        }
        assert_eq!(times(&receiver), [3, 4]);
        assert_eq!(session.frames.dropped.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn the_end_of_a_session_is_never_dropped() {
        let (sender, receiver) = frame_queue(WhenFull::DropOldest);
        let session = session();
        sender.send(Delivery::Ended { session: Arc::clone(&session), end: session::End::Stopped }).unwrap();
        for at in 0..5 {
            sender.send(frame(&session, at)).unwrap();
        }
        assert_eq!(times(&receiver).into_iter().filter(|&time| time == -1).count(), 1);
    }

    #[test]
    fn a_closed_queue_ends_its_detector_whoever_still_holds_a_sender() {
        let (sender, receiver) = frame_queue(WhenFull::DropOldest);
        let abandoned = sender.clone();
        sender.close();
        assert!(receiver.recv().is_err());
        assert_eq!(abandoned.send(frame(&session(), 0)), Err(Disconnected));
    }

    #[test]
    fn a_dead_detector_is_noticed_in_both_modes() {
        for when_full in [WhenFull::DropOldest, WhenFull::Block] {
            let (sender, receiver) = frame_queue(when_full);
            drop(receiver);
            assert_eq!(sender.send(frame(&session(), 0)), Err(Disconnected), "{when_full:?}");
        }
    }
}
