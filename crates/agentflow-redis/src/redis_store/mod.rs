//! Long-term memory on Redis.
//!
//! All of a memory lies in two keys of one slot: a hash of what is known of items, and a
//! sorted set of their names, in the order of paths and keys. What a batch writes, and the
//! items that it reads by name, are one script; what it searches is read before, page by page,
//! and judged here by the core. A batch that both searches and writes begins anew if somebody
//! wrote between the two.

mod best;
mod code;
mod memory;
mod pages;
mod paths;
mod raw;
mod search;
mod store;
mod visit;
mod write;

pub use store::RedisStore;
