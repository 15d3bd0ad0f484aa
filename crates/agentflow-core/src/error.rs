//! What goes wrong: in a node, in a graph as it is written, in a run.

use std::time::Duration;

use crate::BoxError;
use crate::checkpoint::{CheckpointError, CodecError, OwnerId};
use crate::graph::GraphError;
use crate::id::{InterruptId, NodeId, Step, ThreadId};
use crate::interrupt::Interrupt;
use crate::state::WriteConflict;

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
        }
    }
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
        hint: &'static str,
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
        "thread `{thread}` is paused at node `{node}`, which this graph does not have; run it with the graph it was started with, or give the node its name back"
    )]
    GraphChanged {
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: NodeId,
    },
    /// The thread's state was written with fields of another version.
    #[error("thread `{thread}` has state version {found}, this graph's state has version {known}")]
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
    /// Whether `proceed` may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ThreadBusy { .. } => true,
            Self::Checkpoint { source, .. } => source.is_retryable(),
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
