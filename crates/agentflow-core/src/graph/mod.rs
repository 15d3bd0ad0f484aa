//! A graph while it is written, and the immutable plan it compiles to. Nothing
//! here runs: the engine reads a plan, the runtime starts its nodes.

mod builder;
mod check;
mod compile;
mod describe;
mod draw;
mod error;
mod node;
mod options;
mod plan;
pub(crate) mod schema;
mod subgraph;
mod warning;

pub use builder::{END, START, StateGraph};
pub use describe::{
    EdgeDescription, EdgeKind, GraphDescription, NodeDescription, NodeDetails, NodeKind,
};
pub use error::{GraphError, GraphProblem};
pub use node::Node;
pub(crate) use node::{NodeFuture, TaskInput};
pub use plan::Plan;
pub(crate) use plan::{Branch, Exits};
pub use subgraph::Persistence;
pub use warning::GraphWarning;
