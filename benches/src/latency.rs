//! Samples of how long one thing took.

use std::time::{Duration, Instant};

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

    /// The times between successive moments.
    pub(crate) fn between(of: &'static str, moments: &[Instant]) -> Self {
        let samples = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
        Self { samples, of }
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

fn micros(duration: &Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
