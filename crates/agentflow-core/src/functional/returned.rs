//! What an entrypoint takes and returns.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that a thread can keep. Every type is one that can be cloned, serialised and
/// sent to another machine thread.
pub trait Durable: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Durable for T {}

/// Returned by an entrypoint that saves something else for its next run than it returns.
///
/// ```
/// use agentflow_core::{EntryContext, Entrypoint, Final, NodeResult};
///
/// async fn count(by: u32, cx: EntryContext<u32>) -> NodeResult<Final<String, u32>> {
///     let sum = cx.previous().copied().unwrap_or(0) + by;
///     Ok(Final { value: format!("{sum} in all"), save: sum })
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), agentflow_core::Error> {
/// # let store = agentflow_core::checkpoint::MemoryCheckpointer::new();
/// let workflow = Entrypoint::new("count", count).compile_with(store)?;
/// let thread = workflow.thread("t");
/// for (by, says) in [(2, "2 in all"), (3, "5 in all")] {
///     let said = thread.invoke(by).await?.into_done().flatten();
///     assert_eq!(said.as_deref(), Some(says));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Final<O, S> {
    /// What the caller gets.
    pub value: O,
    /// What the thread's next run finds by [`crate::EntryContext::previous`].
    pub save: S,
}

/// What an entrypoint may return: an `O` that is also saved, or a [`Final`].
#[diagnostic::on_unimplemented(
    message = "an entrypoint with an `EntryContext<{S}>` cannot return `{Self}`",
    note = "it returns what its context names, or a `Final<_, {S}>` with what its context names to be saved",
    note = "what it takes, returns and saves is kept in checkpoints: derive `Clone, Serialize, Deserialize`"
)]
pub trait Returns<O, S> {
    /// Tells what is returned from what is saved.
    fn into_final(self) -> Final<O, S>;
}

impl<O: Durable> Returns<O, O> for O {
    fn into_final(self) -> Final<O, O> {
        Final {
            value: self.clone(),
            save: self,
        }
    }
}

impl<O: Durable, S: Durable> Returns<O, S> for Final<O, S> {
    fn into_final(self) -> Self {
        self
    }
}
