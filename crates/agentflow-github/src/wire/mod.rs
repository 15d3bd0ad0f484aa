//! How a request reaches the server and its answer comes back: where to, as whom, how often,
//! and what a refusal means. Knows no endpoint.

mod base_url;
mod cache;
mod circuit;
mod classify;
mod excerpt;
mod graphql;
mod pace;
mod page;
mod rate_limit;
mod request;
mod retry;
mod route;
mod transport;

pub use base_url::{BaseUrl, BaseUrlError};
pub use circuit::CircuitPolicy;
pub use pace::Pace;
pub use retry::RetryPolicy;

pub(crate) use cache::AnswerCache;
pub(crate) use circuit::Circuit;
pub(crate) use excerpt::excerpt;
pub(crate) use pace::Pacer;
pub(crate) use request::{DIFF, RAW, Request};
pub(crate) use route::Route;
pub(crate) use transport::Transport;
