//! A handle on one conversation: run it, answer it, look at it.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::answers::Answers;
use super::compiled::CompiledGraph;
use super::outcome::Outcome;
use super::recover::recover;
use super::run::run;
use super::snapshot::StateSnapshot;
use super::watch::{self, RunStream};
use crate::checkpoint::{Checkpoint, Checkpointer, CodecError, HistoryPage};
use crate::error::RunError;
use crate::id::{CheckpointId, InterruptId, Namespace, ThreadId};
use crate::state::State;
use crate::stream::StreamModes;

/// A handle on one conversation of a graph.
#[derive(Clone, Debug)]
#[must_use = "a thread runs when it is invoked"]
pub struct Thread<'g, S: State> {
    graph: &'g CompiledGraph<S>,
    id: ThreadId,
}

/// What a run is given.
#[derive(Clone, Debug)]
pub struct RunInput<S: State>(pub(super) RunInputKind<S>);

#[derive(Clone, Debug)]
pub(super) enum RunInputKind<S: State> {
    Input(S::Update),
    Proceed,
    Answers(Answers),
}

impl<S: State> RunInput<S> {
    /// A partial input: a fresh thread takes its other fields from `Default`, one
    /// that ran before from its state.
    #[must_use]
    pub fn update(update: S::Update) -> Self {
        Self(RunInputKind::Input(update))
    }

    /// No input: go on where the thread stands.
    #[must_use]
    pub fn proceed() -> Self {
        Self(RunInputKind::Proceed)
    }

    /// An answer to the only open question.
    ///
    /// # Errors
    /// If the answer does not serialise.
    pub fn answer(answer: impl Serialize) -> Result<Self, CodecError> {
        Ok(Self(RunInputKind::Answers(Answers::Only(encode(answer)?))))
    }

    /// Answers to open questions by their ids. Questions left out stay open.
    ///
    /// # Errors
    /// If an answer does not serialise.
    pub fn answers<A: Serialize>(
        answers: impl IntoIterator<Item = (InterruptId, A)>,
    ) -> Result<Self, CodecError> {
        let encoded = answers
            .into_iter()
            .map(|(id, answer)| Ok((id, encode(answer)?)));
        let answers = encoded.collect::<Result<HashMap<_, _>, CodecError>>()?;
        Ok(Self(RunInputKind::Answers(Answers::ById(answers))))
    }
}

fn encode(answer: impl Serialize) -> Result<Value, CodecError> {
    serde_json::to_value(answer).map_err(|source| CodecError::encoding("an answer", source))
}

impl<S: State> From<S> for RunInput<S> {
    fn from(input: S) -> Self {
        Self::update(input.into_update())
    }
}

impl<'g, S: State> Thread<'g, S> {
    pub(super) fn new(graph: &'g CompiledGraph<S>, id: ThreadId) -> Self {
        Self { graph, id }
    }

    /// The thread's name.
    #[must_use]
    pub fn id(&self) -> &ThreadId {
        &self.id
    }

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
    /// and [`Thread::proceed`] goes on from there.
    pub async fn invoke(&self, input: impl Into<RunInput<S>>) -> Result<Outcome<S>, RunError> {
        run(self.graph, &self.id, input.into(), None).await
    }

    /// Goes on where the thread stands, after a crash, a failure or a step limit.
    ///
    /// # Errors
    /// As [`Thread::invoke`], and if the thread has never run.
    pub async fn proceed(&self) -> Result<Outcome<S>, RunError> {
        self.invoke(RunInput::proceed()).await
    }

    /// Answers the thread's only open question and goes on.
    ///
    /// # Errors
    /// As [`Thread::invoke`], and if there is no question, or more than one.
    pub async fn resume(&self, answer: impl Serialize) -> Result<Outcome<S>, RunError> {
        self.invoke(RunInput::answer(answer)?).await
    }

    /// Answers open questions by their ids and goes on. Others stay open.
    ///
    /// # Errors
    /// As [`Thread::invoke`], and if an id is not that of an open question.
    pub async fn resume_each<A: Serialize>(
        &self,
        answers: impl IntoIterator<Item = (InterruptId, A)>,
    ) -> Result<Outcome<S>, RunError> {
        self.invoke(RunInput::answers(answers)?).await
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
        input: impl Into<RunInput<S>>,
        modes: impl Into<StreamModes>,
    ) -> RunStream<'g, S> {
        let (watch, events) = watch::channel(modes.into());
        let (graph, id, input) = (self.graph, self.id.clone(), input.into());
        let running = async move { run(graph, &id, input, Some(watch)).await };
        RunStream::new(Box::pin(running), events)
    }

    /// The thread as it stands, with the writes of tasks that have finished; `None`
    /// if it has never run.
    ///
    /// # Errors
    /// Without a checkpointer, if the store fails, or if the state does not decode.
    pub async fn state(&self) -> Result<Option<StateSnapshot<S>>, RunError> {
        let store = self.store("read a thread's state")?;
        let stored = store.load(&self.id, &Namespace::root(), None).await;
        let Some(stored) = stored.map_err(|source| self.store_error(source))? else {
            return Ok(None);
        };
        let checkpoint = stored.checkpoint.clone();
        let recovered = recover(&self.graph.plan, &self.id, stored)?;
        Ok(Some(StateSnapshot::new(&checkpoint, recovered)))
    }

    /// The thread's checkpoints, newest first, at most `limit` and older than `before`.
    ///
    /// # Errors
    /// Without a checkpointer, or if the store fails.
    pub async fn history(
        &self,
        before: Option<CheckpointId>,
        limit: u32,
    ) -> Result<Vec<Checkpoint>, RunError> {
        let store = self.store("list a thread's history")?;
        let namespace = Namespace::root();
        let page = HistoryPage {
            thread: self.id.clone(),
            namespace,
            before,
            limit,
        };
        store
            .history(page)
            .await
            .map_err(|source| self.store_error(source))
    }

    /// Forgets the thread. One that was never there is no error.
    ///
    /// # Errors
    /// Without a checkpointer, or if the store fails.
    pub async fn delete(&self) -> Result<(), RunError> {
        let store = self.store("delete a thread")?;
        store
            .delete_thread(&self.id)
            .await
            .map_err(|source| self.store_error(source))
    }

    fn store(&self, what: &'static str) -> Result<&dyn Checkpointer, RunError> {
        self.graph
            .checkpointer
            .as_deref()
            .ok_or(RunError::NoCheckpointer { what })
    }

    fn store_error(&self, source: crate::checkpoint::CheckpointError) -> RunError {
        RunError::Checkpoint {
            thread: self.id.clone(),
            source,
        }
    }
}
