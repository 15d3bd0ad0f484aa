//! One coding round: a model works with tools until it submits. A graph inside
//! the code agent's, so that every reply and every edit is a superstep of its own.

mod graph;
mod model;
mod state;
mod submit;
mod tools;

pub(crate) use graph::code_loop;
pub(crate) use state::CodeRound;
