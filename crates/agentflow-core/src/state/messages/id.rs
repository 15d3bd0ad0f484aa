//! Ids of messages, and new ones from nothing but the process's own randomness.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What has an id by which a later write finds it. The `messages` reducer needs it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no id, which the `messages` reducer finds it by",
    note = "implement `agentflow::state::Identified`, or use `reducer = append`"
)]
pub trait Identified {
    /// The id, if it has one yet.
    fn id(&self) -> Option<&str>;

    /// Gives it an id. Afterwards [`Identified::id`] returns it.
    fn set_id(&mut self, id: String);
}

/// The messages, each with an id.
pub fn identified<M: Identified>(mut messages: Vec<M>) -> Vec<M> {
    messages.iter_mut().for_each(identify);
    messages
}

pub(super) fn identify<M: Identified>(message: &mut M) {
    if message.id().is_none() {
        message.set_id(fresh());
    }
}

/// A random UUID (version 4) as text.
fn fresh() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut hasher = blake3::Hasher::new_keyed(seed());
    hasher.update(&COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    // A process that was forked has the seed and the count of its parent.
    hasher.update(&std::process::id().to_le_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    let bits = u128::from_be_bytes(bytes);
    let bits = bits & !(0xf << 76) | 4 << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{bits:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// Random bytes of this process: the keys of the standard library's hash maps come
/// from the operating system.
fn seed() -> &'static [u8; 32] {
    static SEED: OnceLock<[u8; 32]> = OnceLock::new();
    SEED.get_or_init(|| {
        let mut hasher = blake3::Hasher::new();
        for part in 0..8_u64 {
            hasher.update(&RandomState::new().hash_one(part).to_le_bytes());
        }
        *hasher.finalize().as_bytes()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::fresh;

    #[test]
    fn fresh_ids_are_version_4_uuids_and_differ() {
        let ids: HashSet<String> = (0..10_000).map(|_| fresh()).collect();
        assert_eq!(ids.len(), 10_000);
        for id in ids {
            let parts: Vec<&str> = id.split('-').collect();
            let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('4'), "{id}");
            assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}
