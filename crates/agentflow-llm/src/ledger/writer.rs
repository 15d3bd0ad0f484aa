//! Names that no other writer has.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// A new name: 128 random bits.
pub(super) fn fresh() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // The keys of the standard library's hash maps come from the operating system. A process
    // that was forked has the keys and the count of its parent.
    let keys = RandomState::new();
    let bits = |part: u8| keys.hash_one((part, count, std::process::id()));
    format!("{:016x}{:016x}", bits(0), bits(1))
}
