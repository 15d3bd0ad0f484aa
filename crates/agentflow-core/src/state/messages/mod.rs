//! Lists of messages that have ids: adding, replacing in place, removing.
//!
//! Ids are made when a write is made, never when it is folded: folding must come to
//! the same list when it is done again.

mod fold;
mod id;
mod write;

pub use fold::{MessagesError, messages};
pub use id::{Identified, identified};
pub use write::{MessageWrite, MessageWrites};
