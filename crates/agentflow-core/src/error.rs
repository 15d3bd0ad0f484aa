//! What goes wrong: in a node, in a graph as it is written, in a run.

use std::time::Duration;

use crate::BoxError;
use crate::checkpoint::{CheckpointError, CodecError, OwnerId};
use crate::command::{Command, ParentCommand};
use crate::graph::GraphError;
use crate::id::{CheckpointId, InterruptId, NodeId, Step, ThreadId};
use crate::interrupt::Interrupt;
use crate::state::{ReducerError, State, WriteConflict};

/// What a node returns.
pub type NodeResult<T> = Result<T, NodeError>;

/// Why a node did not finish. Any error converts into one by `?`.
///
/// It is not itself an [`std::error::Error`], so that `?` works on all of them.
#[derive(Debug)]
pub struct NodeError(pub(crate) NodeErrorKind);

#[derive(Debug)]
pub(crate) enum NodeErrorKind {
    /// The node asks and waits: it must hand this on by `?`.
    Interrupted(Vec<Interrupt>),
    Failed(BoxError),
    Fatal(BoxError),
    Panicked(String),
    /// The graph around this one is told what to do, and this one ends.
    ToParent(ParentCommand),
    /// A graph inside has told this one what to do: the task's reply.
    Commanded(ParentCommand),
    /// The run was cancelled while a graph inside ran: no failure of the node.
    Cancelled(String),
}

impl NodeError {
    /// The node failed; the node's retry policy may run it again.
    #[must_use]
    pub fn failed(source: impl Into<BoxError>) -> Self {
        Self(NodeErrorKind::Failed(source.into()))
    }

    /// The node failed and another attempt cannot help, whatever the policy.
    #[must_use]
    pub fn fatal(source: impl Into<BoxError>) -> Self {
        Self(NodeErrorKind::Fatal(source.into()))
    }

    /// A store failed under the node: the retry policy may run it again only if the store
    /// may have recovered by then.
    #[must_use]
    pub fn of_store(error: CheckpointError) -> Self {
        if error.is_retryable() {
            Self::failed(error)
        } else {
            Self::fatal(error)
        }
    }

    /// Ends this graph and gives `command` to the graph around it, as the reply of the
    /// node that this graph is there. Hand it on by `?` or `return Err(…)`.
    ///
    /// Nothing of the superstep is applied here, and siblings are stopped. `P` is the
    /// state of the graph around; with another type, or without a graph around, the run
    /// fails and says so.
    #[must_use]
    pub fn to_parent<P: State>(command: impl Into<Command<P>>) -> Self {
        Self(NodeErrorKind::ToParent(ParentCommand::new::<P>(
            command.into(),
        )))
    }

    /// Whether the node waits for an answer rather than having failed.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        matches!(self.0, NodeErrorKind::Interrupted(_))
    }

    pub(crate) fn into_source(self) -> BoxError {
        match self.0 {
            NodeErrorKind::Failed(source) | NodeErrorKind::Fatal(source) => source,
            NodeErrorKind::Panicked(message) => format!("the node panicked: {message}").into(),
            NodeErrorKind::Interrupted(_) => "the node waits for an answer".into(),
            NodeErrorKind::Cancelled(reason) => format!("the run was cancelled: {reason}").into(),
            NodeErrorKind::ToParent(_) | NodeErrorKind::Commanded(_) => {
                "the node commands the graph around its own, and there is none".into()
            }
        }
    }
}

/// Which limit an attempt ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutKind {
    /// From start to end.
    Run,
    /// Without a sign of life.
    Idle,
}

/// An attempt that took too long and was stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node `{node}` {} and was stopped after {elapsed:?}", self.what())]
pub struct NodeTimeout {
    /// The node.
    pub node: NodeId,
    /// Which limit.
    pub kind: TimeoutKind,
    /// The limit.
    pub limit: Duration,
    /// How long the attempt had run.
    pub elapsed: Duration,
}

impl NodeTimeout {
    fn what(&self) -> String {
        match self.kind {
            TimeoutKind::Run => format!("took longer than its {:?}", self.limit),
            TimeoutKind::Idle => format!("gave no sign of life for {:?}", self.limit),
        }
    }
}

/// A failure that an error handler is given: [`crate::StateGraph::on_error`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct NodeFailure {
    /// The node that failed.
    pub node: NodeId,
    /// How often it ran.
    pub attempts: u32,
    /// The error and what caused it, outermost first.
    pub messages: Vec<String>,
}

impl NodeFailure {
    pub(crate) fn new(node: NodeId, attempts: u32, error: &BoxError) -> Self {
        let mut messages = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            messages.push(error.to_string());
            cause = error.source();
        }
        Self {
            node,
            attempts,
            messages,
        }
    }

    /// The outermost error.
    #[must_use]
    pub fn message(&self) -> &str {
        self.messages.first().map_or("", String::as_str)
    }
}

