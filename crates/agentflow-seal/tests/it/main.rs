//! Sealed stores: the suite that every checkpointer runs, and what only seals can notice.

#![expect(clippy::unwrap_used, reason = "tests")]

mod damage;
mod keys;
mod origins;
mod places;
mod plaintext;
mod rig;
mod suite;
mod unsealed;
mod versions;
