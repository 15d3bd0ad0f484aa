//! Names of calls, of which no two have the same: a call that arrives twice is known by it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Tokens {
    own: String,
    calls: AtomicU64,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        // Each state is seeded by chance, once per process, and counts on from there.
        let random = || u128::from(RandomState::new().build_hasher().finish());
        Self {
            own: format!(":{:032x}:", random() << 64 | random()),
            calls: AtomicU64::new(0),
        }
    }

    /// A name that no other call has.
    pub(crate) fn next(&self) -> String {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        format!("{}{call:x}", self.own)
    }
}
