//! Many threads of one graph at once.

use futures::StreamExt;
use futures::stream;

use super::compiled::CompiledGraph;
use super::outcome::Outcome;
use super::thread::RunInput;
use crate::error::RunError;
use crate::id::ThreadId;
use crate::state::{State, View};

impl<S: State, I, O: View<S> + Clone> CompiledGraph<S, I, O> {
    /// Runs many threads, `at_once` of them at the same time and at least one. Returns how
    /// each ended, in the order in which they were given. One that fails stops no other.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Count { #[state(reducer = add)] n: u32 }
    /// # async fn one_more(_: Arc<Count>, _: NodeContext) -> NodeResult<CountUpdate> {
    /// #     Ok(Count::update().n(1))
    /// # }
    /// # async fn run() -> Result<(), agentflow_core::Error> {
    /// let graph = StateGraph::new().add_node("a", one_more).add_edge(START, "a").compile()?;
    /// let inputs = (0..3).map(|n| (format!("t{n}"), Count { n }));
    /// let ended = graph.invoke_all(inputs, 2).await;
    /// let counts = ended.into_iter().map(|ended| Ok(ended?.into_done().map_or(0, |it| it.n)));
    /// assert_eq!(counts.collect::<Result<Vec<_>, agentflow_core::Error>>()?, [1, 2, 3]);
    /// # Ok(())
    /// # }
    /// # futures::executor::block_on(run()).unwrap();
    /// ```
    pub async fn invoke_all<T, X>(
        &self,
        inputs: impl IntoIterator<Item = (T, X)>,
        at_once: usize,
    ) -> Vec<Result<Outcome<O>, RunError>>
    where
        T: Into<ThreadId>,
        X: Into<RunInput<S, I>>,
    {
        let runs = inputs.into_iter().map(|(thread, input)| {
            let (thread, input) = (self.thread(thread), input.into());
            async move { thread.invoke(input).await }
        });
        stream::iter(runs).buffered(at_once.max(1)).collect().await
    }
}
