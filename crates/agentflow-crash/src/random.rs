//! Random choices that a seed repeats.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A source of random numbers (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The source of one trial: trials of one seed draw independently of each other, so
    /// that one can be repeated without those before it.
    pub(crate) fn of_trial(seed: u64, trial: usize) -> Self {
        let mut random = Self(seed);
        let seed = random.number();
        Self(seed ^ (trial as u64).wrapping_mul(0xA24B_AED4_963E_E407))
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.number() % (high - low + 1)
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.number().is_multiple_of(2)
    }

    /// A moment within `span`.
    pub(crate) fn moment(&mut self, span: Duration) -> Duration {
        let span = u64::try_from(span.as_micros()).unwrap_or(u64::MAX - 1);
        Duration::from_micros(self.between(0, span))
    }
}

/// A word that nobody guesses.
pub(crate) fn secret() -> String {
    format!("{:016x}", RandomState::new().hash_one(()))
}
