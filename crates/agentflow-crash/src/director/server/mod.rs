//! A server of a campaign's own, which it may stop and start again: nobody else uses it.

mod life;
mod postgres;
mod redis;

pub(super) use life::{Server, Stop};
