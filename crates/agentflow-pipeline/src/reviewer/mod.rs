//! The reviewer: a graph of its own that sees a pull request as a stranger does.

mod gather;
mod graph;
mod judge;
mod placed;
mod post;
mod state;

pub use graph::reviewer_agent;
pub use state::{ReviewerState, ReviewerStateUpdate};
