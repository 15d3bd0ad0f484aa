//! Numbers with units and reasons. No behaviour beyond arithmetic.

mod limits;
mod retry;

pub use limits::{Durability, RunOptions};
pub use retry::{RetryPolicy, RetryWhen};
