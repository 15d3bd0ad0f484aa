//! A checkpointer in memory, for tests and for threads that may be forgotten.
//! It keeps the same encoded bytes as a database, so nothing passes here that
//! would fail there.

mod bytes;
mod checkpointer;
mod chunked;
mod graph;
mod graphs;
mod inbox;
mod kept;
mod limits;
mod log;
mod packed;
mod records;
mod thread;
mod tight;
mod values;

pub use checkpointer::MemoryCheckpointer;
pub use limits::{MemoryLimits, MemoryUsage};
