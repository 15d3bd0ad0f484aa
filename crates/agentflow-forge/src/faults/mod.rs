//! Trouble on demand, for tests of clients: what GitHub does on bad days.

mod book;
mod fault;
mod pattern;

pub use self::book::Faults;
pub(crate) use self::fault::Trouble;
pub use self::fault::{Fault, MergeRefused, RetryAfter};
