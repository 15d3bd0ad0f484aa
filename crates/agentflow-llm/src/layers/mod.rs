//! What makes a model reliable: layers, each a model around another one.
//!
//! They compose from the inside out. What decides about one attempt lies inside of
//! [`Retry`], what decides about all of them outside:
//!
//! ```
//! use std::time::Duration;
//!
//! use agentflow_llm::{
//!     CircuitBreaker, ConcurrencyLimit, Fallback, RateLimit, Retry, ScriptedModel, Timeout,
//! };
//!
//! # fn large() -> ScriptedModel { ScriptedModel::replies(["done"]) }
//! # fn small() -> ScriptedModel { ScriptedModel::replies(["done"]) }
//! let large = Timeout::new(large(), Duration::from_secs(120));
//! let large = Retry::new(CircuitBreaker::new(large));
//! let model = Fallback::new(large).or(Retry::new(small()));
//! let model = ConcurrencyLimit::new(RateLimit::per_minute(model, 60), 8);
//! ```
//!
//! What looks after secrets and money follows the way of a request. [`Redact`] is next to the
//! model, as nothing may see a secret after it; around it [`Priced`], and around that
//! [`Budget`], which counts what replies cost; [`Cache`] is outside of them, as what it answers
//! costs nothing.
//!
//! A request comes to the model as it was made, except for what `Redact` takes out. A reply
//! comes back as the model gave it, except for its usage: `Priced` fills in its cost, and one
//! that `Cache` kept costs nothing. Each layer passes the events of a streamed reply on as they
//! come: what has begun is not asked for again.

mod breaker;
mod budget;
mod cache;
mod concurrency;
mod fallback;
mod moment;
mod priced;
mod rate;
mod redact;
mod retry;
mod timeout;

pub use breaker::{BreakerPolicy, CircuitBreaker};
pub use budget::{Budget, BudgetAlert, BudgetPolicy, BudgetUnit, SpendLimits};
pub use cache::Cache;
pub use concurrency::ConcurrencyLimit;
pub use fallback::Fallback;
pub use priced::Priced;
pub use rate::RateLimit;
pub use redact::{Redact, Redactor};
pub use retry::{Jitter, Retry, RetryPolicy};
pub use timeout::Timeout;
