//! The process that is killed: runs one graph on one thread to its end.
//!
//! It takes its orders from the environment, asks its parent for answers by a line on its
//! output, and ends when the thread is done or the store has no room.

mod effects;
mod graph;
mod live;
mod observed;
mod orders;
mod states;
mod witness;

pub use live::{ChildError, Ending, live};
pub use orders::{ASKS, DONE, NO_ROOM, ORDERS, Orders};
pub(crate) use states::states;
