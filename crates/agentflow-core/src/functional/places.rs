//! How many tasks of an entrypoint run at once. Who waits gets a place in the order in
//! which it began to wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;

/// A number of places.
#[derive(Debug)]
pub(super) struct Places(Mutex<Free>);

#[derive(Debug)]
struct Free {
    places: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// One place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    of: Option<Arc<Places>>,
}

impl Places {
    /// So many places, and at least one.
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Free {
            places: places.max(1),
            waiting: VecDeque::new(),
        })))
    }

    /// Waits for a place.
    ///
    /// # Cancel safety
    /// Who stops waiting has no place, and takes none away.
    pub(super) async fn take(self: &Arc<Self>) -> Place {
        let of = || Place {
            of: Some(Arc::clone(self)),
        };
        let place = {
            let mut free = self.free();
            if free.places > 0 {
                free.places -= 1;
                return of();
            }
            let (sender, place) = oneshot::channel();
            free.waiting.push_back(sender);
            place
        };
        match place.await {
            Ok(place) => place,
            Err(_) => unreachable!("whoever waits is told as long as there are places"),
        }
    }

    fn give_back(self: &Arc<Self>) {
        loop {
            let next = {
                let mut free = self.free();
                let next = free.waiting.pop_front();
                if next.is_none() {
                    free.places += 1;
                }
                next
            };
            let Some(next) = next else { return };
            let place = Place {
                of: Some(Arc::clone(self)),
            };
            match next.send(place) {
                Ok(()) => return,
                // It has stopped waiting.
                Err(mut place) => place.of = None,
            }
        }
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(places) = self.of.take() {
            places.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_place_goes_to_who_waits_longest_and_still_waits() {
        let places = Places::new(1);
        let first = places.take().now_or_never();
        assert!(first.is_some());
        let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(places.take())).collect();
        for take in &mut waiting {
            assert!(take.now_or_never().is_none());
        }
        drop(waiting.remove(0));
        drop(first);
        assert!((&mut waiting[1]).now_or_never().is_none(), "it came last");
        // Given a place, and dropped before it looked.
        drop(waiting.remove(0));
        assert!((&mut waiting[0]).now_or_never().is_some());
        assert!(places.take().now_or_never().is_some(), "all came back");
    }
}