/// A node that asks its questions in another order than before, so that an answer would
/// go to another question.
#[derive(Debug, thiserror::Error)]
#[error(
    "node `{node}` asks another question at place {place} than it did when it was answered: name its questions with `interrupt_keyed`, so that answers follow them"
)]
pub(crate) struct QuestionMoved {
    pub(crate) node: NodeId,
    pub(crate) place: String,
}

/// An answer that does not decode as its question wants it; the question is open again.
#[derive(Debug, thiserror::Error)]
#[error("question `{id}` of node `{node}` cannot take this answer: answer it again")]
pub(crate) struct BadAnswer {
    pub(crate) id: InterruptId,
    pub(crate) node: NodeId,
    #[source]
    pub(crate) source: CodecError,
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for NodeError {
    fn from(error: E) -> Self {
        Self::failed(error)
    }
}

/// Why a run ended before its graph did. The thread keeps what was committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A node failed and its retries are used up.
    #[error("node `{node}` of thread `{thread}` failed in superstep {step}, attempt {attempt}")]
    NodeFailed {
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: NodeId,
        /// The superstep.
        step: Step,
        /// How often it ran.
        attempt: u32,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// Writes of one superstep that do not go together.
    #[error("{} of one superstep {}", named(writers), source.what_and_how())]
    WriteConflict {
        /// The nodes that wrote it.
        writers: Vec<NodeId>,
        /// The field.
        #[source]
        source: WriteConflict,
    },
    /// A reducer refused a write.
    #[error("a write of node `{node}` does not fold into the state")]
    WriteRefused {
        /// The node that wrote.
        node: NodeId,
        /// The field, and what its reducer said.
        #[source]
        source: ReducerError,
    },
    /// A reducer, a router or a retry policy panicked. Nothing of the superstep was applied.
    #[error("thread `{thread}`: {what} panicked in superstep {step}: {message}")]
    Panicked {
        /// The thread.
        thread: ThreadId,
        /// The superstep.
        step: Step,
        /// A reducer, a router or a retry policy.
        what: &'static str,
        /// What it said.
        message: String,
    },
    /// A node or an edge went to a node that the graph does not have.
    #[error(
        "`{from}` goes to `{to}`, which is not a node of this graph that it can run like this{hint}"
    )]
    NoSuchTarget {
        /// Who went.
        from: NodeId,
        /// Where to.
        to: NodeId,
        /// What to do.
        hint: String,
    },
    /// Without supersteps, a node came to a join twice on one way.
    #[error(
        "node `{from}` of thread `{thread}` came twice to the join that leads to `{to}`, and without supersteps it cannot tell which of them to wait for: lead to `{from}` once, or use `Scheduling::Supersteps`"
    )]
    AmbiguousJoin {
        /// The thread.
        thread: ThreadId,
        /// The node that came twice.
        from: NodeId,
        /// The node that the join leads to.
        to: NodeId,
    },
    /// A superstep has more tasks than it may.
    #[error(
        "superstep {step} of thread `{thread}` would have {tasks} tasks, and may have {limit}: send less at once, or raise `tasks_max`"
    )]
    TooManyTasks {
        /// The thread.
        thread: ThreadId,
        /// The superstep.
        step: Step,
        /// How many.
        tasks: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A superstep took longer than it may.
    #[error(
        "superstep {step} of thread `{thread}` took longer than {limit:?}; what finished is kept: call `proceed` to run the rest again"
    )]
    StepTimeout {
        /// The thread.
        thread: ThreadId,
        /// The superstep.
        step: Step,
        /// The limit.
        limit: Duration,
    },
    /// Somebody cancelled the run.
    #[error("the run of thread `{thread}` was cancelled: {reason}; `proceed` goes on with it")]
    Cancelled {
        /// The thread.
        thread: ThreadId,
        /// Why.
        reason: String,
    },
    /// The graph needs a context that the run was not given.
    #[error(
        "this graph needs a context of type `{needs}`, and the run has {has}: call `with_context`"
    )]
    NoContext {
        /// What it needs.
        needs: &'static str,
        /// What it has.
        has: String,
    },
    /// A node wants long-term memory, and the run has none.
    #[error("this run has no store: call `with_store` on its outermost graph")]
    NoStore,
    /// An undo action failed: nothing behind it was undone.
    #[error("node `{node}` of thread `{thread}` could not undo what it did in superstep {step}")]
    UndoFailed {
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: NodeId,
        /// The superstep that it ran in.
        step: Step,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// A node commands the graph around its own, and there is none.
    #[error("a node commands a graph around it over `{state}`, and this graph is the outermost")]
    NoParent {
        /// The state of the graph that it means.
        state: &'static str,
    },
    /// There is no such checkpoint.
    #[error("thread `{thread}` has no checkpoint {id}; `history` lists those it has")]
    NoSuchCheckpoint {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint.
        id: CheckpointId,
    },
    /// An edit of a thread's state that cannot be made.
    #[error("thread `{thread}` cannot be updated: {what}")]
    BadEdit {
        /// The thread.
        thread: ThreadId,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// The run made as many supersteps as it may.
    #[error(
        "thread `{thread}` reached the limit of {limit} supersteps; its state is kept: raise `step_limit` and call `proceed`, or look for a loop without an end"
    )]
    StepLimit {
        /// The thread.
        thread: ThreadId,
        /// The limit.
        limit: u64,
    },
    /// Another run holds the thread's lease.
    #[error("thread `{thread}` is being run by {}; its lease runs out in at most {expires_in:?} if that run is gone", holder.0)]
    ThreadBusy {
        /// The thread.
        thread: ThreadId,
        /// Who runs it.
        holder: OwnerId,
        /// When it can be had at the latest, unless it is renewed.
        expires_in: Duration,
    },
    /// The thread has no question to answer.
    #[error("thread `{thread}` waits for no answer; call `invoke` with an input, or `proceed`")]
    NothingToResume {
        /// The thread.
        thread: ThreadId,
    },
    /// One answer, several questions.
    #[error("thread `{thread}` waits for {} answers; say which one by its id: {}", pending.len(), listed(pending))]
    AmbiguousAnswer {
        /// The thread.
        thread: ThreadId,
        /// The questions.
        pending: Vec<InterruptId>,
    },
    /// An answer to a question that nobody asks.
    #[error(
        "thread `{thread}` has no open question `{id}`; open are: {}",
        listed(pending)
    )]
    UnknownInterrupt {
        /// The thread.
        thread: ThreadId,
        /// The id that was answered.
        id: InterruptId,
        /// The questions that are open.
        pending: Vec<InterruptId>,
    },
    /// The call needs what a checkpointer keeps.
    #[error(
        "this graph was compiled without a checkpointer, so it cannot {what}; use `compile_with`"
    )]
    NoCheckpointer {
        /// What it cannot do.
        what: &'static str,
    },
    /// There is nothing to go on with.
    #[error("thread `{thread}` has never run; call `invoke` with an input")]
    EmptyThread {
        /// The thread.
        thread: ThreadId,
    },
    /// The thread stands in a node that the graph does not have any more.
    #[error(
        "thread `{thread}` is paused at node `{node}`, which this graph does not have as it was: run it with the graph it was started with, give the node its name back, or declare `rename_node(\"{node}\", …)`"
    )]
    GraphChanged {
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: NodeId,
    },
    /// The thread stopped in the middle of a superstep of an older state.
    #[error(
        "thread `{thread}` has state version {found} and an unfinished superstep, which version {known} cannot take over: finish that superstep with the older build first"
    )]
    MidSuperstep {
        /// The thread.
        thread: ThreadId,
        /// The version that is stored.
        found: u32,
        /// The version of this build.
        known: u32,
    },
    /// The thread's state was written with fields of another version.
    #[error(
        "thread `{thread}` has state version {found}, this graph's state has version {known}: declare the older one by `#[state(version = {known}, from = …)]`, or use the build that wrote it"
    )]
    StateVersion {
        /// The thread.
        thread: ThreadId,
        /// The version that is stored.
        found: u32,
        /// The version of this build.
        known: u32,
    },
    /// The store failed.
    #[error("thread `{thread}`")]
    Checkpoint {
        /// The thread.
        thread: ThreadId,
        /// Why.
        #[source]
        source: CheckpointError,
    },
    /// An input or answer does not encode.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl RunError {
    /// Whether `proceed` may succeed later without anyone changing anything: another run
    /// has the thread, or its store was away, for the run itself or under one of its nodes.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ThreadBusy { .. } => true,
            Self::Checkpoint { source, .. } => source.is_retryable(),
            Self::NodeFailed { source, .. } => {
                let of_store = source.downcast_ref::<CheckpointError>();
                let of_graph = source.downcast_ref::<Self>();
                of_store.is_some_and(CheckpointError::is_retryable)
                    || of_graph.is_some_and(Self::is_retryable)
            }
            _ => false,
        }
    }
}

/// Any error of the library, for programs that do not tell them apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The graph is not well made.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The store failed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A value does not encode or decode.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

fn listed(ids: &[InterruptId]) -> String {
    if ids.is_empty() {
        return "none".to_owned();
    }
    ids.iter()
        .map(InterruptId::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn named(writers: &[NodeId]) -> String {
    match writers {
        [one] => format!("node `{one}`"),
        [one, two] if one != two => format!("two nodes (`{one}` and `{two}`)"),
        _ => format!("{} tasks", writers.len()),
    }
}
