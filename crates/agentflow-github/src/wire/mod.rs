//! How a request reaches the server and its answer comes back: where to, as whom, how often,
//! and what a refusal means. Knows no endpoint.

mod base_url;
mod classify;
mod excerpt;
mod page;
mod rate_limit;
mod request;
mod retry;
mod route;
mod transport;

pub use base_url::{BaseUrl, BaseUrlError};
pub use retry::RetryPolicy;

pub(crate) use excerpt::excerpt;
pub(crate) use request::{DIFF, RAW, Request};
pub(crate) use route::Route;
pub(crate) use transport::Transport;
