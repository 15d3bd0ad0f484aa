//! Our GitHub client against our forge: what one says, the other understands.

#![expect(clippy::unwrap_used, reason = "tests")]

mod faults;
mod interleavings;
mod webhooks;
mod world;
