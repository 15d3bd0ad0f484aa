//! Samples of how long one thing took.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Entries of a node that are noted: enough for percentiles, without measuring the
/// growth of their own list.
const ENTRIES_MAX: usize = 100_000;

/// Samples, and what they are of.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    samples: Vec<Duration>,
    pub(crate) of: &'static str,
}

impl Latencies {
    pub(crate) fn of(of: &'static str) -> Self {
        Self {
            samples: Vec::new(),
            of,
        }
    }

    pub(crate) fn add(&mut self, sample: Duration) {
        self.samples.push(sample);
    }

    /// Takes in the samples of others.
    pub(crate) fn add_all(&mut self, samples: impl IntoIterator<Item = Duration>) {
        self.samples.extend(samples);
    }

    /// All of them together.
    pub(crate) fn total(&self) -> Duration {
        self.samples.iter().sum()
    }

    /// The means of the first and of the last tenth, in microseconds.
    pub(crate) fn deciles(&self) -> (f64, f64) {
        let tenth = self.samples.len().div_ceil(10).max(1);
        let mean = |part: &[Duration]| {
            let total: Duration = part.iter().sum();
            micros(&total) / part.len().max(1) as f64
        };
        let last = self.samples.len().saturating_sub(tenth);
        (
            mean(&self.samples[..tenth.min(self.samples.len())]),
            mean(&self.samples[last..]),
        )
    }

    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    /// The sample at `quantile`, in microseconds; the largest at 1.
    pub(crate) fn at(&self, quantile: f64) -> f64 {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        let place = (quantile * sorted.len() as f64).floor() as usize;
        sorted
            .get(place.min(sorted.len().saturating_sub(1)))
            .map_or(0.0, micros)
    }
}

/// The moments at which a node was entered, from the first on. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    /// Looked at without the lock, which costs as much as a good part of a superstep.
    has_room: AtomicBool,
    moments: Mutex<Vec<Instant>>,
}

impl Entries {
    /// Forgets what came before, and makes room for so many.
    pub(crate) fn expect(&self, count: u64) {
        let capacity = usize::try_from(count).unwrap_or(ENTRIES_MAX);
        *self.lock() = Vec::with_capacity(capacity.min(ENTRIES_MAX));
        self.0.has_room.store(true, Ordering::Relaxed);
    }

    /// Notes this moment, if there is room.
    pub(crate) fn note(&self) {
        if !self.0.has_room.load(Ordering::Relaxed) {
            return;
        }
        let mut entries = self.lock();
        if entries.len() < entries.capacity() {
            entries.push(Instant::now());
        } else {
            self.0.has_room.store(false, Ordering::Relaxed);
        }
    }

    /// The times between successive entries.
    pub(crate) fn latencies(&self, of: &'static str) -> Latencies {
        let samples = self
            .lock()
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect();
        Latencies { samples, of }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Instant>> {
        let moments = &self.0.moments;
        moments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(duration: &Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
