//! A store in memory: for tests, and for programs that do not outlive their memories.

mod kept;
mod shelves;
mod store;

pub use store::{MEMORY_ITEMS_MAX, MemoryStore};
