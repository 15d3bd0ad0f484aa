//! Numbers with units and reasons. No behaviour beyond arithmetic.

mod budget;
mod cache;
mod limits;
mod retry;
mod timeout;

pub use budget::{Budget, BudgetLimit, Spend};
pub use cache::CachePolicy;
pub use limits::{Durability, Journal, RunOptions, Scheduling};
pub use retry::{RetryPolicy, RetryWhen};
pub use timeout::TimeoutPolicy;
