//! Seals what a checkpointer keeps: each value is compressed, then encrypted, before it
//! reaches the store, and comes back only if it is what was sealed for this very place.
//!
//! [`SealedCheckpointer`] wraps any [`Checkpointer`](agentflow_core::checkpoint::Checkpointer);
//! [`Seal`] says how.
//!
//! # What is sealed
//!
//! The values of fields, the inputs of sends and runs that wait, the content of records
//! (replies, results of effects, questions, answers, errors), the payloads of events and the
//! entries of stream logs.
//!
//! # What stays readable
//!
//! All that stores find rows by: names of threads, namespaces, nodes and fields, numbers and
//! steps, times, the names and keys of records and events, wake-ups, who holds a lease, and
//! the metadata of runs, by which history is filtered. Nothing secret belongs into these.
//! How long a value is can be seen, and, where it is compressed, a little of how repetitive.
//!
//! # What is noticed, and what is not
//!
//! With a key: a value that was changed, cut, or moved to another thread, namespace,
//! checkpoint, field or record. Copies of a thread read what was sealed for their original,
//! so "another thread" is one of another [`Origin`](agentflow_core::Origin). Not noticed:
//! a place that is given back an older content of its own, rows that are taken away, changes
//! to what stays readable, and an event that is moved to another thread.
//!
//! An entry of a stream log is bound to its thread and to being one. Its position is given by
//! the store after it was sealed: that entries of one thread change places, are repeated or
//! are missing is not noticed.
//!
//! Without a key a checksum notices accidents, and nobody who means it.
//!
//! This crate does not store anything itself, and it never seals anew what is stored.

mod checkpoint;
mod checkpointer;
#[cfg(feature = "encryption")]
mod cipher;
mod envelope;
mod error;
#[cfg(feature = "encryption")]
mod key;
mod log;
mod origins;
mod place;
mod seal;
#[cfg(feature = "zstd")]
mod shrink;

pub use checkpointer::SealedCheckpointer;
pub use envelope::VALUE_BYTES_MAX;
pub use error::SealError;
#[cfg(feature = "encryption")]
pub use key::{KEY_ID_BYTES_MAX, Key, KeyError, KeyRing};
#[cfg(feature = "zstd")]
pub use seal::Compression;
pub use seal::Seal;
