//! What a running node may know and ask.

mod ask;
mod effects;
mod given;
mod node;
mod recorded;
mod wait;
mod watchers;

pub(super) use ask::question_digest;
pub use node::NodeContext;
pub(super) use node::{AttemptOf, Left, Part};
pub use recorded::RecordSlot;
