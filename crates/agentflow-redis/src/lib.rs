//! Keeps the checkpoints of agentflow's threads, and long-term memory, in Redis 7, on one
//! server or a Cluster.
//!
//! Redis answers before data is on a disk unless it is told otherwise: see
//! [`RedisCheckpointer`] for what survives what. No module of Redis is needed.
//!
//! Every call on a thread is one script, so that it happens wholly or not at all, and all
//! keys of a thread lie in one slot. A commit is one round trip; so is a load. All writes of
//! a batch on a [`RedisStore`] are one script too, and all keys of a memory lie in one slot.

mod answer;
mod call;
mod checkpointer;
mod commit;
mod connect;
mod copy;
mod deliver;
mod due;
mod entry;
mod error;
mod history;
mod keys;
mod lease;
mod limits;
mod load;
mod log;
mod number;
mod options;
mod prune;
mod records;
mod redis_store;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod sample;
mod script;
mod server;
mod store;
mod token;
mod wake;

pub use checkpointer::RedisCheckpointer;
pub use error::{Cause, RedisError};
pub use limits::{CALL_BYTES_MAX, CALL_PARTS_MAX, CHECKPOINT_BYTES_MAX, VALUE_BYTES_MAX};
pub use options::RedisOptions;
pub use redis_store::RedisStore;
