//! A handle on one conversation, and the ways to run it.

use serde::Serialize;
use std::sync::Arc;

use super::config::RunConfig;
use super::input::RunInput;
use crate::checkpoint::Checkpointer;
use crate::error::RunError;
use crate::id::{InterruptId, Namespace, ThreadId};
use crate::runtime::compiled::CompiledGraph;
use crate::runtime::outcome::Outcome;
use crate::runtime::run::run;
use crate::runtime::watch::{self, RunStream};
use crate::state::{State, View};
use crate::stream::StreamModes;

/// A handle on one conversation of a graph. Nothing happens until it runs.
#[must_use = "a thread runs when it is invoked"]
pub struct Thread<'g, S: State, I = S, O = S> {
    pub(in crate::runtime) graph: &'g CompiledGraph<S, I, O>,
    pub(in crate::runtime) id: ThreadId,
    pub(in crate::runtime) config: RunConfig,
    /// The graph in the thread's tree of graphs.
    pub(in crate::runtime) namespace: Namespace,
    /// The store of the graph around, for a handle on a graph inside.
    pub(in crate::runtime) around: Option<Arc<dyn Checkpointer>>,
}

impl<S: State, I, O> Clone for Thread<'_, S, I, O> {
    fn clone(&self) -> Self {
        Self {
            graph: self.graph,
            id: self.id.clone(),
            config: self.config.clone(),
            namespace: self.namespace.clone(),
            around: self.around.clone(),
        }
    }
}

impl<S: State, I, O> std::fmt::Debug for Thread<'_, S, I, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id)
            .field("namespace", &self.namespace)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl<'g, S: State, I, O> Thread<'g, S, I, O> {
    pub(in crate::runtime) fn new(graph: &'g CompiledGraph<S, I, O>, id: ThreadId) -> Self {
        Self {
            graph,
            id,
            config: RunConfig::default(),
            namespace: Namespace::root(),
            around: None,
        }
    }

    /// The thread's name.
    #[must_use]
    pub fn id(&self) -> &ThreadId {
        &self.id
    }

    pub(in crate::runtime) fn checkpointer(&self) -> Option<&Arc<dyn Checkpointer>> {
        self.around.as_ref().or(self.graph.checkpointer.as_ref())
    }

    /// A handle on a graph inside, whose state `namespace` holds: to look at it, and to
    /// update it before the thread goes on. It cannot be run by itself.
    ///
    /// It stands at its newest checkpoint, also where this handle is at an older one: take
    /// [`Thread::at`] with a number of its own. A graph that lives as long as the thread
    /// lies under the name that its node had when it first ran; the keys of
    /// [`Checkpoint::inner`](crate::checkpoint::Checkpoint::inner) name them.
    pub fn inside<'c, C: State, CI, CO>(
        &self,
        graph: &'c CompiledGraph<C, CI, CO>,
        namespace: Namespace,
    ) -> Thread<'c, C, CI, CO> {
        Thread {
            graph,
            id: self.id.clone(),
            config: RunConfig {
                // Its checkpoints have numbers of their own.
                at: None,
                ..self.config.clone()
            },
            namespace,
            around: self.checkpointer().cloned(),
        }
    }
}

impl<'g, S: State, I, O: View<S> + Clone> Thread<'g, S, I, O> {
    /// Runs from START with an input: a whole state, or an update.
    ///
    /// On a thread that ran before, the input's fields are folded into its state by
    /// their reducers. A superstep that was not finished is given up.
    ///
    /// # Errors
    /// As [`RunError`] says; the thread then stands at its last checkpoint.
    ///
    /// # Cancel safety
    /// Dropping it stops the run at once. Everything the store acknowledged stays,
    /// and [`Thread::proceed`] goes on from there. To stop with what the run owes the
    /// store written, use [`crate::RunControl::cancel`].
    pub async fn invoke(&self, input: impl Into<RunInput<S, I>>) -> Result<Outcome<O>, RunError> {
        self.run(input.into(), None).await
    }

    /// Goes on where the thread stands, after a crash, a failure or a step limit.
    ///
    /// # Errors
    /// As [`Thread::invoke`], and if the thread has never run.
    pub async fn proceed(&self) -> Result<Outcome<O>, RunError> {
        self.run(RunInput::proceed(), None).await
    }

    /// Answers the thread's only open question and goes on.
    ///
    /// # Errors
    /// As [`Thread::invoke`], and if there is no question, or more than one.
    pub async fn resume(&self, answer: impl Serialize) -> Result<Outcome<O>, RunError> {
        self.run(RunInput::answer(answer)?, None).await
    }

    /// Answers open questions by their ids and goes on. Others stay open.
    ///
    /// # Errors
    /// As [`Thread::invoke`], and if an id is not that of an open question.
    pub async fn resume_each<A: Serialize>(
        &self,
        answers: impl IntoIterator<Item = (InterruptId, A)>,
    ) -> Result<Outcome<O>, RunError> {
        self.run(RunInput::answers(answers)?, None).await
    }

    async fn run(
        &self,
        input: RunInput<S, I>,
        watch: Option<watch::Watch>,
    ) -> Result<Outcome<O>, RunError> {
        if !self.namespace.is_root() {
            return Err(RunError::BadEdit {
                thread: self.id.clone(),
                what: format!(
                    "`{}` is a graph inside, which runs with the one around it: call `proceed` there",
                    self.namespace
                ),
            });
        }
        run(self, input, watch).await
    }

    /// Runs, and tells what happens meanwhile.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph, StreamMode};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Count { #[state(reducer = add)] n: u32 }
    /// # async fn one_more(_: Arc<Count>, _: NodeContext) -> NodeResult<CountUpdate> {
    /// #     Ok(Count::update().n(1))
    /// # }
    /// # async fn run() -> Result<(), agentflow_core::Error> {
    /// use futures::StreamExt;
    ///
    /// # let graph = StateGraph::new().add_node("a", one_more).add_edge(START, "a").compile()?;
    /// let thread = graph.thread("t");
    /// let mut events = thread.stream(Count::default(), StreamMode::Updates);
    /// while let Some(event) = events.next().await {
    ///     println!("{event:?}");
    /// }
    /// let outcome = events.outcome().await?;
    /// # assert_eq!(outcome.into_done().map(|count| count.n), Some(1));
    /// # Ok(())
    /// # }
    /// # futures::executor::block_on(run()).unwrap();
    /// ```
    pub fn stream(
        &self,
        input: impl Into<RunInput<S, I>>,
        modes: impl Into<StreamModes>,
    ) -> RunStream<'g, O>
    where
        I: 'static,
        O: 'static,
    {
        let (watch, events) = watch::channel(modes.into());
        let (thread, input) = (self.clone(), input.into());
        let running = async move { thread.run(input, Some(watch)).await };
        RunStream::new(Box::pin(running), events)
    }
}
