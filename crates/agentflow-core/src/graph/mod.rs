//! A graph while it is written, and the immutable plan it compiles to. Nothing
//! here runs: the engine reads a plan, the runtime starts its nodes.

mod builder;
mod compile;
mod draw;
mod error;
mod node;
mod plan;
mod subgraph;

pub use builder::{END, START, StateGraph};
pub use error::{GraphError, GraphProblem};
pub use node::Node;
pub(crate) use node::{NodeFuture, PayloadInput, TaskInput};
pub use plan::Plan;
pub(crate) use plan::{Branch, Exits, Takes};
