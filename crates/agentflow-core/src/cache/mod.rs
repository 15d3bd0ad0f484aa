//! Replies of nodes that may stand for running them again. What is in a cache is
//! never needed to go on: losing it costs time and nothing else.

mod memory;
mod store;

pub use memory::MemoryCache;
pub use store::{Cache, CacheKey};
