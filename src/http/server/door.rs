//! How many connections there may be, and which of them goes when there are too many.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Counts connections in and out. Whoever is asking for nothing, because no whole request head came yet or because the last answer
/// is given, makes room for whoever comes: a thousand connections that say nothing keep nobody out.
#[derive(Debug)]
pub struct Door {
    limit: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    open: usize,
    next: u64,
    /// Those that are asking for nothing, the longest first.
    silent: VecDeque<(u64, Arc<Notify>)>,
}

/// One connection's place; given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    door: Arc<Door>,
    number: u64,
    evicted: Arc<Notify>,
}

impl Door {
    pub fn new(limit: usize) -> Self {
        Self { limit, inside: Mutex::default() }
    }

    /// `None`: everybody inside is being answered, and there are too many of them.
    pub fn enter(self: &Arc<Self>) -> Option<Arc<Place>> {
        let mut inside = self.inside();
        if inside.open >= self.limit {
            let (_, oldest) = inside.silent.pop_front()?;
            oldest.notify_one();
        }
        let (number, evicted) = (inside.next, Arc::new(Notify::new()));
        inside.next += 1;
        inside.open += 1;
        inside.silent.push_back((number, Arc::clone(&evicted)));
        Some(Arc::new(Place { door: Arc::clone(self), number, evicted }))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// It has sent a whole request head.
    pub fn asks(&self) {
        self.door.inside().silent.retain(|(number, _)| *number != self.number);
    }

    /// It has got its answer.
    pub fn rests(&self) {
        self.door.inside().silent.push_back((self.number, Arc::clone(&self.evicted)));
    }

    /// Waits until its place is needed by another.
    pub async fn evicted(&self) {
        self.evicted.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.asks();
        self.door.inside().open -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_makes_room() {
        let door = Arc::new(Door::new(2));
        let (first, second) = (door.enter().unwrap(), door.enter().unwrap());
        first.asks();
        let third = door.enter().unwrap();
        assert!(door.inside().silent.iter().all(|(number, _)| *number != second.number), "it is told to go");
        drop(second);
        third.asks();
        assert!(door.enter().is_none(), "both are being answered");
        first.rests();
        assert!(door.enter().is_some(), "who has got his answer makes room, too");
        drop(first);
    }
}
