//! Typed graphs, the engine that runs them in supersteps, and the checkpoint
//! traits that make them durable.
//!
//! A [`StateGraph`] is written over a [`State`], compiles to a [`CompiledGraph`],
//! and runs in [`Thread`]s. Nothing here knows a database, a network or a model.
//!
//! ```
//! use std::sync::Arc;
//!
//! use agentflow_core::{END, NodeContext, NodeResult, START, State, StateGraph};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
//! struct Essay {
//!     topic: String, // no reducer: two writes in one superstep are an error
//!     #[state(reducer = append)]
//!     notes: Vec<String>,
//!     #[state(reducer = add)]
//!     drafts: u32,
//! }
//!
//! async fn research(essay: Arc<Essay>, _cx: NodeContext) -> NodeResult<EssayUpdate> {
//!     Ok(Essay::update().notes([format!("a fact about {}", essay.topic)]))
//! }
//!
//! async fn write(_: Arc<Essay>, _cx: NodeContext) -> NodeResult<EssayUpdate> {
//!     Ok(Essay::update().drafts(1))
//! }
//!
//! fn another_round(essay: &Essay) -> &'static str {
//!     if essay.drafts < 2 { "research" } else { END }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentflow_core::Error> {
//! let graph = StateGraph::new()
//!     .add_node("research", research)
//!     .add_node("write", write)
//!     .add_edge(START, "research")
//!     .add_edge("research", "write")
//!     .add_conditional_edges("write", another_round, ["research", END])
//!     .compile()?;
//! let input = Essay { topic: "tides".into(), ..Default::default() };
//! let outcome = graph.thread("essay-1").invoke(input).await?;
//! # assert_eq!(outcome.into_done().map(|essay| (essay.drafts, essay.notes.len())), Some((2, 2)));
//! # Ok(())
//! # }
//! ```
//!
//! A node can ask and wait: the thread pauses, and goes on when it is answered, days
//! later and in another process if its checkpointer lasts that long.
//!
//! ```
//! use std::sync::Arc;
//!
//! use agentflow_core::checkpoint::MemoryCheckpointer;
//! use agentflow_core::{NodeContext, NodeResult, Outcome, START, State, StateGraph};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
//! enum Decision {
//!     Merge,
//!     Reject,
//! }
//!
//! #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
//! struct Review {
//!     title: String,
//!     decision: Option<Decision>,
//! }
//!
//! async fn ask_reviewer(review: Arc<Review>, cx: NodeContext) -> NodeResult<ReviewUpdate> {
//!     // On resume the node runs again from its first line: keep side effects below this one.
//!     let decision: Decision = cx.interrupt(format!("merge {}?", review.title))?;
//!     Ok(Review::update().decision(decision))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentflow_core::Error> {
//! let graph = StateGraph::new()
//!     .add_node("ask_reviewer", ask_reviewer)
//!     .add_edge(START, "ask_reviewer")
//!     .compile_with(MemoryCheckpointer::new())?;
//! let review = Review { title: "tides".into(), decision: None };
//! match graph.thread("pr-1734").invoke(review).await? {
//!     Outcome::Interrupted { interrupt, .. } => println!("{}", interrupt.payload),
//!     Outcome::Done(review) => println!("{:?}", review.decision),
//! }
//! let outcome = graph.thread("pr-1734").resume(Decision::Merge).await?;
//! # assert_eq!(outcome.into_done().and_then(|review| review.decision), Some(Decision::Merge));
//! # Ok(())
//! # }
//! ```

// The derive names this crate by its name, also in here.
extern crate self as agentflow_core;

pub mod cache;
pub mod checkpoint;
pub mod clock;
mod command;
mod engine;
mod error;
pub mod functional;
mod graph;
mod id;
mod interrupt;
mod nearest;
mod policy;
mod runtime;
pub mod state;
pub mod store;
mod stream;

#[doc(inline)]
pub use agentflow_macros::{Input, State, View};
#[cfg(feature = "runtime")]
pub use clock::SystemClock;
pub use clock::{Clock, Timestamp};
pub use command::{Command, Goto, IntoGoto, Places, Send, SendName, SendTo};
pub use error::{Error, NodeError, NodeFailure, NodeResult, NodeTimeout, RunError, TimeoutKind};
pub use functional::{EntryContext, Entrypoint, Final, TaskSpec, Workflow};
pub use graph::{
    END, EdgeDescription, EdgeKind, GraphDescription, GraphError, GraphProblem, GraphWarning, Node,
    NodeDescription, NodeDetails, NodeKind, Persistence, Plan, START, StateGraph,
};
pub use id::{
    CheckpointId, FieldName, Fingerprint, InterruptId, Namespace, NodeId, Origin, Step, TaskId,
    ThreadId,
};
pub use interrupt::{Interrupt, PauseReason, WaitsFor};
pub use policy::{
    Budget, BudgetLimit, CachePolicy, Durability, Journal, RetryPolicy, RetryWhen, RunOptions,
    Scheduling, Spend, TimeoutPolicy,
};
pub use runtime::{
    CompiledGraph, Divergence, DivergenceKind, HistoryQuery, NodeContext, Outcome, RecordSlot,
    RolledBack, RunControl, RunInput, RunStream, StateSnapshot, StateUpdate, TaskSnapshot, Thread,
    Verified, Woken,
};
pub use state::{State, Update, View};
pub use stream::{StreamEvent, StreamKind, StreamMode, StreamModes};

/// A boxed error of somebody else's making.
pub type BoxError = Box<dyn std::error::Error + std::marker::Send + Sync>;

/// What the code made by the derive names. Not for people.
#[doc(hidden)]
pub mod derive_support {
    pub use serde;
    pub use serde_json;

    pub use crate::state::derived::*;
}
