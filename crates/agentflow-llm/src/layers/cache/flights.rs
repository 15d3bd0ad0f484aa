//! Of the same requests at once, one asks and the others wait for what it learns.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who asks what.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<String, Flight>>>);

/// A request that somebody asks, or waits to ask.
#[derive(Debug, Default)]
struct Flight {
    aboard: usize,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The turn of one of those who ask the same. Dropped, it is the next one's.
#[derive(Debug)]
pub(super) struct Turn {
    _turn: tokio::sync::OwnedMutexGuard<()>,
    _seat: Seat,
}

/// Aboard for as long as it lives, whether its turn has come or not.
#[derive(Debug)]
struct Seat {
    flights: Flights,
    key: String,
}

impl Flights {
    /// Waits until nobody else asks this.
    ///
    /// # Cancel safety
    /// Who is dropped while it waits is passed over.
    pub(super) async fn turn(&self, key: &str) -> Turn {
        let (seat, turn) = self.board(key);
        Turn {
            _turn: turn.lock_owned().await,
            _seat: seat,
        }
    }

    fn board(&self, key: &str) -> (Seat, Arc<tokio::sync::Mutex<()>>) {
        let mut flights = self.lock();
        let flight = flights.entry(key.to_owned()).or_default();
        flight.aboard += 1;
        let seat = Seat {
            flights: self.clone(),
            key: key.to_owned(),
        };
        (seat, Arc::clone(&flight.turn))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        if let Some(flight) = flights.get_mut(&self.key) {
            flight.aboard -= 1;
            if flight.aboard == 0 {
                flights.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_landed_leaves_nothing_behind() {
        let flights = Flights::default();
        let first = flights.turn("a").await;
        let waiting = flights.turn("a");
        let mut waiting = Box::pin(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        let other = flights.turn("b").await;
        drop(waiting);
        drop(first);
        drop(flights.turn("a").await);
        drop(other);
        assert!(flights.lock().is_empty());
    }
}
