//! Our GitHub client against our forge: what one says, the other understands.

#![expect(clippy::unwrap_used, reason = "tests")]

mod faults;
mod webhooks;
mod world;
