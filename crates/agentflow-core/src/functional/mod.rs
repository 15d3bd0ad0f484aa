//! Workflows as plain async functions, durable as graphs are.
//!
//! An [`Entrypoint`] is an async function of an input and an [`EntryContext`]. What it
//! does to the world outside it does in tasks, by [`EntryContext::task`]: the result of
//! one is recorded, and when the function runs again, after a question, a failure or a
//! crash, the record is there and the task does not run. Compiled, an entrypoint is a
//! graph of one node over an [`EntryState`]: its threads stream, pause, wait, keep a
//! history and go on as those of every other graph.
//!
//! There is no scheduler in here: tasks are futures, and those that are joined run side
//! by side. Nor is there anything that makes the function the same each time: it must
//! call its tasks in the same order with the same arguments, which is checked, and take
//! times and random numbers from tasks, which is not.
//!
//! ```
//! use agentflow_core::checkpoint::MemoryCheckpointer;
//! use agentflow_core::{EntryContext, Entrypoint, NodeResult, Outcome};
//!
//! async fn research(topic: String) -> NodeResult<String> {
//!     Ok(format!("a fact about {topic}"))
//! }
//! async fn long(facts: String) -> NodeResult<String> {
//!     Ok(format!("{facts}, at length"))
//! }
//! async fn short(facts: String) -> NodeResult<String> {
//!     Ok(format!("{facts}, in brief"))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentflow_core::Error> {
//! let workflow = Entrypoint::new(
//!     "essay",
//!     async |topic: String, cx: EntryContext<String>| -> NodeResult<String> {
//!         let facts = cx.task("research", &topic, research).await?;
//!         let (long, short) = futures::try_join!(
//!             cx.task("draft", &facts, long),
//!             cx.task("draft", &facts, short),
//!         )?;
//!         // On resume the function runs again from its first line, and no task does.
//!         let pick: u32 = cx.interrupt("which?")?;
//!         Ok(if pick == 0 { long } else { short })
//!     },
//! )
//! .compile_with(MemoryCheckpointer::new())?;
//!
//! let paused = workflow.thread("t").invoke("tides".to_owned()).await?;
//! assert!(matches!(paused, Outcome::Interrupted { .. }));
//! let done = workflow.thread("t").resume(1).await?;
//! assert_eq!(done, Outcome::Done(Some("a fact about tides, in brief".to_owned())));
//! # Ok(())
//! # }
//! ```

mod attempts;
mod call;
mod context;
mod entrypoint;
mod error;
mod inside;
mod optional;
mod places;
mod record;
mod returned;
mod shown;
mod spec;
mod state;
mod task;
mod update;
mod waits;

pub use call::TaskPlace;
pub use context::EntryContext;
pub use entrypoint::{Entrypoint, Workflow};
pub use error::{NoInput, TaskError};
pub use returned::{Durable, Final, Returns};
pub use spec::TaskSpec;
pub use state::EntryState;
pub use update::EntryUpdate;
